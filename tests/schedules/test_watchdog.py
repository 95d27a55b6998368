"""What should have run and did not is said loudly, and only that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from presstime.accounts.models import User
from presstime.alerts import service as alerts
from presstime.alerts.models import Alert
from presstime.executions import service as executions
from presstime.executions.models import Execution
from presstime.executions.service import NewExecution
from presstime.executions.states import Status, Trigger
from presstime.schedules import service
from presstime.schedules.loops import fire_due
from presstime.schedules.models import MissedRun, PassedOver, Schedule
from presstime.schedules.watchdog import Watchdog, forget

Make = Callable[..., Schedule]
SEVEN = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def watchdog() -> Watchdog:
    """One that has been there for long."""
    return Watchdog(SEVEN - timedelta(days=1))


def missed(schedule: Schedule) -> list[datetime]:
    open_ones = MissedRun.objects.filter(schedule=schedule, settled_at__isnull=True)
    return list(open_ones.order_by("planned_for").values_list("planned_for", flat=True))


def alert_of(schedule: Schedule) -> Alert:
    return Alert.objects.filter(kind="run_missed", key=str(schedule.pk)).latest("raised_at")


def test_a_run_that_the_scheduler_does_not_start_is_told_and_taken_back_when_it_runs(
    make_schedule: Make, watchdog: Watchdog, caplog: pytest.LogCaptureFixture, bob: User
) -> None:
    schedule = make_schedule(next_run_at=SEVEN, watch_at=SEVEN)
    watchdog.step(SEVEN + MINUTE)
    assert missed(schedule) == []
    watchdog.step(SEVEN + 3 * MINUTE)
    assert missed(schedule) == [SEVEN]
    assert alert_of(schedule).detail == "Nothing ran that was planned for 2026-11-24 07:00 UTC."
    assert "daily: planned runs did not happen" in caplog.text
    client = Client()
    client.force_login(bob)
    assert "Did not run" in client.get(f"/schedules/{schedule.pk}").content.decode()
    told = client.get(f"/api/schedules/{schedule.pk}/missed-runs").json()
    assert told["missed"] == [{"planned_for": "2026-11-24T07:00:00Z", "noted_at": "2026-11-24T07:03:00Z"}]
    watchdog.step(SEVEN + 4 * MINUTE)
    assert alert_of(schedule).count == 1
    fire_due(SEVEN + 5 * MINUTE)
    watchdog.step(SEVEN + 6 * MINUTE)
    assert missed(schedule) == []
    assert alert_of(schedule).cleared_at == SEVEN + 6 * MINUTE


def test_one_whose_next_run_was_lost_or_put_too_far_is_found(make_schedule: Make, watchdog: Watchdog) -> None:
    lost = make_schedule("lost", next_run_at=None, watch_at=SEVEN)
    far = make_schedule("far", next_run_at=SEVEN + timedelta(days=300), watch_at=SEVEN)
    watchdog.step(SEVEN + 3 * MINUTE)
    assert (missed(lost), missed(far)) == ([SEVEN], [SEVEN])


def test_a_schedule_that_cannot_be_read_any_more_is_told(make_schedule: Make, watchdog: Watchdog) -> None:
    schedule = make_schedule(cron="99 * * * *", next_run_at=SEVEN, watch_at=SEVEN)
    fire_due(SEVEN)
    watchdog.step(SEVEN + 3 * MINUTE)
    assert 'minute "99" is not in 0-59' in alert_of(schedule).detail


@pytest.mark.parametrize("policy", ["skip", "latest", "all"])
def test_what_the_policy_left_out_is_noted_and_no_alarm(make_schedule: Make, policy: str, bob: User) -> None:
    schedule = make_schedule(
        cron="0 * * * *", catch_up=policy, catch_up_max_age_seconds=7200, next_run_at=SEVEN, watch_at=SEVEN
    )
    now = SEVEN + timedelta(hours=5, minutes=30)
    watchdog = Watchdog(now)
    watchdog.step(now)  # begun before the scheduler: it is given time
    fire_due(now)
    watchdog.step(now + 3 * MINUTE)
    assert missed(schedule) == []
    assert not Alert.objects.exists()
    ran = {"skip": 0, "latest": 1, "all": 2}[policy]
    assert Execution.objects.count() == ran
    span = PassedOver.objects.get()
    assert span.first == SEVEN
    assert span.until == (now if not ran else SEVEN + timedelta(hours=6 - ran))
    client = Client()
    client.force_login(bob)
    assert "Left out" in client.get(f"/schedules/{schedule.pk}").content.decode()
    assert client.get(f"/api/schedules/{schedule.pk}/missed-runs").json()["left_out"][0]["policy"] == policy


@pytest.mark.parametrize("what", ["disabled", "deleted", "changed"])
def test_one_that_was_changed_meanwhile_is_no_alarm(make_schedule: Make, watchdog: Watchdog, what: str) -> None:
    schedule = make_schedule(next_run_at=SEVEN, watch_at=SEVEN)
    watchdog.step(SEVEN + 3 * MINUTE)
    assert missed(schedule) == [SEVEN]
    later = SEVEN + 5 * MINUTE
    if what == "disabled":
        service.disable(schedule.pk, later)
    elif what == "deleted":
        service.delete(schedule.pk, later)
    else:
        service.change(schedule.pk, {"cron": "0 9 * * *"}, later)
    assert missed(schedule) == []
    assert alert_of(schedule).cleared_at == later
    watchdog.step(SEVEN + 30 * MINUTE)
    assert missed(schedule) == []


def test_a_schedule_that_was_off_or_new_has_missed_nothing(make_schedule: Make, watchdog: Watchdog) -> None:
    schedule = make_schedule(cron="*/10 * * * *", enabled=False)
    service.enable(schedule.pk, SEVEN + 25 * MINUTE)
    watchdog.step(SEVEN + 29 * MINUTE)
    assert missed(schedule) == []


def test_a_person_who_knows_or_runs_it_by_hand_ends_the_alarm(make_schedule: Make, watchdog: Watchdog) -> None:
    known = make_schedule("known", next_run_at=None, watch_at=SEVEN)
    by_hand = make_schedule("by hand", next_run_at=None, watch_at=SEVEN)
    watchdog.step(SEVEN + 3 * MINUTE)
    alerts.acknowledge(alert_of(known).pk, None, SEVEN + 4 * MINUTE)
    execution = service.run(by_hand.pk, None, SEVEN + 4 * MINUTE, parameters={"airport": "LGA"})
    Execution.objects.filter(pk=execution.pk).update(status=Status.SUCCEEDED, finished_at=SEVEN + 5 * MINUTE)
    watchdog.step(SEVEN + 6 * MINUTE)
    assert (missed(known), missed(by_hand)) == ([], [])
    assert alert_of(known).cleared_at == alert_of(by_hand).cleared_at == SEVEN + 6 * MINUTE


def test_an_execution_that_nobody_starts_is_told_once(make_schedule: Make, watchdog: Watchdog) -> None:
    schedule = make_schedule(next_run_at=SEVEN, watch_at=SEVEN)
    fire_due(SEVEN)
    watchdog.step(SEVEN + 14 * MINUTE)
    assert not Alert.objects.exists()
    watchdog.step(SEVEN + 16 * MINUTE)
    watchdog.step(SEVEN + 17 * MINUTE)
    alert = Alert.objects.get(kind="run_missed", key="queue")
    assert "1 execution waits for a slot for more than 15 minutes, “daily” since 2026-11-24 07:00 UTC." in alert.detail
    assert alert.count == 1
    Execution.objects.filter(schedule=schedule).update(waiting_for="disk")  # that has an alert of its own
    watchdog.step(SEVEN + 18 * MINUTE)
    alert.refresh_from_db()
    assert alert.cleared_at == SEVEN + 18 * MINUTE


def test_a_clock_that_went_back_does_not_put_schedules_off(
    make_schedule: Make, watchdog: Watchdog, caplog: pytest.LogCaptureFixture
) -> None:
    schedule = make_schedule(next_run_at=SEVEN, watch_at=SEVEN)
    ahead = SEVEN + timedelta(days=400)
    fire_due(ahead)
    watchdog.step(ahead)
    later = SEVEN + timedelta(hours=1)
    watchdog.step(later)  # it is right again
    schedule.refresh_from_db()
    assert schedule.next_run_at == schedule.watch_at == SEVEN + timedelta(days=1)
    assert "the clock went back" in caplog.text


def test_what_is_over_is_forgotten_in_the_end(make_schedule: Make, watchdog: Watchdog) -> None:
    schedule = make_schedule(next_run_at=None, watch_at=SEVEN)
    watchdog.step(SEVEN + 3 * MINUTE)
    service.disable(schedule.pk, SEVEN + 5 * MINUTE)
    forget(SEVEN + timedelta(days=80))
    assert MissedRun.objects.count() == 1
    forget(SEVEN + timedelta(days=91))
    assert MissedRun.objects.count() == 0


def test_a_run_under_another_trigger_does_not_hide_a_missed_one(make_schedule: Make, watchdog: Watchdog) -> None:
    schedule = make_schedule(next_run_at=None, watch_at=SEVEN)
    assert schedule.report.current is not None
    with transaction.atomic():
        executions.enqueue(
            NewExecution(schedule.report, schedule.report.current, Trigger.MANUAL, SEVEN, "UTC", 300, schedule_id=schedule.pk),
            SEVEN,
        )  # fmt: skip
    watchdog.step(SEVEN + 3 * MINUTE)
    assert missed(schedule) == [SEVEN]
