"""The entry of a breaker in the audit log: that a person has closed it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from presstime.audit import journal as audit
from presstime.audit.changes import snapshot
from presstime.audit.targets import Target
from presstime.breakers.models import Breaker

_STATE: Final = ("state", "failures", "openings", "opened_at", "last_error")


def reset(breaker: Breaker, now: datetime) -> None:
    """It is as it was before."""
    target = Target("breaker", str(breaker.pk), f"{breaker.kind} {breaker.name}")
    audit.record("breaker.reset", target, old=snapshot(breaker, _STATE), new={"state": "closed"}, now=now)
