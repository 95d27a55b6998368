from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from presstime.accounts import groups
from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.executions import queries, service
from presstime.executions.child import main
from presstime.executions.files import PUBLISHED
from presstime.executions.isolation import prepare
from presstime.executions.models import Execution
from presstime.executions.states import AttemptStatus, Status
from presstime.executions.supervise import Rhythm, Supervisor
from presstime.mail.models import Email, Message
from presstime.schedules.models import Schedule
from tests.executions import entries
from tests.executions.conftest import DEFINITION, Make, add_report
from tests.machine import is_alive, wait_until

QUICK = Rhythm(
    lease=timedelta(seconds=30),
    renew=timedelta(seconds=0.2),
    look=timedelta(seconds=0.05),
    grace=timedelta(seconds=0.3),
    margin=timedelta(seconds=5),
)


@pytest.fixture(scope="module", autouse=True)
def fork_server():
    prepare("forkserver")


@pytest.fixture
def now():
    """These executions run in real time."""
    return clock.now()


@pytest.fixture
def supervise(configuration: Configuration):
    """`supervise(entry)`: a supervisor; what it runs in a thread has ended before the test does."""

    def supervise(entry=main, rhythm=QUICK):
        return Supervisor("one", configuration, rhythm, entry)

    return supervise


@contextmanager
def running(supervisor: Supervisor, execution: Execution):
    """The execution under way in a thread, its child alive; the thread has ended afterwards."""

    def work() -> None:
        try:
            assert supervisor.claim_and_run(clock.now())
        finally:
            connections.close_all()

    thread = threading.Thread(target=work, name="supervisor")
    thread.start()
    try:
        pids = supervisor.configuration.scratch_path / "pids"
        wait_until(lambda: pids.exists() and pids.read_text())
        yield [int(pid) for pid in pids.read_text().split()]
    finally:
        supervisor.abandon.set()
        thread.join(30)
    assert not thread.is_alive()


def fresh(execution: Execution) -> Execution:
    return Execution.objects.get(pk=execution.pk)


def wait_for(execution: Execution, status: Status) -> Execution:
    wait_until(lambda: fresh(execution).status == status)
    return fresh(execution)


def files_under(path: Path) -> list[str]:
    return sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())


def test_a_report_becomes_files_and_mail(make: Make, supervise, configuration):
    execution = make(recipients={"to": ["bob@example.com"], "cc": ["alice@example.com"], "bcc": []})
    assert supervise().claim_and_run(clock.now())
    done = fresh(execution)
    assert (done.status, done.note, done.error_message) == (Status.SUCCEEDED, "", "")
    artifact = done.artifacts.get()
    stored = configuration.reports_path / artifact.path
    assert stored.read_text().splitlines()[1:] == ["Apples,3", "Pears,5", "Plums,8"]
    assert (artifact.rows, artifact.bytes) == (3, stored.stat().st_size)
    message = Message.objects.get()
    eml = (configuration.reports_path / message.path).read_bytes()
    assert (len(eml), message.subject) == (message.bytes, "Stock")
    assert Email.objects.filter(status="pending").count() == 2
    assert files_under(configuration.scratch_path) == []


def test_a_mail_that_names_links_says_until_when_they_work(make: Make, supervise, configuration, now):
    for limit, has_links in ((10_000_000, False), (10, True)):
        supervisor = supervise()
        supervisor.configuration = configuration.model_copy(update={"mail_attachments_bytes": limit})
        execution = make(recipients={"to": ["bob@example.com"]})
        assert supervisor.claim_and_run(now)
        done = fresh(execution)
        ends_at = Message.objects.get(execution=execution).links_until
        assert ends_at == (done.started_at + timedelta(days=configuration.link_days) if has_links else None)


def test_nothing_is_sent_when_only_rows_are_worth_a_mail(make: Make, supervise, now):
    empty = add_report("Empty", DEFINITION.replace("from stock order", "from stock where false order"), now)
    execution = make(report=empty, recipients={"to": ["bob@example.com"]}, send_when="rows")
    supervise().claim_and_run(clock.now())
    done = fresh(execution)
    assert done.status == Status.SUCCEEDED
    assert "gave no rows" in done.note
    assert not Email.objects.exists()


def test_history_says_which_query_a_cap_ended(make: Make, supervise, now):
    capped = add_report("Capped", DEFINITION.replace("source:", "row_limit: 1\nsource:", 1), now)
    execution = make(report=capped, recipients={})
    supervise().claim_and_run(clock.now())
    note = fresh(execution).note
    assert "was stopped at 1 rows: the row limit was reached." in note
    assert note.endswith("Nothing was sent: there are no recipients.")


def test_files_are_also_copied_to_the_output_path(make: Make, supervise, configuration, now):
    name = f"stock-{now:%Y-%m-%d}.csv"
    folder = configuration.reports_path / PUBLISHED / "shop" / "daily"
    folder.mkdir(parents=True)
    (folder / name).write_text("of yesterday")
    make(output_path="shop/daily")
    supervise().claim_and_run(clock.now())
    assert files_under(folder) == [name]
    assert "Plums,8" in (folder / name).read_text()


def test_an_output_path_that_leads_outside_is_not_followed(make: Make, supervise, configuration):
    execution = make(output_path="../../elsewhere")
    supervise().claim_and_run(clock.now())
    done = fresh(execution)
    assert done.status == Status.SUCCEEDED
    assert 'No copy was put into "../../elsewhere": ' in done.note
    assert not (configuration.data_path / "elsewhere").exists()


def test_no_copy_goes_into_the_folder_of_other_groups_and_the_note_says_so(
    make: Make, schedule, supervise, configuration, now
):
    Schedule.objects.filter(pk=schedule.pk).update(output_path="shop")
    limited = add_report("Limited", DEFINITION, now)
    limited.groups.add(groups.create("Keepers", now))
    execution = make(report=limited, output_path="shop/../shop")
    supervise().claim_and_run(clock.now())
    done = fresh(execution)
    assert done.status == Status.SUCCEEDED
    assert 'No copy was put into "shop/../shop": it is the folder of reports which other groups may see.' in done.note
    assert not (configuration.reports_path / PUBLISHED / "shop").exists()
    make(output_path="shop")
    supervise().claim_and_run(clock.now())
    assert files_under(configuration.reports_path / PUBLISHED / "shop")


def test_a_failure_is_told_with_its_category_and_remedy(make: Make, supervise, now, caplog):
    wrong = add_report("Wrong", DEFINITION.replace("from stock\n", "from stick\n"), now)
    execution = make(report=wrong)
    supervise().claim_and_run(clock.now())
    dead = fresh(execution)
    assert (dead.status, dead.error_category, dead.error_code) == (Status.DEAD, "data", "missing_table")
    assert dead.attempts.get().error_message == dead.error_message
    assert "Traceback" in dead.error_detail
    [line] = [record for record in caplog.records if ": dead: data/missing_table: " in record.getMessage()]
    assert line.error_detail == dead.error_detail


def test_a_source_that_is_gone_is_a_fault_of_the_configuration(make: Make, supervise):
    from presstime.sources.models import Source

    execution = make()
    Source.objects.all().delete()
    supervise().claim_and_run(clock.now())
    dead = fresh(execution)
    assert (dead.status, dead.error_category, dead.error_code) == (Status.DEAD, "configuration", "unknown_source")


def test_a_reports_folder_that_cannot_be_written_is_tried_again(make: Make, supervise, configuration):
    execution = make()
    configuration.reports_path.mkdir(parents=True)
    (configuration.reports_path / "2026").symlink_to("/dev/full")  # what must become a folder cannot
    supervise(entries.write_one_file).claim_and_run(clock.now())
    waiting = fresh(execution)
    assert (waiting.status, waiting.error_category, waiting.error_code) == (Status.RETRYING, "system", "file_access")
    assert files_under(configuration.scratch_path) == []


def test_the_time_limit_ends_the_child_and_counts_as_one_failure(make: Make, supervise, caplog):
    execution = make()
    supervisor = supervise(entries.write_its_pid_and_hang)
    with running(supervisor, execution) as pids:
        service.change_timeout(execution.pk, 1)
        waiting = wait_for(execution, Status.RETRYING)
        assert not any(is_alive(pid) for pid in pids)
    assert (waiting.error_code, waiting.error_category) == ("timeout", "system")
    assert "limit of 1 second, in the step “query forever”." in waiting.error_message
    for told in ("Attempt 1 on one, process", "Last step: query forever, for ", "the limit was 1 s", "SIGTERM"):
        assert told in waiting.error_detail
    attempt = waiting.attempts.get()
    assert (attempt.status, attempt.timeout_seconds) == (AttemptStatus.FAILED, 1)
    told = [record.getMessage() for record in caplog.records if record.getMessage().startswith("time limit")]
    assert len(told) == 1
    assert str(execution.pk) in told[0]
    assert "stopped on one at 1 s, step query forever" in told[0]


def test_a_child_that_says_nothing_at_its_end_is_described_in_the_detail(make: Make, supervise):
    execution = make()
    supervise(entries.crash).claim_and_run(clock.now())
    waiting = fresh(execution)
    assert "ended by signal 11 (SIGSEGV)" in waiting.error_message
    assert "Last step: none was begun." in waiting.error_detail
    assert "Its process ended by signal 11 (SIGSEGV)." in waiting.error_detail


def test_a_running_execution_may_get_more_time_too(make: Make, supervise):
    execution = make(timeout_seconds=2)
    with running(supervise(entries.write_its_pid_and_hang), execution) as pids:
        service.change_timeout(execution.pk, 300)
        began = time.monotonic()
        wait_until(lambda: time.monotonic() - began > 2.5)
        assert all(is_alive(pid) for pid in pids)
        assert fresh(execution).status == Status.RUNNING


def test_a_cancelled_execution_stops_with_its_group(make: Make, supervise):
    execution = make()
    with running(supervise(entries.ignore_every_signal_and_hang), execution) as pids:
        service.cancel(execution.pk, clock.now())
        wait_for(execution, Status.CANCELLED)
        assert not any(is_alive(pid) for pid in pids)
    assert execution.attempts.get().status == AttemptStatus.CANCELLED


def test_the_lease_is_renewed_and_the_stage_shown_while_it_runs(make: Make, supervise):
    execution = make()
    with running(supervise(entries.write_its_pid_and_hang), execution):
        first = fresh(execution).lease_until
        wait_until(lambda: fresh(execution).lease_until > first)
        assert fresh(execution).stage == "query forever"


def test_who_loses_the_lease_kills_its_child_at_once(make: Make, supervise):
    execution = make()
    with running(supervise(entries.ignore_every_signal_and_hang), execution) as pids:
        service.requeue_own("one", clock.now())
        wait_until(lambda: not any(is_alive(pid) for pid in pids))
    assert fresh(execution).status == Status.QUEUED


def test_a_draining_worker_gives_its_execution_back(make: Make, supervise):
    execution = make()
    supervisor = supervise(entries.write_its_pid_and_hang)
    with running(supervisor, execution) as pids:
        supervisor.abandon.set()
        given_back = wait_for(execution, Status.QUEUED)
        assert not any(is_alive(pid) for pid in pids)
    assert given_back.crashes == 0
    assert execution.attempts.get().status == AttemptStatus.LOST


def test_files_of_an_attempt_that_was_fenced_off_are_discarded(make: Make, supervise, configuration, now):
    execution = make()
    claimed = queries.claim("one", now, now + QUICK.lease)
    supervisor = supervise(entries.write_one_file)
    service.requeue_own("one", now)
    supervisor.run(claimed)
    assert fresh(execution).status == Status.QUEUED
    assert not execution.artifacts.exists()
    assert files_under(configuration.reports_path) == []


def test_a_supervisor_that_cannot_renew_stops_before_the_lease_ends(make: Make, supervise, monkeypatch):
    """The database is away for longer than the lease: another worker may begin, so this one must have ended."""
    from django.db import OperationalError

    rhythm = Rhythm(
        lease=timedelta(seconds=1.2),
        renew=timedelta(seconds=0.1),
        look=timedelta(seconds=0.05),
        grace=timedelta(seconds=5),
        margin=timedelta(seconds=0.6),
    )
    execution = make()
    with running(supervise(entries.ignore_every_signal_and_hang, rhythm), execution) as pids:
        from django.db.backends.utils import CursorWrapper

        broken = threading.Event()
        original = CursorWrapper.execute

        def execute(self, *args, **kwargs):
            if broken.is_set() and threading.current_thread().name == "supervisor":
                raise OperationalError("the database has gone away")
            return original(self, *args, **kwargs)

        monkeypatch.setattr(CursorWrapper, "execute", execute)
        broken.set()
        since = time.monotonic()
        wait_until(lambda: not any(is_alive(pid) for pid in pids))
        assert time.monotonic() - since < 1.2
