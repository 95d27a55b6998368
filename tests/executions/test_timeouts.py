"""The time limit reaches the server of the data: its query ends too, and nothing of the attempt stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import psycopg
import pytest

from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.executions.isolation import prepare
from presstime.executions.models import Execution
from presstime.executions.states import Status
from presstime.executions.supervise import Rhythm, Supervisor
from presstime.sources import service as sources
from tests.executions.conftest import DEFINITION, Make, add_report
from tests.machine import wait_until
from tests.servers import mariadb_or_skip, postgres_or_skip

SLOW = DEFINITION.replace("source: shop", "source: slow").replace(
    "select count(*) as things from stock", "select {sleep} as things"
)
POSTGRES = "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'"
MARIADB = "select count(*) from information_schema.processlist where info like '%sleep(599%' and id <> connection_id()"


@pytest.fixture(scope="module", autouse=True)
def fork_server() -> None:
    prepare("forkserver")


@pytest.fixture(params=["postgresql", "mysql"])
def slow(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, Callable[[], int]]]:
    """The address of a server, a query that takes ten minutes, and how many queries of others it runs now."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            yield _postgres(stack)
        else:
            server = stack.enter_context(mariadb_or_skip())
            yield server.url, "sleep(599)", lambda: int(server.execute(MARIADB)[0][0])


def _postgres(stack: ExitStack) -> tuple[str, str, Callable[[], int]]:
    server = stack.enter_context(postgres_or_skip())

    def running() -> int:
        with psycopg.connect(server.url, autocommit=True) as connection:
            row: Any = connection.execute(POSTGRES).fetchone()
            return int(row[0])

    return server.url, "pg_sleep(599)::text", running


def test_a_query_that_takes_too_long_ends_on_its_server_and_the_slot_is_free(
    make: Make, slow: tuple[str, str, Callable[[], int]], configuration: Configuration, now: datetime
) -> None:
    url, sleep, running = slow
    sources.add(name="slow", url=url, by=None, now=now)
    execution = make(report=add_report("Slow", SLOW.replace("{sleep}", sleep), now), timeout_seconds=3)
    supervisor = Supervisor("one", configuration, Rhythm())
    assert supervisor.claim_and_run(clock.now())
    waiting = Execution.objects.get(pk=execution.pk)
    assert (waiting.status, waiting.error_code) == (Status.RETRYING, "timeout")
    attempt = waiting.attempts.get()
    assert attempt.timeout_seconds == 3
    assert attempt.finished_at is not None
    assert (attempt.finished_at - attempt.started_at).total_seconds() < 10  # cancelled at SIGTERM, not killed after it
    wait_until(lambda: running() == 0, seconds=5)  # with its session go its temporary tables
    assert list(configuration.scratch_path.glob("*")) == []
    quick = make()
    assert supervisor.claim_and_run(clock.now())
    assert Execution.objects.get(pk=quick.pk).status == Status.SUCCEEDED
