"""Notes twice a minute how everything is, for the history, the metrics and the time that the installation was up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from presstime.health import queries
from presstime.health.monitor import Monitor, Report, monitor
from presstime.health.registry import checks
from presstime.health.states import Level, slot_of, worst
from presstime.metrics.service import Ledger
from presstime.metrics.states import Row

KEEP = timedelta(days=365)
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
