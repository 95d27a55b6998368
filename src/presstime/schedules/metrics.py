"""The metrics of schedules."""

from __future__ import annotations

from collections.abc import Iterator

from presstime.metrics.families import Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading
from presstime.metrics.states import WINDOWS
from presstime.schedules import figures

SCHEDULES = Metric("presstime_schedules", "Schedules that are switched on (active) and off (inactive).", ("state",))
PAUSED = Metric("presstime_schedules_paused", "Schedules that were switched off because they failed again and again.")
OVERDUE = Metric("presstime_schedules_overdue", "Schedules whose planned instant passed two minutes ago unfired.")
MISSED_OPEN = Metric("presstime_missed_runs_open", "Planned runs that did not happen and that nobody has settled.")
MISSED = Metric("presstime_missed_runs", "Planned runs of the window that did not happen at their time.", ("window",))


def register() -> None:
    add("Schedules", (SCHEDULES, PAUSED, OVERDUE, MISSED_OPEN, MISSED), collect)


def collect(reading: Reading) -> Iterator[Sample]:
    active, inactive = figures.count_by_state()
    yield SCHEDULES.value(active, state="active")
    yield SCHEDULES.value(inactive, state="inactive")
    yield PAUSED.value(figures.count_paused())
    yield OVERDUE.value(figures.count_overdue(reading.now))
    yield MISSED_OPEN.value(figures.count_missed_open())
    for window, length in WINDOWS.items():
        yield MISSED.value(figures.count_missed(reading.now - length, reading.now), window=window)
