"""Levels of health and what follows from several of them. Pure; imports nothing of Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Level(StrEnum):
    PASS = "pass"  # noqa: S105 - a word of the health check, not a password
    WARN = "warn"
    FAIL = "fail"


RANK: Mapping[Level, int] = {Level.PASS: 0, Level.WARN: 1, Level.FAIL: 2}


def worst(levels: Iterable[Level]) -> Level:
    """The worst of *levels*; of none it is PASS."""
    return max(levels, key=RANK.__getitem__, default=Level.PASS)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: a sentence for everybody, so without hosts, users, paths or addresses, and a figure."""

    level: Level
    output: str = ""
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a check, and of when it is."""

    finding: Finding
    at: datetime

    @property
    def level(self) -> Level:
        return self.finding.level


def graded(value: float, *, warn: float, fail: float) -> Level:
    """The level of a figure that is the better the smaller it is."""
    return Level.FAIL if value > fail else Level.WARN if value > warn else Level.PASS


SLOT = timedelta(seconds=30)  # as often one of the workers notes how everything is


def slot_of(at: datetime) -> datetime:
    """The beginning of the half minute that *at* lies in."""
    return at.replace(second=at.second // 30 * 30, microsecond=0)
