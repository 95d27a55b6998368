"""The API of failures: the trend by category, and what it adds up to for schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.api.schemas import Parameters, Reference, Strict, instant
from presstime.base import clock
from presstime.failures import service
from presstime.failures.service import OfSchedule
from presstime.failures.states import By, Range, range_of

router = Router(tags=["errors"])


class Times(Parameters):
    by: By = Field(By.DAY, description="At most 366 days, or 744 hours.")
    from_: str | None = Field(
        None, alias="from", description="An instant or a day; the last 30 days or 24 hours by default."
    )
    to: str | None = Field(None, description="An instant, or a day, which is included; now by default.")


class TrendItem(Strict):
    period: str = Field(description="2026-11-24, or 2026-11-24T09:00:00Z by hour; UTC.")
    category: str
    count: int


class Trend(Strict):
    items: list[TrendItem]


class OfScheduleOut(Strict):
    schedule: Reference
    count: int


class Broken(Strict):
    schedule: Reference
    since: str
    failures: int


class Summary(Strict):
    first: str = Field(alias="from")
    until: str = Field(alias="to")
    top_schedules: list[OfScheduleOut]
    timeouts: list[OfScheduleOut]
    recoveries: int
    mean_time_to_recovery_seconds: float | None
    failing: list[Broken]


@router.get("/trend", response=Trend)
@requires(Right.EXECUTIONS_READ)
def trend(request: HttpRequest, times: Query[Times]) -> dict[str, Any]:
    """Attempts that failed by period, in UTC, and category. Periods without any are there, with zeros."""
    within = _within(times)
    return {
        "items": [
            {"period": _name(within.by, period.starts_at), "category": category.value, "count": number}
            for period in service.trend(within)
            for category, number in period.counts.items()
        ]
    }


@router.get("/summary", response=Summary, by_alias=True)
@requires(Right.EXECUTIONS_READ)
def summary(request: HttpRequest, times: Query[Times]) -> dict[str, Any]:
    """The schedules that failed most and that ran into their limit most, and the mean time from failure to success."""
    within = _within(times)
    found = service.errors(within)
    mean = found.recovery.mean
    return {
        "from": instant(within.since),
        "to": instant(within.until),
        "top_schedules": [_of_schedule(each) for each in found.top],
        "timeouts": [_of_schedule(each) for each in found.timeouts],
        "recoveries": found.recovery.count,
        "mean_time_to_recovery_seconds": mean.total_seconds() if mean is not None else None,
        "failing": [
            {
                "schedule": {"id": str(outage.schedule_id), "name": outage.schedule.name},
                "since": instant(outage.began_at),
                "failures": outage.failures,
            }
            for outage in found.broken
        ],
    }


def _within(times: Times) -> Range:
    return range_of(times.by, times.from_, times.to, clock.now())


def _name(by: By, starts_at: datetime) -> str:
    return f"{starts_at:%Y-%m-%d}" if by is By.DAY else f"{starts_at:%Y-%m-%dT%H:%M:%SZ}"


def _of_schedule(of: OfSchedule) -> dict[str, Any]:
    return {"schedule": {"id": str(of.schedule_id), "name": of.name}, "count": of.count}
