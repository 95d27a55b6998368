"""The step that turns due schedules into executions."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from presstime.database.guard import bookkeeping
from presstime.executions import service as executions
from presstime.schedules import ownership, queries
from presstime.schedules.firing import Firing, Plan, plan
from presstime.schedules.models import Schedule
from presstime.schedules.planned import execution_of

BATCH = 100

log = logging.getLogger("presstime.schedules")


def fire_due(now: datetime) -> bool:
    """Queue what is due at *now* and move each schedule on, in one transaction; True when there may be more.

    Any number of workers may do this at once: a firing is one row, whoever writes it.
    """
    if not queries.has_due(now):
        return False
    with transaction.atomic():
        claimed = queries.claim_due(now, BATCH)
        # Those of an owner who was switched off behind our back, as by an older version, are paused instead.
        plans = [_apply(each, plan(each, now), now) for each in claimed if not ownership.is_orphaned(each)]
        for owner in {each.owner for each in claimed if each.owner is not None and ownership.is_orphaned(each)}:
            ownership.pause_with_owner(owner, now)
    return len(claimed) == BATCH or any(is_behind(each, now) for each in plans)


def is_behind(of: Plan, now: datetime) -> bool:
    """Whether a schedule has more to make up for than one step takes."""
    return of.next_run_at is not None and of.next_run_at <= now


def _apply(schedule: Schedule, due: Plan, now: datetime) -> Plan:
    for firing in due.firings:
        _fire(schedule, firing, now)
    queries.move_on(schedule.pk, due.next_run_at)
    if due.broken:
        log.error("schedule %s cannot go on and is not planned any more: %s", schedule.name, due.broken)
    elif due.passed_over is not None:
        since, policy = due.passed_over.isoformat(), schedule.catch_up
        log.warning("schedule %s: runs missed since %s are passed over (catch-up: %s)", schedule.name, since, policy)
        assert due.passed_until is not None
        queries.note_passed_over(schedule, due.passed_over, due.passed_until, now)
    return due


@bookkeeping("a planned execution follows from its schedule, whose changes have their entries")
def _fire(schedule: Schedule, firing: Firing, now: datetime) -> None:
    executions.enqueue(execution_of(schedule, firing), now)
