"""The states of an execution and what moves it between them. Pure; imports nothing of Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"  # failed, and waiting for its next attempt
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"  # out of retries; has a dead letter


class Trigger(StrEnum):
    SCHEDULE = "schedule"
    MANUAL = "manual"
    RETRY = "retry"
    CATCH_UP = "catch_up"


class AttemptStatus(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"  # its worker died or lost its lease


class Category(StrEnum):
    """Why something failed; decides about retries."""

    NETWORK = "network"
    DATA = "data"
    SYSTEM = "system"
    CONFIGURATION = "configuration"
    UNKNOWN = "unknown"


class WaitingFor(StrEnum):
    """Why a queued execution does not start."""

    NOTHING = ""
    DISK = "disk"
    BREAKER = "breaker"
    SLOT = "slot"
    PAUSED = "paused"


# The specification: whatever is not here cannot happen. docs/states.md is drawn from it.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.CANCELLED}),
    Status.RUNNING: frozenset(
        {Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.RETRYING, Status.DEAD, Status.QUEUED}
    ),
    Status.RETRYING: frozenset({Status.RUNNING, Status.CANCELLED, Status.DEAD}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.DEAD: frozenset(),
}

UNFINISHED = frozenset(status for status, after in TRANSITIONS.items() if after)
FINISHED = frozenset(Status) - UNFINISHED
CLAIMABLE = frozenset({Status.QUEUED, Status.RETRYING})

# Smaller goes first: a person waits for a manual run; what a crash interrupted has waited already.
PRIORITY_MANUAL = 0
PRIORITY_REQUEUED = 5
PRIORITY_SCHEDULED = 10

# ---- what follows from a failure ------------------------------------------------------------------------------------

MAXIMUM_CRASHES = 3  # a third worker lost over the same execution means that the execution is what kills them
CODE_TIMEOUT = "timeout"
CODE_CRASHES = "worker_lost"
JITTER = 0.2

RETRIES: dict[Category, int] = {
    Category.NETWORK: 5,
    Category.SYSTEM: 3,
    Category.UNKNOWN: 1,
    Category.DATA: 0,  # the same query over the same data gives the same error
    Category.CONFIGURATION: 0,
}
RETRIES_AFTER_TIMEOUT = 1
# A schedule's own number of retries counts for these; no number makes wrong SQL right.
ADJUSTABLE = frozenset({Category.NETWORK, Category.SYSTEM, Category.UNKNOWN})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The pause before the first retry, which doubles each time, and the longest one."""

    base: timedelta
    maximum: timedelta


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again, not before *at*."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Dead:
    """Out of retries."""


def allowed_retries(category: Category, code: str, retries: int | None) -> int:
    """How many retries an error of *category* gets; *retries* is the schedule's own number, if it has one."""
    if retries is not None and category in ADJUSTABLE:
        return retries
    if code == CODE_TIMEOUT:
        return RETRIES_AFTER_TIMEOUT
    return RETRIES[category]


def decide(
    category: Category,
    code: str,
    *,
    failures: int,
    retries: int | None,
    policy: RetryPolicy,
    jitter: float,
    now: datetime,
) -> Retry | Dead:
    """What comes after the failure number *failures* (from 1); *jitter* from -1 to 1 shifts the pause by up to 20 %."""
    if failures > allowed_retries(category, code, retries):
        return Dead()
    doubled = policy.base * 2 ** min(failures - 1, 30)
    pause = min(policy.maximum, doubled) * (1 + JITTER * jitter)
    return Retry(now + min(policy.maximum, pause))


def before(status: Status) -> frozenset[Status]:
    """The statuses from which an execution may become *status*."""
    return frozenset(earlier for earlier, after in TRANSITIONS.items() if status in after)
