"""Switches a schedule off whose planned runs give up again and again, and tells its owner.

What counts is a planned execution that is dead: after its retries when these can help, at once when they cannot. A
success of any execution begins the count anew, and so does switching the schedule on.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from presstime.alerts.kinds import Kind
from presstime.alerts.service import clear, raise_alert
from presstime.executions import history
from presstime.executions.alarms import addresses_of
from presstime.executions.endings import Ending
from presstime.executions.states import Status, Trigger
from presstime.schedules import audited, queries
from presstime.schedules.models import Schedule

PLANNED = frozenset({Trigger.SCHEDULE, Trigger.CATCH_UP})

log = logging.getLogger("presstime.schedules")


def follow(*, ending: Ending, **_: Any) -> None:
    """Count the end of an execution, in its transaction."""
    execution = ending.execution
    if execution.schedule_id is None:
        return
    if ending.status is Status.SUCCEEDED:
        queries.forget_failures(execution.schedule_id)
    elif ending.status is Status.DEAD and execution.trigger in PLANNED:
        _count(execution.schedule_id, ending)


def _count(schedule_id: UUID, ending: Ending) -> None:
    limit: int = settings.CONFIGURATION.auto_pause_after
    schedule = queries.count_failure(schedule_id)
    if schedule is None or not limit or schedule.failures_in_a_row < limit:
        return
    count = schedule.failures_in_a_row
    why = ending.fault.message if ending.fault else "no reason is known."
    reason = f"{count} planned {'run' if count == 1 else 'runs in a row'} gave up, the last one for this: {why}"
    if queries.pause(schedule_id, reason, ending.now):
        audited.paused(schedule, reason, ending.now)
        transaction.on_commit(partial(log.error, "schedule %s is paused: %s", schedule.name, reason))
        _tell(schedule, reason, ending)


def _tell(schedule: Schedule, reason: str, ending: Ending) -> None:
    succeeded_at = history.last_success(schedule.pk)
    last = f"It last succeeded on {succeeded_at:%Y-%m-%d %H:%M} UTC." if succeeded_at else "It has never succeeded."
    hint = ending.fault.hint if ending.fault else ""
    action = "It does not run any more until you mend the cause, run it once by hand and switch it on again."
    recipients = addresses_of(schedule.owner)
    if recipients:
        audited.told(schedule, recipients, reason, ending.now)
    raise_alert(
        Kind.SCHEDULE_FAILING,
        _key(schedule.pk),
        title=f"The schedule “{schedule.name}” is paused",
        detail=" ".join(part for part in (reason, hint, last, action) if part),
        link=f"/schedules/{schedule.pk}",
        recipients=recipients,
        now=ending.now,
    )


def forget(schedule: Schedule) -> None:
    """Take reason and count from *schedule*, which is switched on again; the caller saves it."""
    schedule.failures_in_a_row = 0
    schedule.paused_at = None
    schedule.paused_reason = ""
    schedule.paused_with_owner = False


def clear_alert(schedule_id: UUID, now: datetime) -> None:
    """Say that a schedule is paused no longer; last in a transaction."""
    clear(Kind.SCHEDULE_FAILING, _key(schedule_id), now=now)


def _key(schedule_id: UUID) -> str:
    return f"paused:{schedule_id}"
