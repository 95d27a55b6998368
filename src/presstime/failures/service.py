"""Counts failures where they happen, and says what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from presstime.executions.endings import AttemptFailure, Ending
from presstime.executions.states import Status
from presstime.failures import queries, states
from presstime.failures.models import Outage
from presstime.failures.queries import Recovery
from presstime.failures.states import Period, Range

KEEP = timedelta(days=2 * 366)
TOP = 10


@dataclass(frozen=True, slots=True)
class OfSchedule:
    """How many attempts of one schedule failed."""

    schedule_id: UUID
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Errors:
    """What failed within a time, and how fast it was mended."""

    within: Range
    periods: list[Period]
    top: list[OfSchedule]
    timeouts: list[OfSchedule]
    recovery: Recovery
    broken: list[Outage]


def count(*, failure: AttemptFailure, **_: Any) -> None:
    """Count a failed attempt, in the transaction that writes it."""
    hour = failure.now.replace(minute=0, second=0, microsecond=0)
    schedule_id = failure.execution.schedule_id
    queries.count(hour, schedule_id, failure.fault.category.value, failure.fault.code[:40])
    if schedule_id is not None:
        queries.begin_or_lengthen_outage(schedule_id, failure.now)


def follow(*, ending: Ending, **_: Any) -> None:
    """End a schedule's outage with its next success."""
    if ending.status is Status.SUCCEEDED and ending.execution.schedule_id is not None:
        queries.end_outage(ending.execution.schedule_id, ending.now)


def trend(within: Range) -> list[Period]:
    """Failed attempts by category for every period, zeros included."""
    return states.filled(within, queries.by_period(within))


def errors(within: Range) -> Errors:
    """Everything that is told of a time."""
    counts = queries.by_schedule(within)
    return Errors(
        within=within,
        periods=trend(within),
        top=_top({key: number for key, (number, _) in counts.items()}),
        timeouts=_top({key: timeouts for key, (_, timeouts) in counts.items() if timeouts}),
        recovery=queries.recovery(within.since, within.until),
        broken=queries.broken_now(TOP),
    )


def _top(counts: Mapping[UUID, int]) -> list[OfSchedule]:
    """The schedules with the most, first; those that are deleted are passed over."""
    most = sorted(counts, key=lambda key: -counts[key])[: 3 * TOP]
    names = queries.names(most)
    return [OfSchedule(key, names[key], counts[key]) for key in most if key in names][:TOP]


def forget(now: datetime) -> None:
    """Remove what is older than two years."""
    queries.forget(now - KEEP)
