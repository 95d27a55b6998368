"""The states of an alert and of its deliveries, and what follows from them. Pure; without Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Status(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"  # a person knows; repeats are silent
    CLEARED = "cleared"


class Event(StrEnum):
    """What a delivery tells."""

    RAISED = "raised"
    REPEATED = "repeated"  # the digest of all repeats since the last notice
    CLEARED = "cleared"


class Medium(StrEnum):
    EMAIL = "email"
    APPRISE = "apprise"


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    SENDING = "sending"  # committed before anything goes out
    SENT = "sent"
    QUEUED = "queued"  # handed over to the e-mail queue, which has its own truth for each recipient
    FAILED = "failed"
    DROPPED = "dropped"


# The specification: whatever is not here cannot happen. docs/states.md is drawn from it.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.OPEN: frozenset({Status.ACKNOWLEDGED, Status.CLEARED}),
    Status.ACKNOWLEDGED: frozenset({Status.OPEN, Status.CLEARED}),
    Status.CLEARED: frozenset(),
}

DELIVERY_TRANSITIONS: dict[DeliveryStatus, frozenset[DeliveryStatus]] = {
    DeliveryStatus.PENDING: frozenset({DeliveryStatus.SENDING, DeliveryStatus.DROPPED}),
    DeliveryStatus.SENDING: frozenset(
        {
            DeliveryStatus.SENT,
            DeliveryStatus.QUEUED,
            DeliveryStatus.FAILED,
            DeliveryStatus.PENDING,
            DeliveryStatus.DROPPED,
        }
    ),
    DeliveryStatus.SENT: frozenset(),
    DeliveryStatus.QUEUED: frozenset(),
    DeliveryStatus.FAILED: frozenset(),
    DeliveryStatus.DROPPED: frozenset(),
}

ACTIVE = frozenset(status for status, after in TRANSITIONS.items() if after)
UNFINISHED = frozenset(status for status, after in DELIVERY_TRANSITIONS.items() if after)

TOLD = frozenset({DeliveryStatus.SENT, DeliveryStatus.QUEUED})


def before(status: Status) -> frozenset[Status]:
    """The statuses from which an alert may become *status*."""
    return frozenset(earlier for earlier, after in TRANSITIONS.items() if status in after)


def deliveries_before(status: DeliveryStatus) -> frozenset[DeliveryStatus]:
    """The statuses from which a delivery may become *status*."""
    return frozenset(earlier for earlier, after in DELIVERY_TRANSITIONS.items() if status in after)


# ---- repeats --------------------------------------------------------------------------------------------------------


def next_notice(noticed_at: datetime, now: datetime, cool_down: timedelta) -> datetime | None:
    """When a repeat at *now* is told; None when a notice that will count it is planned already.

    *noticed_at* is the moment of the last notice, or the moment to come of the planned one.
    """
    return None if noticed_at > now else max(now, noticed_at + cool_down)


# ---- what becomes of a delivery -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivered:
    """The channel took it."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """It lies in the e-mail queue."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The channel did not take it, for *reason*, a sentence without secrets; `permanent` when no retry can help."""

    reason: str
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class NothingNew:
    """An earlier notice on this channel has counted all that this digest would tell."""


Outcome = Delivered | HandedOver | Undelivered | NothingNew


@dataclass(frozen=True, slots=True)
class Settlement:
    """The status that follows from an outcome; `at` is the next try of what is pending again."""

    status: DeliveryStatus
    at: datetime | None = None
    error: str = ""


# Over a day in all: a chat service that is down for a night still hears of it.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300, 900, 3600, 4 * 3600, 8 * 3600, 12 * 3600))


def settle(outcome: Outcome, attempt: int, now: datetime) -> Settlement:
    """What becomes of a delivery after try number *attempt*, from 1."""
    match outcome:
        case Delivered():
            return Settlement(DeliveryStatus.SENT)
        case HandedOver():
            return Settlement(DeliveryStatus.QUEUED)
        case NothingNew():
            return Settlement(DeliveryStatus.DROPPED)
        case Undelivered(reason, permanent):
            if permanent or attempt > len(PAUSES):
                return Settlement(DeliveryStatus.FAILED, error=reason)
            return Settlement(DeliveryStatus.PENDING, now + PAUSES[attempt - 1], reason)
