"""Real database servers for fixtures; where this machine cannot run one, its tests are skipped with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.mariadb_server import MariadbServer, MariadbUnavailable, running_mariadb
from tests.postgres_server import PostgresServer, PostgresUnavailable, running_postgres


@contextmanager
def postgres_or_skip() -> Iterator[PostgresServer]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_postgres())
        except PostgresUnavailable as reason:
            pytest.skip(str(reason))
        yield server


@contextmanager
def mariadb_or_skip() -> Iterator[MariadbServer]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_mariadb())
        except MariadbUnavailable as reason:
            pytest.skip(str(reason))
        yield server
