"""A schedule whose runs give up again and again is switched off, and its owner is told by mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from presstime.accounts.models import User
from presstime.alerts.models import Alert
from presstime.executions import queries as executions
from presstime.executions import service as running
from presstime.executions.faults import Fault
from presstime.executions.files import Placed
from presstime.executions.job import Done
from presstime.executions.models import Execution
from presstime.executions.service import NewExecution
from presstime.executions.states import Category, RetryPolicy, Status, Trigger
from presstime.schedules import service
from presstime.schedules.models import Schedule

Make = Callable[..., Schedule]
WRONG = Fault(Category.DATA, "missing_column", "There is no column “dely”.", "Correct its name in the query.")
AWAY = Fault(Category.NETWORK, "connection_refused", "db.example.com:5432 refused the connection.")
POLICY = RetryPolicy(timedelta(seconds=30), timedelta(seconds=900))


@pytest.fixture
def schedule(make_schedule: Make, alice: User, now: datetime) -> Schedule:
    return make_schedule(owner=alice, next_run_at=now + timedelta(days=1), watch_at=now + timedelta(days=1))


def claimed(schedule: Schedule, at: datetime, trigger: Trigger = Trigger.SCHEDULE) -> Execution:
    revision = schedule.report.current
    assert revision is not None
    new = NewExecution(
        schedule.report, revision, trigger, at, "UTC", 300, formats=["csv"], schedule_id=schedule.pk, retries=None
    )
    with transaction.atomic():
        assert running.enqueue(new, at)
    execution = executions.claim("one", at, at + timedelta(seconds=30))
    assert execution is not None
    return execution


def fail(schedule: Schedule, at: datetime, fault: Fault = WRONG, trigger: Trigger = Trigger.SCHEDULE) -> Schedule:
    running.fail(claimed(schedule, at, trigger), fault, policy=POLICY, jitter=0, now=at)
    return Schedule.objects.get(pk=schedule.pk)


def succeed(schedule: Schedule, at: datetime, trigger: Trigger = Trigger.SCHEDULE) -> Schedule:
    assert running.succeed(claimed(schedule, at, trigger), Placed(Done((), 0, None, {}), "2026/11/x.1"), at)
    return Schedule.objects.get(pk=schedule.pk)


def minutes(now: datetime, count: int) -> list[datetime]:
    return [now + timedelta(minutes=number) for number in range(count)]


def test_the_fifth_failure_in_a_row_pauses_the_schedule(schedule: Schedule, now: datetime, bob: User) -> None:
    succeed(schedule, now - timedelta(days=4))
    *first, last = minutes(now, 5)
    for at in first:
        assert fail(schedule, at).enabled
    paused = fail(schedule, last)
    assert (paused.enabled, paused.next_run_at, paused.watch_at, paused.paused_at) == (False, None, None, last)
    assert paused.paused_reason == "5 planned runs in a row gave up, the last one for this: There is no column “dely”."
    alert = Alert.objects.get(key=f"paused:{schedule.pk}")
    assert alert.recipients == ["alice@example.com"]
    assert "It last succeeded on 2026-11-20 09:00 UTC." in alert.detail
    assert "run it once by hand and switch it on again" in alert.detail
    client = Client()
    client.force_login(bob)
    shown = client.get(f"/api/schedules/{schedule.pk}").json()
    assert (shown["consecutive_failures"], shown["paused_at"]) == (5, "2026-11-24T09:04:00Z")
    assert shown["paused_reason"] == paused.paused_reason
    assert "5 planned runs in a row gave up" in client.get(f"/schedules/{schedule.pk}").content.decode()
    assert "5 failures in a row" in client.get("/schedules").content.decode()


def test_switching_it_on_takes_reason_count_and_alert_away(schedule: Schedule, now: datetime) -> None:
    for at in minutes(now, 5):
        fail(schedule, at)
    later = now + timedelta(hours=1)
    on = service.enable(schedule.pk, later)
    assert (on.failures_in_a_row, on.paused_at, on.paused_reason) == (0, None, "")
    assert on.next_run_at == on.watch_at == datetime(2026, 11, 25, 7, tzinfo=now.tzinfo)
    assert Alert.objects.get(key=f"paused:{schedule.pk}").cleared_at == later


def test_a_success_begins_the_count_anew(schedule: Schedule, now: datetime) -> None:
    moments = minutes(now, 9)
    for at in moments[:4]:
        fail(schedule, at)
    assert succeed(schedule, moments[4], Trigger.MANUAL).failures_in_a_row == 0
    for at in moments[5:]:
        assert fail(schedule, at).enabled


def test_a_failure_that_is_tried_again_and_one_by_hand_do_not_count(schedule: Schedule, now: datetime) -> None:
    first, second = minutes(now, 2)
    assert fail(schedule, first, AWAY).failures_in_a_row == 0
    assert Execution.objects.get().status == Status.RETRYING
    Execution.objects.update(run_at=now + timedelta(days=9))
    assert fail(schedule, second, WRONG, Trigger.MANUAL).failures_in_a_row == 0


def test_nothing_is_paused_when_that_is_switched_off(schedule: Schedule, now: datetime, settings: Settings) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"auto_pause_after": 0})
    for at in minutes(now, 7):
        assert fail(schedule, at).enabled
    assert Schedule.objects.get(pk=schedule.pk).failures_in_a_row == 7


def test_one_failure_may_be_enough(schedule: Schedule, now: datetime, settings: Settings) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"auto_pause_after": 1})
    paused = fail(schedule, now)
    assert paused.paused_reason.startswith("1 planned run gave up")
