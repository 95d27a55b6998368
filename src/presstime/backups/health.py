"""The check of backups: how old the last good one is."""

from __future__ import annotations

from datetime import datetime, timedelta

from presstime.backups import queries
from presstime.backups.states import STALE_AFTER, Status
from presstime.health.registry import Check
from presstime.health.registry import register as add
from presstime.health.states import Finding, Level

LOST_AFTER = timedelta(hours=74)  # three missed in a row

ADVICE = {
    Level.WARN: "See the page Backups for why the last one failed, then make one: `presstime backup create`.",
    Level.FAIL: "There has been no good backup for three days. See the page Backups for the reason, mend it, and make one: "
    "`presstime backup create`.",
}


def check(now: datetime) -> Finding:
    """Whether there is a recent backup that was verified."""
    good, tried, plan = queries.find_last_good(), queries.find_last_try(), queries.find_plan()
    since = good.created_at if good is not None else plan.since if plan is not None else now
    age = now - since
    level = Level.FAIL if age > LOST_AFTER else Level.WARN if age > STALE_AFTER else Level.PASS
    seconds = round(age.total_seconds()) if good is not None else None
    if level is Level.PASS and tried is not None and tried.status == Status.FAILED:
        return Finding(Level.WARN, "The last backup failed.", seconds, "s")
    if good is None:
        return Finding(level, "There is no backup yet.")
    return Finding(
        level, "The last backup was verified." if level is Level.PASS else "The last good backup is old.", seconds, "s"
    )


def register() -> None:
    add(Check("backup", "Backups", check, ADVICE, link="/backups"))
