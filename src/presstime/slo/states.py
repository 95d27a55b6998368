"""The objectives, and when each is met. Pure; imports nothing of Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

PERIODS: Final[Mapping[str, timedelta]] = {
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
USUAL: Final = "30d"
UPTIME_TARGET: Final = 0.995
SUCCESS_TARGET: Final = 0.95
RECOVERY_SHARE: Final = 0.5  # of what it was in the first days
BASELINE: Final = timedelta(days=30)


class Verdict(StrEnum):
    MET = "met"
    MISSED = "missed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Objective:
    """One promise: what is wanted, what was measured (None when nothing was), and how."""

    name: str
    title: str
    target: float | None
    comparison: str  # of the value with the target
    value: float | None
    unit: str
    verdict: Verdict
    formula: str
    detail: str


@dataclass(frozen=True, slots=True)
class Uptime:
    """Half minutes of a time: those in which everything vital worked, and all since measuring began."""

    up: int
    expected: int
    since: datetime

    @property
    def ratio(self) -> float | None:
        return self.up / self.expected if self.expected else None

    @property
    def down(self) -> timedelta:
        return timedelta(seconds=30) * max(0, self.expected - self.up)


def verdict(value: float | None, *, is_met: bool) -> Verdict:
    """Nothing was promised about what was not measured."""
    if value is None:
        return Verdict.UNKNOWN
    return Verdict.MET if is_met else Verdict.MISSED


def uptime_objective(found: Uptime, budget: str, used: str) -> Objective:
    ratio = found.ratio
    return Objective(
        "uptime",
        "Uptime",
        UPTIME_TARGET,
        "at least",
        ratio,
        "ratio",
        verdict(ratio, is_met=ratio is not None and ratio >= UPTIME_TARGET),
        "Half minutes that a worker has noted and in which no vital check failed (database, scheduler, workers, disk), divided by "
        "all half minutes of the period since measuring began. Where no worker noted anything, it was down.",
        f"{used} down; the target allows {budget}.",
    )


def success_objective(succeeded: int, judged: int) -> Objective:
    ratio = succeeded / judged if judged else None
    return Objective(
        "success_rate",
        "Executions that succeed",
        SUCCESS_TARGET,
        "more than",
        ratio,
        "ratio",
        verdict(ratio, is_met=ratio is not None and ratio > SUCCESS_TARGET),
        "Executions that succeeded, divided by those that succeeded, failed or gave up; each counts once, at its end. Cancelled ones do not count.",
        f"{succeeded:,} of {judged:,}.",
    )


def recovery_objective(mean: timedelta | None, count: int, baseline: timedelta | None) -> Objective:
    target = baseline * RECOVERY_SHARE if baseline is not None else None
    value = mean.total_seconds() if mean is not None else None
    is_known = value is not None and target is not None
    return Objective(
        "mttr",
        "Mean time to recovery",
        target.total_seconds() if target is not None else None,
        "at most",
        value,
        "seconds",
        verdict(value if is_known else None, is_met=mean is not None and target is not None and mean <= target),
        "Mean time from a schedule's first failed attempt to its next success, over the recoveries of the period. The target is half of the mean over the "
        "first 30 days in which there were recoveries.",
        _recoveries(count, is_known=target is not None),
    )


def _recoveries(count: int, *, is_known: bool) -> str:
    said = "1 recovery." if count == 1 else f"{count:,} recoveries."
    return said if is_known else f"{said} There is a target when 30 days have passed since the first one."


def loss_objective(lost: int, expected: int) -> Objective:
    return Objective(
        "data_loss",
        "Planned runs lost",
        0,
        "exactly",
        lost if expected else None,
        "runs",
        verdict(lost if expected else None, is_met=lost == 0),
        "Planned instants of the period that have no execution and that no catch-up policy left out, as the watchdog found by planning for itself.",
        f"{lost:,} of {expected:,} planned.",
    )
