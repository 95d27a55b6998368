"""The last executions of many schedules in one query, on either database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from presstime.executions import history
from presstime.executions.models import Execution
from presstime.schedules import latest
from presstime.schedules.models import Schedule
from tests.schedules.test_api import Api, author

__all__ = ["author"]
Make = Callable[..., Schedule]


def _run(schedule: Schedule, at: datetime, status: str, seconds: float) -> None:
    Execution.objects.create(
        schedule=schedule,
        report=schedule.report,
        revision=schedule.report.current,
        trigger="schedule",
        status=status,
        scheduled_for=at,
        queued_at=at,
        run_at=at,
        started_at=at,
        finished_at=at + timedelta(seconds=seconds),
        timezone="UTC",
        send_when="always",
        timeout_seconds=60,
        priority=10,
    )


def test_each_schedule_has_its_own_newest_first(
    make_schedule: Make, author: Api, now: datetime, django_assert_max_num_queries: Any
) -> None:
    busy, failing, new = (make_schedule(name) for name in ("busy", "failing", "new"))
    for number in range(25):
        _run(busy, now + timedelta(minutes=number), "succeeded", number + 0.25)
        _run(failing, now + timedelta(minutes=number), "succeeded" if number < 5 else "dead", 1)
    keys = [busy.pk, failing.pk, new.pk]
    with django_assert_max_num_queries(1):
        runs = latest.recent_runs(keys)
    assert runs == {busy.pk: [24.25, 23.25, 22.25, 21.25, 20.25], failing.pk: [], new.pk: []}
    assert runs[busy.pk] == history.recent_runs(busy.pk)
    statuses = latest.latest_statuses(keys, 22)
    assert statuses[failing.pk] == ["dead"] * 20 + ["succeeded"] * 2
    assert (len(statuses[busy.pk]), statuses[new.pk]) == (22, [])
    author("GET", "/schedules")  # the first request notes the session
    with django_assert_max_num_queries(10):
        _, found = author("GET", "/schedules?limit=500")
    assert [each["name"] for each in found["items"]] == ["busy", "failing", "new"]
