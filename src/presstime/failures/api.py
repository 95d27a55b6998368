"""The API of failures: the trend by category, and what it adds up to for schedules."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.api.schemas import Parameters, Reference, Strict
from presstime.base import clock
from presstime.failures import presentation
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
    return {"items": presentation.trend(_within(times))}


@router.get("/summary", response=Summary, by_alias=True)
@requires(Right.EXECUTIONS_READ)
def summary(request: HttpRequest, times: Query[Times]) -> dict[str, Any]:
    """The schedules that failed most and that ran into their limit most, and the mean time from failure to success."""
    return presentation.summary(_within(times))


def _within(times: Times) -> Range:
    return range_of(times.by, times.from_, times.to, clock.now())
