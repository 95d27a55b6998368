"""The metrics of backups and restore drills."""

from __future__ import annotations

from collections.abc import Iterator

from presstime.backups import queries
from presstime.backups.states import Status
from presstime.metrics.families import Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading

BACKUPS = Metric("presstime_backups", "Backups that are listed.", ("status",))
LAST = Metric(
    "presstime_backup_last_success_timestamp_seconds", "When the newest verified backup was made; absent without any."
)
AGE = Metric("presstime_backup_age_seconds", "How old the newest verified backup is; absent without any.")
SIZE = Metric("presstime_backup_last_size_bytes", "Bytes of the newest verified backup as it is stored.")
FAILED = Metric("presstime_backup_last_failed", "1 when the newest try at a backup failed, else 0.")
DRILLED = Metric(
    "presstime_backup_drill_timestamp_seconds", "When a backup was last restored on trial; absent when never."
)
DRILL_TIME = Metric("presstime_backup_drill_duration_seconds", "How long that took.")
DRILL_FAILED = Metric("presstime_backup_drill_failed", "1 when the last restore on trial failed, else 0.")


def register() -> None:
    add("Backups", (BACKUPS, LAST, AGE, SIZE, FAILED, DRILLED, DRILL_TIME, DRILL_FAILED), collect)


def collect(reading: Reading) -> Iterator[Sample]:
    counted = queries.count_by_status()
    for status in Status:
        yield BACKUPS.value(counted.get(status, 0), status=status.value)
    good, tried, plan = queries.find_last_good(), queries.find_last_try(), queries.find_plan()
    yield LAST.value(good.created_at.timestamp() if good else None)
    yield AGE.value((reading.now - good.created_at).total_seconds() if good else None)
    yield SIZE.value(good.bytes if good else None)
    yield FAILED.value(int(tried is not None and tried.status == Status.FAILED))
    drilled = plan is not None and plan.drilled_at is not None
    yield DRILLED.value(plan.drilled_at.timestamp() if plan and plan.drilled_at else None)
    yield DRILL_TIME.value(plan.drill_seconds if plan and drilled else None)
    yield DRILL_FAILED.value(int(bool(plan and plan.drill_error)))
