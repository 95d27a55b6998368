"""A real PostgreSQL source that refuses, goes away in the middle of a query, and comes back; real workers over it."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from tests.machine import free_port, wait_until
from tests.postgres_server import PostgresServer
from tests.servers import postgres_or_skip
from tests.system.conftest import QUICK, Installed
from tests.system.harness import Installation

OF_SERVER = QUICK.replace("source: shop", "source: warehouse")
COUNTS = OF_SERVER.replace("select name, pieces from stock order by name", "select 3 as pieces")
SLEEPS = OF_SERVER.replace("select name, pieces from stock order by name", "select pg_sleep(600)::text as slept")


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_or_skip() as server:
        yield server


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


def pauses(installation: Installation) -> list[float]:
    """The seconds between the end of each attempt and the beginning of the next."""
    rows = installation.query(
        "select started_at as began, lag(finished_at) over (order by number) as ended from executions_attempt order by number"
    )
    moments = [(datetime.fromisoformat(row["began"]), datetime.fromisoformat(row["ended"])) for row in rows[1:]]
    return [(began - ended).total_seconds() for began, ended in moments]


def assert_counted(installation: Installation, category: str, code: str, number: int) -> None:
    """In the trend and in the metrics, as often as it was met."""
    counted = "select coalesce(sum(count), 0) from failures_failurecount where category = ? and code = ?"
    assert installation.value(counted, category, code) == number
    told = json.loads(installation.run("metrics", "show", "--json"))["metrics"]
    (value,) = [
        each["value"]
        for each in told
        if each["name"] == "presstime_execution_errors_total" and each["labels"] == {"category": category}
    ]
    assert value == number


def test_a_server_that_refuses_is_tried_six_times_with_growing_pauses_and_its_dead_letter_retried(
    over: Installation, postgres: PostgresServer
):
    over.environment |= {"PRESSTIME_RETRY_BASE_SECONDS": "0.2"}
    point_at(over, f"postgresql://postgres@127.0.0.1:{free_port()}/postgres")
    (execution,) = over.enqueue("counts")
    worker = over.start_worker()
    wait_until(lambda: over.status(execution) == "dead", "it gives up")
    assert errors(over) == [("network", "connection_refused")] * 6
    assert all(pause >= 0.8 * 0.2 * 2**number - 0.01 for number, pause in enumerate(pauses(over)))
    letter = over.query("select status, error_category, error_code, error_hint from deadletters_deadletter")[0]
    assert (letter["status"], letter["error_category"], letter["error_code"]) == (
        "open",
        "network",
        "connection_refused",
    )
    assert letter["error_hint"]
    assert worker.log.count(": retrying: ") == 5
    assert_counted(over, "network", "connection_refused", 6)

    point_at(over, postgres.url)
    over.run("dead-letters", "retry", "--all")
    wait_until(lambda: over.value("select status from deadletters_deadletter") == "resolved", "its retry succeeds")
    statuses = over.query('select status, "trigger" from executions_execution order by queued_at')
    assert statuses == [{"status": "dead", "trigger": "manual"}, {"status": "succeeded", "trigger": "retry"}]


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_server_that_goes_away_in_a_query_and_comes_back_costs_an_attempt(over: Installation, how: str):
    with postgres_or_skip() as server:
        server.execute("create table stock as select 3 as pieces")
        point_at(over, server.url)
        (execution,) = over.enqueue("sleeps")
        over.start_worker()
        wait_until(lambda: sessions(server), "its query runs there")
        over.python(  # when it runs again, it ends soon
            """
            from presstime.reports.models import Revision
            quick = Revision.objects.get(report__name="counts")
            Revision.objects.filter(report__name="sleeps").update(definition=quick.definition)
            """
        )
        if how == "stopped":
            server.stop()
        else:
            for pid in sessions(server):
                os.kill(pid, signal.SIGKILL)  # the server ends every session and recovers by itself
        wait_until(lambda: bool([error for error in errors(over) if error[0]]), "the attempt has failed")
        if how == "stopped":
            server.start()
        wait_until(lambda: over.status(execution) == "succeeded", "it succeeds as soon as the server is back")
        assert not sessions(server)
    found = errors(over)
    assert found[0] == ("network", "connection_reset")
    assert {category for category, _ in found} == {"network", ""}
    assert over.value("select count(*) from deadletters_deadletter") == 0
    assert sorted((over.data / "scratch").iterdir()) == []


def test_the_query_of_a_killed_worker_ends_on_its_server_too(over: Installation, postgres: PostgresServer):
    over.enqueue("sleeps")
    worker = over.start_worker()
    wait_until(lambda: sessions(postgres), "its query runs there")
    worker.kill()
    wait_until(lambda: not sessions(postgres), "nobody waits for it, and it has ended", seconds=30)


def sessions(server: PostgresServer) -> list[int]:
    """The processes of the server that run the long query."""
    try:
        with psycopg.connect(server.url, autocommit=True, connect_timeout=2) as connection:
            rows = connection.execute(
                "select pid from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()"
            ).fetchall()
    except psycopg.OperationalError:
        return []
    return [pid for (pid,) in rows]


def test_a_query_whose_session_is_ended_by_an_administrator_is_a_network_error_and_tried_again(
    over: Installation, postgres: PostgresServer
):
    over.enqueue("sleeps")
    over.start_worker()
    (pid,) = wait_until(lambda: sessions(postgres), "its query runs there")
    postgres.execute(f"select pg_terminate_backend({pid})")
    wait_until(lambda: len(sessions(postgres)) == 1 and sessions(postgres) != [pid], "it is tried again")
    assert errors(over)[0] == ("network", "connection_reset")
    assert over.value("select count(*) from deadletters_deadletter") == 0


def test_an_account_that_the_server_does_not_know_is_a_dead_letter_at_once_and_alarms(
    over: Installation, postgres: PostgresServer
):
    over.environment["PRESSTIME_ADMIN_EMAILS"] = "root@example.com"
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
    assert_counted(over, "configuration", "auth", 1)
    mail = wait_until(lambda: list((over.data / "mail").glob("*.eml")), "administrators hear of it")[0].read_bytes()
    assert b"To: root@example.com" in mail


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
    assert worker.stop() == 0
    kept = [path for path in over.folder.rglob("*") if path.is_file()]  # database with its audit log, mails, logs
    assert over.data / "presstime.sqlite3" in kept
    assert [path for path in kept if b"hunter2" in path.read_bytes()] == []


def test_a_server_that_takes_the_connection_and_says_nothing_is_tried_again(over: Installation):
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        point_at(over, f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/postgres?connect_timeout=2")
        (execution,) = over.enqueue("counts")
        over.start_worker()
        wait_until(lambda: bool([error for error in errors(over) if error[0]]), "the attempt has failed", 60)
        assert errors(over)[0] == ("network", "connection_timeout")
        assert over.status(execution) in ("retrying", "running")
