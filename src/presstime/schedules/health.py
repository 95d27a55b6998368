"""The check of the scheduler: that it looks, and that what is planned is fired."""

from __future__ import annotations

from datetime import datetime, timedelta

from presstime.executions import presence
from presstime.health.registry import Check
from presstime.health.registry import register as add
from presstime.health.states import Finding, Level, graded
from presstime.schedules import figures

LOOP = "schedules"  # of the worker
SILENT_WARN, SILENT_FAIL = 20.0, 60.0  # seconds; it looks five times a second, which is told every five
OVERDUE_FAIL = timedelta(minutes=10)

ADVICE = {
    Level.WARN: "See the page Schedules for what is overdue, and the worker's log for the loop `schedules`.",
    Level.FAIL: "Start a worker, or start it again when it runs and does not fire; its log names the loop `schedules`. What was "
    "missed is made up for by each schedule's catch-up policy.",
}


def check(now: datetime) -> Finding:
    """Whether the scheduler of any worker has looked lately, and nothing planned is left lying."""
    age = presence.heard(now).loops.get(LOOP)
    if age is None:
        return Finding(Level.FAIL, "No scheduler runs.")
    seconds = round(age.total_seconds(), 1)
    level = graded(seconds, warn=SILENT_WARN, fail=SILENT_FAIL)
    if level is not Level.PASS:
        return Finding(level, "The scheduler has not looked for a while.", seconds, "s")
    number = figures.count_overdue(now)
    if not number:
        return Finding(Level.PASS, "The scheduler looks for what is due.", seconds, "s")
    oldest = figures.overdue(now).values_list("next_run_at", flat=True)[0]
    level = Level.FAIL if oldest is not None and now - oldest > OVERDUE_FAIL else Level.WARN
    return Finding(level, f"{number:,} schedules have not started at their time.", number, "schedules")


def register() -> None:
    add(Check("scheduler", "Scheduler", check, ADVICE, link="/schedules", is_vital=True))
