from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from presstime.executions.models import Execution
from presstime.executions.states import Trigger
from presstime.reports.models import Report, Revision
from presstime.schedules.loops import BATCH, fire_due
from presstime.schedules.models import Schedule

SEVEN = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
Make = Callable[..., Schedule]


def test_nothing_is_queued_before_the_planned_instant(make_schedule: Make) -> None:
    make_schedule(next_run_at=SEVEN)
    assert fire_due(SEVEN - timedelta(seconds=1)) is False
    assert Execution.objects.count() == 0


def test_a_due_schedule_becomes_one_execution_and_moves_on(make_schedule: Make) -> None:
    schedule = make_schedule(next_run_at=SEVEN, parameters={"airport": "LGA"}, retries=2)
    assert fire_due(SEVEN + timedelta(milliseconds=300)) is False
    execution = Execution.objects.get()
    assert (execution.schedule_id, execution.scheduled_for) == (schedule.pk, SEVEN)
    assert execution.trigger == Trigger.SCHEDULE
    assert execution.parameters == {"airport": "LGA"}
    assert execution.recipients == schedule.recipients
    assert (execution.retries, execution.timeout_seconds) == (2, 1800)
    schedule.refresh_from_db()
    assert schedule.next_run_at == SEVEN + timedelta(days=1)


def test_what_is_already_queued_is_not_queued_again(make_schedule: Make) -> None:
    schedule = make_schedule(next_run_at=SEVEN)
    fire_due(SEVEN)
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=SEVEN)
    fire_due(SEVEN + timedelta(seconds=1))
    assert Execution.objects.count() == 1


def test_schedules_that_are_off_or_deleted_do_not_fire(make_schedule: Make) -> None:
    make_schedule("off", next_run_at=SEVEN, enabled=False)
    make_schedule("gone", next_run_at=SEVEN, deleted_at=SEVEN)
    fire_due(SEVEN)
    assert Execution.objects.count() == 0


def test_the_text_of_the_report_is_the_one_of_this_moment(make_schedule: Make, report: Report, now: datetime) -> None:
    make_schedule(next_run_at=SEVEN)
    newer = Revision.objects.create(report=report, number=2, definition="new", sha256="1" * 64, created_at=now)
    Report.objects.filter(pk=report.pk).update(current=newer)
    fire_due(SEVEN)
    assert Execution.objects.get().revision == newer


def test_a_schedule_that_cannot_be_read_does_not_stop_the_others(
    make_schedule: Make, caplog: pytest.LogCaptureFixture
) -> None:
    broken = make_schedule("broken", cron="99 * * * *", next_run_at=SEVEN)
    make_schedule("whole", next_run_at=SEVEN)
    fire_due(SEVEN)
    assert list(Execution.objects.values_list("schedule__name", flat=True)) == ["whole"]
    broken.refresh_from_db()
    assert broken.next_run_at is None
    assert 'minute "99" is not in 0-59' in caplog.text


def test_the_step_says_when_there_is_more(make_schedule: Make) -> None:
    for number in range(BATCH + 1):
        make_schedule(f"schedule {number}", next_run_at=SEVEN)
    assert fire_due(SEVEN) is True
    assert fire_due(SEVEN) is False
    assert Execution.objects.count() == BATCH + 1


def test_a_long_catch_up_goes_on_in_the_next_step(make_schedule: Make) -> None:
    make_schedule(cron="*/5 * * * *", next_run_at=SEVEN, catch_up="all")
    later = SEVEN + timedelta(hours=10)
    assert fire_due(later) is True
    assert fire_due(later) is False
    instants = list(Execution.objects.order_by("scheduled_for").values_list("scheduled_for", flat=True))
    assert instants == [SEVEN + timedelta(minutes=5 * number) for number in range(121)]


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_fire_every_instant_exactly_once(make_schedule: Make) -> None:
    timing = {"cron": "* * * * *", "catch_up": "all", "next_run_at": SEVEN}  # the workers' clocks run apart below
    schedules = [make_schedule(f"schedule {number}", **timing) for number in range(20)]
    start = threading.Barrier(4)
    problems: list[Exception] = []

    def work() -> None:
        try:
            start.wait()
            for second in range(0, 180, 10):
                fire_due(SEVEN + timedelta(seconds=second))
        except Exception as error:  # noqa: BLE001 - handed to the test's own thread
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    fired = list(Execution.objects.values_list("schedule_id", "scheduled_for"))
    assert len(fired) == len(set(fired))
    for schedule in schedules:
        assert sorted(at for who, at in fired if who == schedule.pk) == [SEVEN + timedelta(minutes=n) for n in range(3)]
