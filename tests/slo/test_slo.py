"""The service levels are those of what happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from presstime.accounts.models import User
from presstime.base import clock
from presstime.executions import tallies
from presstime.executions.endings import Ending
from presstime.executions.models import Execution
from presstime.executions.states import Status, Trigger
from presstime.failures.models import Outage
from presstime.health import queries as health
from presstime.health.service import SAMPLES
from presstime.metrics.states import Row
from presstime.schedules.models import MissedRun, Schedule
from presstime.slo import figures, service
from presstime.slo.states import Objective, Verdict

HALF = timedelta(seconds=30)


def found(now: datetime, period: str = "30d") -> dict[str, Objective]:
    return {each.name: each for each in service.levels(period, now).objectives}


def noted(since: datetime, count: int, level: str = "pass") -> None:
    """*count* half minutes from *since* on."""
    for number in range(count):
        at = since + HALF * number
        if health.take_slot(at):
            SAMPLES.record(at, [Row(level)])


@pytest.mark.django_db
def test_of_nothing_nothing_is_said(now: datetime) -> None:
    assert {each.verdict for each in found(now).values()} == {Verdict.UNKNOWN}


@pytest.mark.django_db
def test_uptime_counts_what_failed_and_what_nobody_noted(now: datetime) -> None:
    begin = now - timedelta(minutes=101)
    noted(begin, 100)
    noted(begin + HALF * 100, 10, "fail")
    # 20 half minutes are missing: no worker ran
    noted(begin + HALF * 130, 70, "warn")
    uptime = found(now)["uptime"]
    assert uptime.value == 170 / 200
    assert uptime.verdict is Verdict.MISSED
    assert "15 min down; the target allows 3 h 36 min." in uptime.detail
    days = service.by_day("7d", now)
    assert [day.up for day in days[:-1]] == [None] * 7
    assert days[-1].up == 170 / 200


@pytest.mark.django_db
def test_uptime_is_kept_above_the_target(now: datetime) -> None:
    noted(now - timedelta(minutes=501), 1000)
    assert found(now)["uptime"].verdict is Verdict.MET


def test_the_success_rate_counts_what_has_ended(make: Callable[..., Execution], now: datetime) -> None:
    for number in range(20):
        execution = make()
        status = Status.DEAD if number == 0 else Status.CANCELLED if number == 1 else Status.SUCCEEDED
        with transaction.atomic():
            tallies.count_end(ending=Ending(execution, status, now))
    level = found(now)["success_rate"]
    assert (level.value, level.verdict, level.detail) == (18 / 19, Verdict.MISSED, "18 of 19.")
    assert service.by_day("7d", now)[-1].judged == 19


def test_recovery_is_compared_with_the_first_thirty_days(schedule: Schedule, now: datetime) -> None:
    def outage(days: int, minutes: int) -> None:
        ended = now - timedelta(days=days)
        Outage.objects.create(schedule=schedule, began_at=ended - timedelta(minutes=minutes), ended_at=ended)

    outage(20, 60)
    assert found(now)["mttr"].verdict is Verdict.UNKNOWN
    outage(100, 100)
    outage(80, 140)
    level = found(now)["mttr"]
    assert (level.value, level.target, level.verdict) == (3600, 3600, Verdict.MET)
    outage(10, 62)
    assert found(now)["mttr"].verdict is Verdict.MISSED


def test_a_planned_run_is_lost_when_it_never_ran(
    schedule: Schedule, make: Callable[..., Execution], now: datetime
) -> None:
    planned = {"trigger": Trigger.SCHEDULE, "schedule_id": schedule.pk}
    make(**planned, scheduled_for=now - timedelta(hours=1))
    late = now - timedelta(hours=2)
    MissedRun.objects.create(schedule=schedule, planned_for=late, noted_at=now)
    Execution.objects.update(queued_at=now - timedelta(minutes=59))
    level = found(now)["data_loss"]
    assert (level.value, level.verdict, level.detail) == (1, Verdict.MISSED, "1 of 2 planned.")
    make(**planned, scheduled_for=late)  # it has run after all
    Execution.objects.update(queued_at=now - timedelta(minutes=59))
    level = found(now)["data_loss"]
    assert (level.value, level.verdict) == (0, Verdict.MET)


@pytest.mark.django_db
def test_api_and_page_say_the_formula(admin: User, bob: User) -> None:
    noted(clock.now().replace(microsecond=0) - timedelta(minutes=10), 18)
    client = Client()
    client.force_login(admin)
    said: dict[str, Any] = client.get("/api/slo?period=7d").json()
    assert [each["name"] for each in said["objectives"]] == ["uptime", "success_rate", "mttr", "data_loss"]
    assert all(each["formula"].endswith(".") for each in said["objectives"])
    assert client.get("/api/slo?period=2d").status_code == 422
    page = client.get("/health/slo?period=90d").content.decode()
    assert "How they are measured" in page
    assert "Wanted: at least 99.5%" in page
    client.force_login(bob)
    assert client.get("/health/slo").status_code == 403
    assert client.get("/api/slo").status_code == 403


def test_figures_by_day_are_those_of_the_rollups(make: Callable[..., Execution], admin: User) -> None:
    now = clock.now()
    for status in (Status.SUCCEEDED, Status.SUCCEEDED, Status.DEAD, Status.CANCELLED):
        execution = make()
        execution.started_at = now - timedelta(seconds=10)
        with transaction.atomic():
            tallies.count_end(ending=Ending(execution, status, now))
    tallies.note_queue(now)
    make()
    tallies.note_queue(now)
    days = figures.by_day("7d", now)
    assert len(days) == 8
    today = days[-1]
    assert (today.succeeded, today.failed, today.cancelled, today.average) == (2, 1, 1, 10.0)
    assert today.p95 is not None
    assert 9 <= today.p95 <= 10
    assert (today.queued, today.running) == (4.5, 0.0)
    assert days[0].queued is None
    assert figures.whole("7d", now).judged == 3
    client = Client()
    client.force_login(admin)
    page = client.get("/health/figures?period=7d").content.decode()
    assert "66.7% succeeded" in page
    assert "data-chart" in page
