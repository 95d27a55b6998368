"""Entries of the features: noted where something is done, written when its transaction commits.

The end of the log is one row that every entry moves on. Locked from the middle of a transaction it would be waited for by
others that hold what this one needs next; locked last it cannot be part of a deadlock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection

from presstime.audit import service
from presstime.audit.actors import Actor, acting, current
from presstime.audit.targets import Target
from presstime.base import clock
from presstime.database.guard import append_at_commit


def record(
    action: str,
    target: Target,
    *,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> None:
    """As `service.record`, written last in the caller's transaction; who acts is who acts now."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"record({action!r}) belongs into the transaction of the change; there is none.")
    before, after = service.changes(old, new)
    append_at_commit(partial(_write, current(), action, target, before, after, now or clock.now()))


def _write(
    actor: Actor,
    action: str,
    target: Target,
    old: dict[str, Any] | None,
    new: dict[str, Any] | None,
    at: datetime,
) -> None:
    with acting(actor):
        service.record(action, target, old=old, new=new, now=at)
