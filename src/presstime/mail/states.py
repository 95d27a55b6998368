"""The states of an e-mail in the queue. Pure; imports nothing of Django."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    PENDING = "pending"
    SENDING = "sending"  # committed before the first byte goes out, so that a crash leaves a trace
    SENT = "sent"
    FAILED = "failed"


class Priority(StrEnum):
    MANUAL = "manual"
    ALERT = "alert"
    SCHEDULED = "scheduled"


class Role(StrEnum):
    TO = "to"
    CC = "cc"
    BCC = "bcc"


RANK: dict[Priority, int] = {Priority.MANUAL: 0, Priority.ALERT: 1, Priority.SCHEDULED: 10}

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.SENDING, Status.FAILED}),
    Status.SENDING: frozenset({Status.SENT, Status.PENDING, Status.FAILED}),
    Status.FAILED: frozenset({Status.PENDING}),  # a person's retry
    Status.SENT: frozenset(),
}
