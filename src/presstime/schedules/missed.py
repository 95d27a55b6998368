"""What a person does about planned runs that did not happen: run one now, or say that they know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from presstime.accounts.models import User
from presstime.base.errors import Conflict, NotFound
from presstime.executions import service as executions
from presstime.executions.models import Execution
from presstime.executions.states import PRIORITY_MANUAL, Trigger
from presstime.schedules import audited, planned, queries, watchdog
from presstime.schedules.firing import Firing
from presstime.schedules.models import Schedule


def run(reference: str | UUID, at: datetime, by: User | None, now: datetime) -> Execution:
    """Queue what was planned for *at*, evaluated at that instant, ahead of what is planned; the alarm about it is over.

    NotFound when it is not missed, Conflict when the scheduler has started it meanwhile: an instant never runs twice.
    """
    with transaction.atomic():
        schedule = queries.get_schedule_to_change(reference)
        _get(schedule, [at])
        new = planned.execution_of(schedule, Firing(schedule.pk, at, Trigger.CATCH_UP))
        execution = executions.enqueue(
            replace(new, priority=PRIORITY_MANUAL, requested_by_id=by.pk if by else None), now
        )
        if execution is None:
            raise Conflict(
                f"What was planned for {_shown(at)} has been started meanwhile; see the schedule's executions."
            )
        watchdog.settle(schedule.pk, [at], now)
        audited.executed(schedule, execution, now)
    return execution


def acknowledge(reference: str | UUID, instants: Sequence[datetime] | None, now: datetime) -> list[datetime]:
    """Settle the missed runs at *instants*, or all of them with None, without running anything; which those were.

    NotFound, and nothing is changed, when one of them is not missed or there is none.
    """
    with transaction.atomic():
        schedule = queries.get_schedule_to_change(reference)
        known = _get(schedule, instants)
        watchdog.settle(schedule.pk, instants, now)
        audited.missed_acknowledged(schedule, known, now)
    return known


def _get(schedule: Schedule, instants: Sequence[datetime] | None) -> list[datetime]:
    """Those of the unsettled missed runs of *schedule*, oldest first."""
    found = queries.missed_instants(schedule.pk, instants)
    for at in instants or ():
        if at not in found:
            raise NotFound(f'"{schedule.name}" has no missed run planned for {_shown(at)} that is not settled.')
    if not found:
        raise NotFound(f'"{schedule.name}" has no missed runs that are not settled.')
    return found


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}"
