from __future__ import annotations

from contextlib import closing

import pytest

from presstime.base.errors import ConfigurationError
from presstime.processes.web import listen


def test_an_address_in_use_is_said_with_the_remedy():
    with closing(listen("127.0.0.1:0")) as first:
        port = first.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"127\.0\.0\.1:{port}: Address already in use.*--bind"):
            listen(f"127.0.0.1:{port}")


def test_a_host_that_is_not_there_is_said():
    with pytest.raises(ConfigurationError, match=r"cannot listen on no-such-host\.invalid:8000"):
        listen("no-such-host.invalid:8000")


def test_an_address_of_ipv6_has_brackets():
    with closing(listen("[::1]:0")) as listener:
        assert listener.getsockname()[0] == "::1"
