"""What the figures of a volume mean: its level, how it has changed, how long it lasts. Pure; imports nothing of Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations
from statistics import median
from typing import NamedTuple

# A file system can run out of file entries with gigabytes left; one that makes them as needed says that it has 0.
INODES_WARNING, INODES_CRITICAL = 10_000, 1_000
# Alerts are over only with some room to spare: a volume at its threshold would tell of itself every few seconds.
RELIEF = 1.05
LONGEST_TREND = timedelta(days=14)
SHORTEST_TREND = timedelta(hours=6)
SURE_TREND = timedelta(days=3)
PAIRS = (timedelta(days=1), timedelta(days=2))
MOST_POINTS = 120
FARTHEST = 3650  # days; beyond, nothing is known
KEEP_SAMPLES = timedelta(days=90)
KEEP_ALL = timedelta(days=7)
SAMPLE_EVERY = timedelta(minutes=10)


class Level(StrEnum):
    PASS = "pass"  # noqa: S105 - a word of the health check, not a password
    WARN = "warn"
    FAIL = "fail"


class Kind(StrEnum):
    """What lies on a volume."""

    DATABASE = "database"
    REPORTS = "reports"
    SCRATCH = "scratch"
    BACKUP = "backup"


# An execution writes nothing into the place of the backups: that it is full is told, and holds up no report.
HOLDING = frozenset({Kind.DATABASE, Kind.REPORTS, Kind.SCRATCH})


class Action(StrEnum):
    """What can be removed."""

    EXPIRED_REPORTS = "expired_reports"
    OLD_REPORTS = "old_reports"
    ORPHAN_FILES = "orphan_files"
    SCRATCH_FILES = "scratch_files"
    ALERT_MAIL = "alert_mail"
    DATABASE_COPIES = "database_copies"


# What is removed by itself; the rest only when a person asks for it.
AUTOMATIC = (Action.EXPIRED_REPORTS, Action.ALERT_MAIL)


class CleanupStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Point(NamedTuple):
    """How much was free at a moment."""

    at: datetime
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Free bytes below which there is a warning, and below which nothing new starts."""

    warning_bytes: int
    critical_bytes: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What the system says of the volume that holds a folder; 0 entries in all where it makes them as needed."""

    total_bytes: int
    free_bytes: int
    total_inodes: int
    free_inodes: int


def level(measured: Measured, thresholds: Thresholds, *, relief: float = 1.0) -> Level:
    """The level of a volume; with a *relief* above 1 it needs that much more room to count as better."""
    if measured.free_bytes < thresholds.critical_bytes * relief or _few(measured, INODES_CRITICAL):
        return Level.FAIL
    if measured.free_bytes < thresholds.warning_bytes * relief or _few(measured, INODES_WARNING):
        return Level.WARN
    return Level.PASS


def _few(measured: Measured, least: int) -> bool:
    return bool(measured.total_inodes) and measured.free_inodes < least


def slope(points: Sequence[Point]) -> float | None:
    """Bytes a day by which the free space changes: the median over pairs of points (Theil-Sen).

    Over three days and more the pairs lie one to two days apart: most reports are made once a day, and one cleanup in
    between sways few of such pairs. None while the points span less than six hours.
    """
    recent = [point for point in points if points[-1].at - point.at <= LONGEST_TREND] if points else []
    if not recent or recent[-1].at - recent[0].at < SHORTEST_TREND:
        return None
    span = recent[-1].at - recent[0].at
    nearest, farthest = PAIRS if span >= SURE_TREND else (timedelta(), span)
    chosen = spread(recent, MOST_POINTS)
    slopes = [
        (later.free_bytes - earlier.free_bytes) / ((later.at - earlier.at) / timedelta(days=1))
        for earlier, later in combinations(chosen, 2)
        if nearest <= later.at - earlier.at <= farthest and later.at > earlier.at
    ]
    return median(slopes) if slopes else None


def days_left(points: Sequence[Point], critical_bytes: int) -> float | None:
    """In how many days the free space reaches the critical threshold; None when it does not shrink, or who knows."""
    change = slope(points)
    if change is None or change >= 0:
        return None
    days = max(0.0, (points[-1].free_bytes - critical_bytes) / -change)
    return round(days, 1) if days <= FARTHEST else None


def spread(points: Sequence[Point], most: int) -> list[Point]:
    """At most *most* of *points*, evenly chosen, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    step = (len(points) - 1) / (most - 1)
    return [points[round(number * step)] for number in range(most)]


def slot(at: datetime, width: timedelta = SAMPLE_EVERY) -> datetime:
    """The start of the span of *width* that *at* lies in: samples of several workers meet in it."""
    seconds = int(at.timestamp())
    return at - timedelta(seconds=seconds % int(width.total_seconds()), microseconds=at.microsecond)
