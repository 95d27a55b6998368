"""The arithmetic of the overview: hours, percentiles, comparisons. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import fmean
from typing import NamedTuple
from uuid import UUID

HOUR = timedelta(hours=1)
HOURS = 24
GOOD = frozenset({"succeeded"})
LATEST_RUNS = 5
NEAR_LIMIT = 0.8
BAD = frozenset({"failed", "dead"})


class Run(NamedTuple):
    """An execution that succeeded: how many seconds its last attempt took, and how many it might have taken."""

    hour: datetime  # of its being queued
    seconds: float
    limit_seconds: int
    schedule: str | None  # the id as text


@dataclass(frozen=True, slots=True)
class Slow:
    """A schedule whose last runs came near its time limit."""

    schedule_id: UUID
    seconds: float
    limit_seconds: int
    runs: int
    name: str = ""


@dataclass(slots=True)
class Hour:
    """The executions that were queued within one hour of the clock."""

    starts_at: datetime
    succeeded: int = 0
    failed: int = 0
    other: int = 0
    durations: list[float] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.succeeded + self.failed + self.other


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour as rectangles of a chart 480 wide and 150 high; y grows downwards."""

    hour: Hour
    x: int
    ok_y: float
    ok_height: float
    bad_y: float
    bad_height: float
    other_y: float
    other_height: float


def day_before(now: datetime) -> datetime:
    """Where the 24 hours of the clock begin of which the last is the one that *now* lies in."""
    return now.replace(minute=0, second=0, microsecond=0) - HOUR * (HOURS - 1)


def by_status(counts: Iterable[tuple[datetime, str, int]], since: datetime, until: datetime) -> dict[str, int]:
    """The sums of *counts* by status over the hours from *since* up to, not with, *until*."""
    sums: Counter[str] = Counter()
    for starts_at, status, count in counts:
        if since <= starts_at < until:
            sums[status] += count
    return dict(sums)


def hours_of(counts: Iterable[tuple[datetime, str, int]], now: datetime) -> list[Hour]:
    """The last 24 hours, the one that *now* lies in last; *counts* are (hour, status, number)."""
    last = now.replace(minute=0, second=0, microsecond=0)
    hours = {start: Hour(start) for start in (last - HOUR * back for back in range(HOURS - 1, -1, -1))}
    for starts_at, status, count in counts:
        hour = hours.get(starts_at)
        if hour is None:
            continue
        if status in GOOD:
            hour.succeeded += count
        elif status in BAD:
            hour.failed += count
        else:
            hour.other += count
    return list(hours.values())


def bars_of(hours: Sequence[Hour]) -> list[Bar]:
    """Stacked bars: succeeded at the bottom, then what is under way or cancelled, failures on top."""
    scale = 135 / max(1, *(hour.total for hour in hours))
    return [_bar(hour, index, scale) for index, hour in enumerate(hours)]


def _bar(hour: Hour, index: int, scale: float) -> Bar:
    ok, other, bad = (round(count * scale, 1) for count in (hour.succeeded, hour.other, hour.failed))
    return Bar(
        hour=hour,
        x=index * 20 + 3,
        ok_y=round(145 - ok, 1),
        ok_height=ok,
        other_y=round(145 - ok - other, 1),
        other_height=other,
        bad_y=round(145 - ok - other - bad, 1),
        bad_height=bad,
    )


def percentile(values: Iterable[float], share: float) -> float | None:
    """The smallest value that *share* of the values do not exceed (nearest rank); None without values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def columns_of(hours: Sequence[Hour]) -> Mapping[str, object]:
    """What the line chart draws: seconds since 1970, and for each hour the 95th percentile and the median in seconds."""
    return {
        "names": ["p95", "p50"],
        "columns": [
            [int(hour.starts_at.timestamp()) for hour in hours],
            [percentile(hour.durations, 0.95) for hour in hours],
            [percentile(hour.durations, 0.5) for hour in hours],
        ],
    }


def add_durations(hours: Sequence[Hour], runs: Iterable[Run]) -> None:
    """Put the length of each run into the hour in which it was queued."""
    by_start = {hour.starts_at: hour for hour in hours}
    for run in runs:
        hour = by_start.get(run.hour)
        if hour is not None:
            hour.durations.append(run.seconds)


def slow_schedules(runs: Iterable[Run]) -> list[Slow]:
    """Schedules whose last five runs, newest first in *runs*, took at least 80 % of their limit on average."""
    latest: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if run.schedule is not None and len(latest[run.schedule]) < LATEST_RUNS:
            latest[run.schedule].append(run)
    return [
        Slow(UUID(key), seconds, runs[0].limit_seconds, len(runs))
        for key, runs in latest.items()
        if (seconds := fmean(run.seconds for run in runs)) >= NEAR_LIMIT * runs[0].limit_seconds
    ]


def change(current: float | None, before: float | None) -> str:
    """Say how *current* compares with the day before, "+3.2%"; nothing when there is nothing to compare with."""
    if not current or not before:
        return ""
    return f"{100 * (current - before) / before:+.1f}%"
