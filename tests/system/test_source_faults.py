"""A real PostgreSQL source that refuses, goes away in the middle of a query, and comes back; real workers over it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgres_server import PostgresServer, PostgresUnavailable, free_port, running_postgres
from tests.system.conftest import QUICK, Installed
from tests.system.harness import Installation, wait_until

OF_SERVER = QUICK.replace("source: shop", "source: warehouse")
COUNTS = OF_SERVER.replace("select name, pieces from stock order by name", "select 3 as pieces")
SLEEPS = OF_SERVER.replace("select name, pieces from stock order by name", "select pg_sleep(600)::text as slept")


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    try:
        with running_postgres() as server:
            yield server
    except PostgresUnavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def over(installed: Installed, postgres: PostgresServer) -> Installation:
    """An installation with the two reports over the server, which tries again within a second."""
    installation = installed(retry_base_seconds=0.5)
    installation.python(
        """
        from presstime.reports import service
        from presstime.sources import service as sources
        sources.add(name="warehouse", url=url, by=None, now=now)
        for name, definition in reports.items():
            service.create(name=name, definition=definition, by=None, now=now)
        """,
        url=postgres.url,
        reports={"counts": COUNTS, "sleeps": SLEEPS},
    )
    return installation


def point_at(installation: Installation, url: str) -> None:
    code = "from presstime.sources import service\nservice.change('warehouse', url=url, now=now)"
    installation.python(code, url=url)


def errors(installation: Installation) -> list[tuple[str, str]]:
    rows = installation.query("select error_category, error_code from executions_attempt order by number")
    return [(row["error_category"], row["error_code"]) for row in rows]


def test_a_server_that_refuses_is_tried_again_until_it_is_back(over: Installation, postgres: PostgresServer):
    point_at(over, f"postgresql://postgres@127.0.0.1:{free_port()}/postgres")
    (execution,) = over.enqueue("counts")
    over.start_worker()
    wait_until(lambda: len(errors(over)) >= 2, "it has been tried again")
    point_at(over, postgres.url)
    wait_until(lambda: over.status(execution) == "succeeded", "it succeeds as soon as the server is back")
    assert set(errors(over)) == {("network", "connection_refused"), ("", "")}
    assert over.value("select count(*) from deadletters_deadletter") == 0


def test_a_query_whose_server_goes_away_is_a_network_error_and_tried_again(
    over: Installation, postgres: PostgresServer
):
    over.enqueue("sleeps")
    over.start_worker()
    wait_until(lambda: over.value("select count(*) from executions_execution where stage like 'query%'"), "it queries")
    kill = "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()"

    def cut_off() -> bool:
        postgres.execute(kill)
        return bool([error for error in errors(over) if error[0]])

    wait_until(cut_off, "the attempt has failed", every=0.5)
    assert ("network", "connection_reset") in errors(over)
    assert over.value("select status from executions_execution") in ("retrying", "running")


def test_an_account_that_the_server_does_not_know_is_a_dead_letter_at_once_and_alarms(
    over: Installation, postgres: PostgresServer
):
    point_at(over, postgres.url.replace("postgres@", "stranger@"))
    (execution,) = over.enqueue("counts")
    over.start_worker()
    wait_until(lambda: over.status(execution) == "dead", "it gives up")
    assert errors(over) == [("configuration", "auth")]
    letter = over.query("select status, error_code from deadletters_deadletter")
    assert letter == [{"status": "open", "error_code": "auth"}]
    assert (
        over.value("select count(*) from alerts_alert where kind = 'configuration_error' and cleared_at is null") == 1
    )


def test_a_wrong_password_is_a_dead_letter_at_once_and_shown_nowhere(over: Installation, postgres: PostgresServer):
    postgres.execute("create role reader login password 'right'")
    with psycopg.connect(postgres.url) as connection:
        (path,) = connection.execute("show hba_file").fetchone() or ("",)
    rules = Path(path)
    rules.write_text("host all reader 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
    postgres.execute("select pg_reload_conf()")
    point_at(over, postgres.url.replace("postgres@", "reader:hunter2@"))
    (execution,) = over.enqueue("counts")
    worker = over.start_worker()
    wait_until(lambda: over.status(execution) == "dead", "it gives up")
    assert errors(over) == [("configuration", "auth")]
    rows = [over.query(f"select * from {table}") for table in ("executions_attempt", "alerts_alert")]
    assert "hunter2" not in f"{rows}{worker.log}"


def test_a_server_that_takes_the_connection_and_says_nothing_is_tried_again(over: Installation):
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        point_at(over, f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/postgres?connect_timeout=2")
        (execution,) = over.enqueue("counts")
        over.start_worker()
        wait_until(lambda: bool([error for error in errors(over) if error[0]]), "the attempt has failed", 60)
        assert errors(over)[0] == ("network", "connection_timeout")
        assert over.status(execution) in ("retrying", "running")
