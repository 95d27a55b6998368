"""Identifiers: UUID version 7 (RFC 9562), which sort by the time they were made."""

from __future__ import annotations

import secrets
import time
import uuid

_NANOSECONDS = 1_000_000  # of a millisecond


def uuid7() -> uuid.UUID:
    """A new UUIDv7: 48 bits of Unix milliseconds, 12 bits of their fraction (RFC 9562, 6.2, method 3), 62 random bits."""
    milliseconds, fraction = divmod(time.time_ns(), _NANOSECONDS)
    high = milliseconds << 16 | 0x7 << 12 | (fraction << 12) // _NANOSECONDS  # 7: the version
    return uuid.UUID(int=high << 64 | 0b10 << 62 | secrets.randbits(62))  # 10: the variant
