"""What a real server believes of the headers of proxies, and of those who only pretend to be one."""

from __future__ import annotations

import http.client
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.conftest import ON_POSTGRES
from tests.machine import free_port, wait_until
from tests.system.harness import Installation

PAGE = "/accounts/sessions/"
ASKED_FOR = "/accounts/login/?next=/accounts/sessions/"


class Server:
    """An installation that serves; requests to it come from 127.0.0.1."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.bind = f"127.0.0.1:{free_port()}"

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: str | None = None
    ) -> tuple[int, http.client.HTTPMessage, str]:
        with closing(http.client.HTTPConnection(self.bind, timeout=20)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/api/health/live", {})[0] == 200
        except OSError:
            return False

    def fail_to_sign_in(self, **headers: str) -> None:
        _, found, page = self.ask("GET", "/accounts/login/", {})
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        form = {"username": "nobody", "password": "wrong", "csrfmiddlewaretoken": token[1]}
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Cookie": found["Set-Cookie"].partition(";")[0], "Content-Type": "application/x-www-form-urlencoded"}
        assert self.ask("POST", "/accounts/login/", sent | more, urlencode(form))[0] == 200

    def noted(self) -> str:
        """The address of the newest entry of the audit log."""
        body = self.installation.value("SELECT body FROM audit_logs ORDER BY sequence DESC LIMIT 1")
        return str(json.loads(body)["ip"])


@pytest.fixture(scope="module")
def server(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if ON_POSTGRES:
        pytest.skip("runs on its own SQLite file")
    folder = tmp_path_factory.mktemp("proxy")
    shutil.copytree(template, folder / "data")
    with Installation(folder, trusted_proxies="127.0.0.1", base_url="https://reports.example.com") as installation:
        server = Server(installation)
        installation.start("web", "--bind", server.bind)
        wait_until(server.answers, "the web server answers", every=0.1)
        yield server


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"SCRIPT_NAME": "/accounts"},
        {"SCRIPT_NAME": "/elsewhere"},
        {"Script-Name": "/accounts"},
        {"PATH_INFO": "/api/health/live"},
        {"Path-Info": "/api/health/live"},
        {"SCRIPT_NAME": "/accounts", "PATH_INFO": "/login/"},
        {"X_FORWARDED_FOR": "192.0.2.7", "REMOTE_USER": "admin", "REMOTE_ADDR": "192.0.2.7"},
    ],
)
def test_no_header_says_which_page_was_asked_for(server: Server, headers: dict[str, str]) -> None:
    status, found, _ = server.ask("GET", PAGE, headers)
    assert (status, found["Location"]) == (302, ASKED_FOR)


def test_the_visitor_behind_the_proxy_stands_in_the_audit_log(server: Server) -> None:
    server.fail_to_sign_in()
    assert server.noted() == "127.0.0.1"
    server.fail_to_sign_in(X_Forwarded_For="198.51.100.1, 192.0.2.7")
    assert server.noted() == "192.0.2.7"
    server.fail_to_sign_in(X_Forwarded_For="unknown")
    assert server.noted() == "127.0.0.1"


def test_the_proxy_says_that_a_request_came_over_https(server: Server) -> None:
    assert "Strict-Transport-Security" in server.ask("GET", PAGE, {"X-Forwarded-Proto": "https"})[1]
    assert "Strict-Transport-Security" not in server.ask("GET", PAGE, {})[1]
