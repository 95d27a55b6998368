"""The states of a backup, when the next one is due, and which ones are kept. Pure; imports nothing of Django."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo


class Status(StrEnum):
    RUNNING = "running"  # asked for, being made, or being verified again
    VERIFIED = "verified"
    FAILED = "failed"


class Kind(StrEnum):
    FULL = "full"
    INCREMENTAL = "incremental"  # the pages that differ from the last full one


class Task(StrEnum):
    """What a running backup waits for or is at."""

    CREATE = "create"
    VERIFY = "verify"


class Trigger(StrEnum):
    SCHEDULE = "schedule"
    MANUAL = "manual"


# The specification: whatever is not here cannot happen. docs/states.md is drawn from it.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.RUNNING: frozenset({Status.VERIFIED, Status.FAILED}),
    Status.VERIFIED: frozenset({Status.RUNNING}),  # verified again
    Status.FAILED: frozenset({Status.RUNNING}),
}

STALE_AFTER = timedelta(hours=26)
FULL_EVERY = timedelta(days=7)
DRILL_EVERY = timedelta(days=7)
LEAST_KEPT = 3  # verified ones, however old
WEEKLY_KEPT = 8
MONTHLY_KEPT = 12


def before(status: Status) -> frozenset[Status]:
    """The statuses from which a backup may become *status*."""
    return frozenset(earlier for earlier, after in TRANSITIONS.items() if status in after)


def last_due(at: str, zone: str, now: datetime) -> datetime:
    """The latest moment not after *now* at which a daily backup at *at* ("02:30") in *zone* was due, in UTC.

    Where the clock skips that time, the moment it skips to counts; where it shows it twice, the first.
    """
    hour, minute = (int(part) for part in at.split(":"))
    local = now.astimezone(ZoneInfo(zone))
    today = local.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
    for day in (today, today - timedelta(days=1)):
        due = day.replace(fold=0).astimezone(UTC)
        if due <= now:
            return due
    raise AssertionError("yesterday's is always past")


def is_stale(last_good: datetime | None, since: datetime, now: datetime) -> bool:
    """Whether the last good backup, or without one the beginning *since*, is over 26 hours old."""
    return now - (last_good or since) > STALE_AFTER


@dataclass(frozen=True, slots=True)
class Kept:
    """What retention looks at: a verified backup and the full one that it needs."""

    id: UUID
    created_at: datetime
    base: UUID | None = None


def surplus(backups: Sequence[Kept], now: datetime, days: int) -> list[UUID]:
    """The verified backups that may go: all of *days* stay, then the last full one of 8 weeks and of 12 months.

    The last three stay however old they are, and so does every full one that a kept incremental one needs.
    """
    newest_first = sorted(backups, key=lambda each: each.created_at, reverse=True)
    fulls = [each for each in newest_first if each.base is None]
    kept = {each.id for each in newest_first if now - each.created_at <= timedelta(days=days)}
    kept |= {each.id for each in newest_first[:LEAST_KEPT]}
    kept |= _last_of_each(((each.created_at.isocalendar()[:2], each.id) for each in fulls), WEEKLY_KEPT)
    kept |= _last_of_each((((each.created_at.year, each.created_at.month), each.id) for each in fulls), MONTHLY_KEPT)
    kept |= {each.base for each in newest_first if each.id in kept and each.base is not None}
    return [each.id for each in newest_first if each.id not in kept]


def _last_of_each(newest_first: Iterable[tuple[Hashable, UUID]], most: int) -> set[UUID]:
    """The newest of each period, of the last *most* periods that have any."""
    found: dict[Hashable, UUID] = {}
    for period, identity in newest_first:
        found.setdefault(period, identity)
    return set(list(found.values())[:most])
