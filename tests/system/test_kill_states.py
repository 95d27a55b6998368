"""kill -9 of the worker at each step of an execution: every time it runs again at once, and everything it does happens once."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.machine import is_alive, wait_until
from tests.mail.smtp_server import Mailbox, smtp_server
from tests.system.conftest import QUICK, Installed
from tests.system.harness import Installation, Process

READERS = [f"reader{number}@example.com" for number in range(30)]
NUMBERS = "with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < {most})\nselect {what}"
QUERIES = QUICK.replace(
    "select name, pieces from stock order by name", NUMBERS.format(most=10**13, what="max(n) as n from numbers")
)
# Seconds of writing for a workbook of twenty columns.
RENDERS = QUICK.replace("formats: [csv]", "formats: [xlsx]").replace(
    "select name, pieces from stock order by name",
    NUMBERS.format(most=60_000, what=", ".join(f"n + {number} as c{number}" for number in range(20)) + " from numbers"),
)
Step = Callable[[Installation, str], bool]


def row(house: Installation, execution: str) -> dict[str, Any]:
    return house.query("select status, stage, crashes from executions_execution where id = ?", execution)[0]


def is_claimed(house: Installation, execution: str) -> bool:
    found = row(house, execution)
    return (found["status"], found["stage"]) == ("running", "")


def is_querying(house: Installation, execution: str) -> bool:
    return str(row(house, execution)["stage"]).startswith("query")


def is_rendering(house: Installation, execution: str) -> bool:
    return str(row(house, execution)["stage"]).startswith("rendering")


def is_sending(house: Installation, execution: str) -> bool:
    """Some of its mails are sent, and some are not."""
    of = "select count(*) from mail_email e join mail_message m on e.message_id = m.id where m.execution_id = ? and e.status"
    return bool(house.value(f"{of} = 'sent'", execution) >= 5 and house.value(f"{of} <> 'sent'", execution))


def make_quick(house: Installation, execution: str) -> None:
    """Let the report of *execution* end soon, when it runs again."""
    house.python(
        """
        from presstime.executions.models import Execution
        from presstime.reports.models import Revision
        quick = Revision.objects.get(report__name="quick")
        of = Execution.objects.get(pk=execution)
        Revision.objects.filter(pk=of.revision_id).update(definition=quick.definition)
        Execution.objects.filter(pk=execution).update(formats=["csv"])
        """,
        execution=execution,
    )


def add_reports(house: Installation) -> None:
    house.python(
        """
        from presstime.reports import service
        for name, definition in reports.items():
            service.create(name=name, definition=definition, by=None, now=now)
        """,
        reports={"queries": QUERIES, "renders": RENDERS},
    )


def kill(worker: Process) -> None:
    tree = worker.tree()
    worker.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in tree), "nothing of it is left")


def attempts_of(house: Installation, execution: str) -> list[str]:
    rows = house.query("select status from executions_attempt where execution_id = ? order by number", execution)
    return [each["status"] for each in rows]


@pytest.mark.slow
def test_a_worker_killed_at_any_step_of_an_execution_has_lost_and_doubled_nothing(installed: Installed) -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        house = installed(smtp_url=f"smtp://127.0.0.1:{port}?tls=none", mail_retry_base_seconds=1, concurrency=1)
        add_reports(house)
        steps: list[tuple[str, str, Step]] = [
            ("claimed", "queries", is_claimed),
            ("querying", "queries", is_querying),
            ("rendering", "renders", is_rendering),
        ]
        for name, report, is_there in steps:
            (execution,) = house.enqueue(report, recipients={"to": ["ann@example.com"]}, formats=["csv"])
            if report == "renders":
                house.python(
                    "from presstime.executions.models import Execution\n"
                    "Execution.objects.filter(pk=execution).update(formats=['xlsx'])",
                    execution=execution,
                )
            worker = house.start_worker()
            wait_until(lambda: is_there(house, execution), f"it is {name}", every=0.002)  # noqa: B023
            kill(worker)
            assert row(house, execution)["status"] == "running"  # nobody has said anything else
            make_quick(house, execution)
            worker = house.start_worker()
            wait_until(lambda: house.status(execution) == "succeeded", f"after {name} it has run again", 30)  # noqa: B023
            assert attempts_of(house, execution) == ["lost", "succeeded"]
            kill(worker)
            restore_reports(house)

        (execution,) = house.enqueue("quick", recipients={"to": READERS})
        worker = house.start_worker()
        wait_until(lambda: is_sending(house, execution), "it is delivering", every=0.002)
        kill(worker)
        assert attempts_of(house, execution) == ["succeeded"]
        worker = house.start_worker()
        sent = "select count(*) from mail_email where status = 'sent'"
        wait_until(lambda: house.value(sent) == len(steps) + len(READERS), "all mails are sent")
        received = Counter((mail.recipient, mail.message["Message-ID"]) for mail in mailbox.received)
        assert set(received.values()) == {1}
        assert len(received) == len(steps) + len(READERS)
        assert worker.stop() == 0
    assert house.value("select count(*) from deadletters_deadletter") == 0


def restore_reports(house: Installation) -> None:
    house.python(
        """
        from presstime.reports.models import Revision
        for name, definition in reports.items():
            Revision.objects.filter(report__name=name).update(definition=definition)
        """,
        reports={"queries": QUERIES, "renders": RENDERS},
    )


def test_a_worker_killed_between_its_files_and_their_rows_leaves_no_file_of_nobody(installed: Installed) -> None:
    house = installed(concurrency=1)
    reports = house.data / "reports"
    (execution,) = house.enqueue("quick", recipients={"to": ["ann@example.com"]})
    worker = house.start_worker()
    wait_until(lambda: house.status(execution) == "running", "it runs", every=0.002)
    with closing(sqlite3.connect(house.data / "presstime.sqlite3", timeout=30, isolation_level=None)) as held:
        held.execute("begin immediate")  # whoever wants to write waits
        wait_until(lambda: files_in(reports), "its files are there and their rows are not", every=0.005)
        kill(worker)
        held.execute("rollback")
    assert house.status(execution) == "running"
    (lost,) = files_in(reports)

    worker = house.start_worker()
    wait_until(lambda: house.status(execution) == "succeeded", "it has run again")
    assert attempts_of(house, execution) == ["lost", "succeeded"]
    (kept,) = house.query("select path from executions_artifact")
    assert sorted(files_in(reports)) == sorted([lost, kept["path"]])
    removed = house.python(
        """
        from datetime import timedelta
        from django.conf import settings
        from presstime.executions import artifact_queries, files
        later = now + timedelta(hours=2)
        result = files.remove_orphans(settings.CONFIGURATION.reports_path, artifact_queries.with_files, later)
        """
    )
    assert removed == 1
    assert files_in(reports) == [kept["path"]]
    assert house.value("select count(*) from mail_email") == 1
    assert worker.stop() == 0


def files_in(reports: Any) -> list[str]:
    found = (path for path in reports.rglob("*.csv") if path.is_file())
    return [path.relative_to(reports).as_posix() for path in found if ".part" not in path.parent.name]
