"""kill -9 in the middle of things: nothing is lost, nothing happens twice."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.machine import is_alive, wait_until
from tests.mail.smtp_server import Mailbox, smtp_server
from tests.system.conftest import Installed
from tests.system.harness import Installation, Process

RECIPIENTS = [f"reader{number}@example.com" for number in range(100)]


def running_query(installation: Installation) -> bool:
    return bool(installation.value("select count(*) from executions_execution where stage like 'query%'"))


def make_quick(installation: Installation) -> None:
    """Let the endless report end soon, when it runs again."""
    installation.python(
        """
        from presstime.reports.models import Revision
        quick = Revision.objects.get(report__name="quick")
        Revision.objects.filter(report__name="endless").update(definition=quick.definition)
        """
    )


def attempts(installation: Installation) -> list[str]:
    rows = installation.query("select status from executions_attempt order by number")
    return [row["status"] for row in rows]


def stop_at_once(worker: Process) -> None:
    """The second signal: its child has ten seconds of its own to end, and the machine may be busy."""
    worker.signal(15)
    worker.wait_for_log(": stopping")  # two signals at once may arrive as one
    worker.signal(15)
    assert worker.wait() == 0


def test_a_killed_worker_loses_no_execution_and_no_mail_and_sends_none_twice(installed: Installed):
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        installation = installed(smtp_url=f"smtp://127.0.0.1:{port}", mail_retry_base_seconds=1)
        installation.enqueue("endless", recipients={"to": RECIPIENTS})
        worker = installation.start_worker()
        wait_until(lambda: running_query(installation), "the execution is in the middle of its query", every=0.05)
        tree = worker.tree()
        worker.kill()
        wait_until(lambda: not any(is_alive(pid) for pid in tree), "the child has died with its worker")
        assert installation.unfinished() == 1
        make_quick(installation)

        worker = installation.start_worker()
        wait_until(lambda: len(mailbox.received) >= 20, "mail goes out", every=0.001)
        worker.kill()
        assert len(mailbox.received) < len(RECIPIENTS)
        assert attempts(installation) == ["lost", "succeeded"]

        installation.start_worker()
        wait_until(
            lambda: installation.value("select count(*) from mail_email where status = 'sent'") == len(RECIPIENTS),
            "all mails are sent",
        )
        assert installation.unfinished() == 0
        received = Counter(mail.recipient for mail in mailbox.received)
        assert received == Counter(RECIPIENTS)
        assert len({mail.message["Message-ID"] for mail in mailbox.received}) == 1


def test_an_interrupted_execution_runs_again_at_once_and_not_when_its_lease_ends(installed: Installed):
    installation = installed()
    (execution,) = installation.enqueue("endless")
    worker = installation.start_worker()
    wait_until(lambda: running_query(installation), "it runs")
    worker.kill()
    make_quick(installation)
    restarted = installation.start_worker()
    assert "1 execution(s) of its predecessor were interrupted" in restarted.log
    wait_until(lambda: len(attempts(installation)) == 2, "the second attempt has begun", seconds=5)
    wait_until(lambda: installation.status(execution) == "succeeded", "it succeeds")


def test_a_stopping_worker_gives_back_what_takes_too_long(installed: Installed):
    installation = installed()
    (execution,) = installation.enqueue("endless")
    worker = installation.start_worker()
    wait_until(lambda: running_query(installation), "it runs")
    tree = worker.tree()
    stop_at_once(worker)
    assert installation.status(execution) == "queued"
    assert attempts(installation) == ["lost"]
    assert installation.value("select crashes from executions_execution") == 0
    wait_until(lambda: not any(is_alive(pid) for pid in tree), "its processes have ended")


def test_many_signals_at_once_stop_a_worker(installed: Installed):
    worker = installed().start_worker()
    for _ in range(20):
        worker.signal(15)
        worker.signal(2)
    assert worker.wait() == 0


def test_a_worker_ends_although_nobody_tells_it_of_the_end_of_its_child(installed: Installed):
    installation = installed()
    (execution,) = installation.enqueue("endless")
    worker = installation.start_worker()
    wait_until(lambda: running_query(installation), "it runs")
    tree = worker.tree()
    fork_server = min(pid for pid in tree if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(fork_server, signal.SIGSTOP)
    stop_at_once(worker)
    assert installation.status(execution) == "queued"
    wait_until(lambda: not any(is_alive(pid) for pid in tree), "its processes have ended")


def test_a_cancelled_execution_ends_within_seconds(installed: Installed):
    installation = installed()
    (execution,) = installation.enqueue("endless")
    worker = installation.start_worker()
    wait_until(lambda: running_query(installation), "it runs")
    children = set(worker.tree())
    installation.python("from presstime.executions.service import cancel\ncancel(execution, now)", execution=execution)
    wait_until(lambda: installation.status(execution) == "cancelled", "it is cancelled", seconds=20)
    assert len([pid for pid in children if is_alive(pid)]) == len(children) - 1


def test_two_workers_never_run_the_same_execution_or_fire_the_same_instant(installed: Installed):
    installation = installed(concurrency=2)
    first, second = installation.start_worker(), installation.start_worker()
    installation.python(
        """
        from presstime.schedules import service as schedules
        from presstime.schedules.models import Schedule
        for number in range(20):
            schedules.create({"name": f"schedule {number}", "report": "quick", "cron": "0 0 1 1 *"}, None, now)
        Schedule.objects.update(next_run_at=now + timedelta(seconds=1))
        """
    )
    installation.enqueue("quick", 20)
    wait_until(
        lambda: installation.value("select count(*) from executions_execution where status = 'succeeded'") == 40,
        "all have succeeded",
    )
    assert installation.value("select count(*) from executions_execution where trigger = 'schedule'") == 20
    assert installation.value("select count(*) from executions_attempt") == 40
    nodes = {row["node"] for row in installation.query("select distinct node from executions_attempt")}
    assert nodes == {"node", "node-2"}
    assert first.stop() == 0
    assert second.stop() == 0


@pytest.mark.slow
def test_a_worker_that_is_killed_again_and_again_still_ends_everything_once(installed: Installed):
    mailbox = Mailbox()
    number = 60
    with smtp_server(mailbox) as port:
        installation = installed(smtp_url=f"smtp://127.0.0.1:{port}", mail_retry_base_seconds=1)
        installation.enqueue("quick", number, recipients={"to": ["reader@example.com"]})
        for kill in range(8):
            worker = installation.start_worker()
            wait_until(lambda: len(mailbox.received) >= 3 * (kill + 1), "some mail has gone out", every=0.002)  # noqa: B023
            worker.kill()
        installation.start_worker()
        wait_until(lambda: installation.unfinished() == 0, "all have ended")
        dead = installation.value("select count(*) from executions_execution where status = 'dead'")
        succeeded = installation.value("select count(*) from executions_execution where status = 'succeeded'")
        assert dead == 0
        wait_until(
            lambda: installation.value("select count(*) from mail_email where status = 'sent'") == succeeded,
            "all mails are sent",
        )
        received = Counter(mail.message["Message-ID"] for mail in mailbox.received)
        assert len(received) == succeeded == number
        assert set(received.values()) == {1}
