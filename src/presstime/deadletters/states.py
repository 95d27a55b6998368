"""The states of a dead letter, and what its error has in common with others. Pure; imports nothing of Django."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum

OPEN_LIMIT = 1_000  # open items; beyond, the oldest are removed
ALERT_AT = 100


class Status(StrEnum):
    OPEN = "open"
    RETRYING = "retrying"  # a new execution is under way
    RESOLVED = "resolved"


class Removal(StrEnum):
    """Why an item is no longer listed."""

    DELETED = "deleted"
    LIMIT = "limit"  # it was the oldest of more than 1,000


# The specification: whatever is not here cannot happen. docs/states.md is drawn from it.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.OPEN: frozenset({Status.RETRYING, Status.RESOLVED}),
    Status.RETRYING: frozenset({Status.OPEN, Status.RESOLVED}),
    Status.RESOLVED: frozenset({Status.OPEN}),
}


def before(status: Status) -> frozenset[Status]:
    """The statuses from which an item may become *status*."""
    return frozenset(earlier for earlier, after in TRANSITIONS.items() if status in after)


_VARIABLE = re.compile(
    r"'[^']*'|\"[^\"]*\"|“[^”]*”|[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]+|\d[\d.,:]*", flags=re.IGNORECASE
)


# The line of one of the reports that meet the same fault.
_PLACE = re.compile(r"^[^\n]{1,300}?:\d+: ")


def fingerprint(category: str, code: str, message: str) -> str:
    """What errors of the same kind share: report, names, numbers and ids are left out; 16 hexadecimal digits."""
    shape = " ".join(_VARIABLE.sub("#", _PLACE.sub("", message)).split())
    return hashlib.sha256(f"{category}\n{code}\n{shape}".encode()).hexdigest()[:16]
