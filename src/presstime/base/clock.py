"""The one place that asks the clock; only loops, middleware, faces and commands call it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC, with microseconds."""
    return datetime.now(UTC)  # noqa: TID251 - this is the clock
