"""The check of the disks, by the thresholds of the administrators."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from presstime.disk import service
from presstime.disk.service import Judged
from presstime.disk.states import Level as DiskLevel
from presstime.disk.states import Thresholds
from presstime.health.registry import Check
from presstime.health.registry import register as add
from presstime.health.states import Finding, Level, worst
from presstime.web.wording import size

ADVICE = {
    Level.WARN: "Free some space before executions have to wait: the page Storage says what can go and how long it lasts.",
    Level.FAIL: "No execution starts until there is room; they wait and go on by themselves. Free space on the page Storage or by "
    "`presstime disk cleanup`, or enlarge the volume.",
}


def check(_: datetime) -> Finding:
    """Whether every volume has room; the one with the least is told of."""
    limits = service.thresholds()
    judged = service.judge(settings.CONFIGURATION, limits)
    if not judged:
        return Finding(Level.FAIL, "No volume can be asked for its room.")
    level = worst(_level(each) for each in judged)
    shown = min((each for each in judged if _level(each) is level), key=lambda each: each.volume.measured.free_bytes)
    return Finding(level, _sentence(shown, limits), shown.volume.measured.free_bytes, "bytes")


def _level(each: Judged) -> Level:
    """A full place of backups holds up nothing here: that is a warning."""
    return Level.WARN if each.level is DiskLevel.FAIL and not each.is_holding else Level(each.level.value)


def _sentence(each: Judged, limits: Thresholds) -> str:
    measured = each.volume.measured
    said = f"The volume {each.volume.name} has {size(measured.free_bytes)} free of {size(measured.total_bytes)}"
    if each.level is DiskLevel.PASS:
        return f"{said}."
    limit = limits.critical_bytes if each.level is DiskLevel.FAIL else limits.warning_bytes
    if measured.free_bytes < limit:
        return f"{said}, less than {size(limit)}."
    return f"{said}, but only {measured.free_inodes:,} file entries."


def register() -> None:
    add(Check("disk", "Disk space", check, ADVICE, link="/storage", is_vital=True))
