"""Which planned instants should have run and did not. Pure; imports nothing of Django.

The watchdog plans for itself, from the cron expression and from where it looked last; what the scheduler believes to be
the next run is not asked, since that may be what is wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfoNotFoundError

from presstime.schedules.firing import Planned, planned

TOLERANCE = timedelta(minutes=2)  # so long may a scheduler take
CLOCK_WENT_BACK = timedelta(minutes=1)
STUCK_AFTER = timedelta(minutes=15)  # so long may a queued execution wait for a slot
MOST_AT_ONCE = 500

Span = tuple[datetime, datetime]  # half-open


@dataclass(frozen=True, slots=True)
class Look:
    """The instants to be judged now, and the next one for the next look; `broken` when the schedule cannot be read."""

    expected: tuple[datetime, ...] = ()
    watch_at: datetime | None = None
    broken: str = ""


def look(schedule: Planned, watch_at: datetime, until: datetime) -> Look:
    """The planned instants of *schedule* from *watch_at* to *until*, at most 500; the rest is for the next look."""
    try:
        return _look(schedule, watch_at, until)
    except (ValueError, ZoneInfoNotFoundError) as error:
        return Look(broken=str(error))


def _look(schedule: Planned, watch_at: datetime, until: datetime) -> Look:
    expected: list[datetime] = []
    for at in chain([watch_at], planned(schedule, watch_at)):
        if at > until or len(expected) == MOST_AT_ONCE:
            return Look(tuple(expected), at)
        expected.append(at)
    return Look(tuple(expected))


def missing(expected: Iterable[datetime], fired: Collection[datetime], passed: Iterable[Span]) -> list[datetime]:
    """Those of *expected* that neither have an execution nor were left out by the policy."""
    spans = list(passed)
    return [at for at in expected if at not in fired and not any(first <= at < until for first, until in spans)]


def clock_went_back(seen_at: datetime, now: datetime) -> bool:
    """Whether the clock shows clearly less than it did at an earlier look."""
    return seen_at - now > CLOCK_WENT_BACK
