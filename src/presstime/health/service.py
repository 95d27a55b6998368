"""Notes twice a minute how everything is, for the history, the metrics and the time that the installation was up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from presstime.health import queries
from presstime.health.monitor import Monitor, Report, monitor
from presstime.health.registry import checks
from presstime.health.states import SLOT, Level, slot_of, worst
from presstime.metrics import queries as tallies
from presstime.metrics.service import Ledger
from presstime.metrics.states import WINDOWS, Row, first_whole_hour

KEEP = timedelta(days=365)
SETTLED = timedelta(minutes=1)  # by then a worker that lives has noted a half minute
# Not kept with those that can be counted anew: nothing but these tallies says how the past was.
SAMPLES: Final = Ledger("health", lambda _: ())


def note(now: datetime, of: Monitor = monitor) -> bool:
    """Keep how everything is, unless another worker has done it for this half minute; whether it was done."""
    report = of.report()
    with transaction.atomic():
        if not queries.take_slot(slot_of(now)):
            return False
        known = queries.standings()
        for name, reading in report.readings.items():
            queries.stand(name, known.get(name), reading, now)
        SAMPLES.record(slot_of(now), [Row(vital_level(report).value)])
    return True


def uptime(since: datetime, until: datetime) -> tuple[int, int, datetime]:
    """Half minutes in which no vital check failed, all half minutes, and the first of them.

    They are those of the whole hours from *since* on, after a worker first noted any, up to a minute before *until*, which is now.
    """
    first = queries.noted_since()
    if first is None or first >= until:
        return 0, 0, until
    begin = max(first, first_whole_hour(since))
    expected = half_minutes(first, begin, until)
    counted = tallies.since(since, until, [SAMPLES.series])[SAMPLES.series]
    up = sum(counted[level].count for level in (Level.PASS, Level.WARN) if level in counted)
    return min(expected, up), expected, begin


def noted_since() -> datetime | None:
    """The first half minute that a worker has noted."""
    return queries.noted_since()


def half_minutes(first: datetime, since: datetime, until: datetime) -> int:
    """How many half minutes lie between *since* and a minute before *until*, from the *first* that was noted on."""
    return max(0, (until - SETTLED - max(first, since)) // SLOT)


def vital_level(report: Report) -> Level:
    """The worst level among the checks without which the installation counts as down."""
    vital = {check.name for check in checks() if check.is_vital}
    return worst(reading.level for name, reading in report.readings.items() if name in vital)


def since(report: Report) -> Mapping[str, datetime]:
    """By check, since when it has been as *report* says, where a worker has noted that."""
    known = queries.standings()
    return {
        name: known[name].since
        for name, reading in report.readings.items()
        if name in known and known[name].level == reading.level
    }


def forget(now: datetime) -> None:
    """Remove changes that are older than a year."""
    queries.forget(now - KEEP)


def uptime_ratios(now: datetime) -> dict[str, float | None]:
    """By window, the share of it in which the installation was up; None before a worker has noted any of it."""
    found = {}
    for name, length in WINDOWS.items():
        up, expected, _ = uptime(now - length, now)
        found[name] = up / expected if expected else None
    return found
