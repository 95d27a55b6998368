"""The states of an execution and what moves it between them. Pure; imports nothing of Django."""

from __future__ import annotations

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
