"""The metrics of schedules that fail and recover."""

from __future__ import annotations

from collections.abc import Iterator

from presstime.failures import queries
from presstime.metrics.families import Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading
from presstime.metrics.states import WINDOWS

FAILING = Metric("presstime_schedules_failing", "Schedules that have failed and not succeeded since.")
RECOVERIES = Metric("presstime_recoveries", "Recoveries of schedules within the window.", ("window",))
RECOVERY = Metric(
    "presstime_recovery_time_average_seconds",
    "Mean time from a schedule's first failed attempt to its next success, over the recoveries within the window.",
    ("window",),
)


def register() -> None:
    add("Recoveries", (FAILING, RECOVERIES, RECOVERY), collect)


def collect(reading: Reading) -> Iterator[Sample]:
    yield FAILING.value(queries.count_broken())
    outages = queries.outages_ended(reading.now - max(WINDOWS.values()), reading.now)
    for window, length in WINDOWS.items():
        recovery = queries.mean_of(outages, reading.now - length)
        yield RECOVERIES.value(recovery.count, window=window)
        yield RECOVERY.value(recovery.mean.total_seconds() if recovery.mean is not None else None, window=window)
