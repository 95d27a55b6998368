"""The entries of disk space in the audit log: thresholds, and what is removed on whose order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from presstime.audit import journal as audit
from presstime.audit.changes import differences, snapshot
from presstime.audit.targets import Target
from presstime.disk.models import Cleanup


def target_of(cleanup: Cleanup) -> Target:
    return Target("cleanup", str(cleanup.pk), ", ".join(cleanup.actions))


def thresholds_changed(before: Mapping[str, int | None], after: Mapping[str, int | None], now: datetime) -> None:
    """None is a threshold that the settings decide."""
    old, new = differences(before, after)
    target = Target("setting", "disk_thresholds", "Disk thresholds")
    audit.record("setting.thresholds_changed", target, old=old, new=new, now=now)


def requested(cleanup: Cleanup, now: datetime) -> None:
    new = snapshot(cleanup, ("actions", "planned_bytes"))
    audit.record("cleanup.requested", target_of(cleanup), new=new, now=now)


def finished(cleanup: Cleanup, now: datetime) -> None:
    """It has removed what it found, or ended with an error."""
    new = snapshot(cleanup, ("status", "removed", "freed_bytes", "error"))
    audit.record("cleanup.finished", target_of(cleanup), new=new, now=now)
