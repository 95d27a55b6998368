"""What people should know about a time limit that they give, without its being refused. Pure; imports nothing of Django."""

from __future__ import annotations

from presstime.base.errors import FieldProblem

LONG_TIMEOUT_SECONDS = 3600


def warnings_of(seconds: int) -> list[FieldProblem]:
    """The warning of a very long limit, if it is one."""
    if seconds <= LONG_TIMEOUT_SECONDS:
        return []
    return [FieldProblem("timeout_seconds", f"A report that hangs keeps others waiting for {seconds // 60} minutes.")]
