"""How much room reports take: on average, the next one, and those of the next 24 hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from presstime.disk import queries
from presstime.schedules.cron import CronError, parse
from presstime.schedules.recurrence import planned

LOOK_BACK = timedelta(days=30)
DAY = timedelta(days=1)
MOST_RUNS = 1440  # one a minute
Sizes = Mapping[str | None, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes: of an execution on average over 30 days (None when there was none), of the next, of all in 24 hours."""

    average_bytes: int | None
    next_execution_bytes: int | None
    next_24h_bytes: int
    next_24h_runs: int


def estimate(now: datetime) -> Estimate:
    """The estimate at *now*: each schedule's own average where it has run, else that of all; queued ones count too."""
    sizes = queries.report_sizes(now - LOOK_BACK)
    average = _average(sizes)
    waiting = queries.waiting_by_schedule()
    due = queries.due_before(now + DAY)
    runs_of = cache(partial(_runs, now + DAY))  # many schedules run at the same instants
    counts: dict[str | None, int] = {key: runs_of(*when) for key, *when in due}
    runs = {key: counts.get(key, 0) + waiting.get(key, 0) for key in {*counts, *waiting}}
    upcoming = next(iter(waiting), due[0].schedule if due else None)
    return Estimate(
        average_bytes=average,
        next_execution_bytes=_of(upcoming, sizes, average),
        next_24h_bytes=sum(count * (_of(key, sizes, average) or 0) for key, count in runs.items()),
        next_24h_runs=sum(runs.values()),
    )


def _average(sizes: Sizes) -> int | None:
    runs = sum(count for _, count in sizes.values())
    return sum(size for size, _ in sizes.values()) // runs if runs else None


def _of(schedule: str | None, sizes: Sizes, average: int | None) -> int | None:
    size, runs = sizes.get(schedule, (0, 0))
    return size // runs if runs else average


def _runs(until: datetime, expression: str, timezone: str, next_run_at: datetime, ends_at: datetime | None) -> int:
    """How often a schedule runs before *until*, from its next planned instant on."""
    try:
        cron, zone = parse(expression), ZoneInfo(timezone)
    except (CronError, ValueError):
        return 1
    later = planned(cron, zone, next_run_at, ends_at=ends_at)
    return 1 + sum(1 for _ in islice(takewhile(lambda at: at < until, later), MOST_RUNS))
