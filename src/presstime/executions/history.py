"""What the executions of one schedule have been so far; reads only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from presstime.executions.models import Execution
from presstime.executions.states import Status, Trigger

RECENT_RUNS, RUNS_LOOKED_AT = 5, 20


def recent_runs(schedule_id: UUID) -> list[float]:
    """How many seconds the last runs of a schedule took that succeeded, at most five, newest first.

    Only its latest twenty executions are looked at, so that a long row of failures costs nothing.
    """
    latest = Execution.objects.filter(schedule_id=schedule_id).order_by("-queued_at")
    rows = latest.values_list("status", "started_at", "finished_at")[:RUNS_LOOKED_AT]
    lengths = [
        (end - start).total_seconds() for status, start, end in rows if status == Status.SUCCEEDED and start and end
    ]
    return lengths[:RECENT_RUNS]


def last_success(schedule_id: UUID) -> datetime | None:
    """When the last execution of a schedule that succeeded had ended."""
    good = Execution.objects.filter(schedule_id=schedule_id, status=Status.SUCCEEDED)
    return good.order_by("-queued_at").values_list("finished_at", flat=True).first()


def fired_instants(schedule_id: UUID, first: datetime, last: datetime) -> set[datetime]:
    """The planned instants from *first* to *last* that have an execution."""
    fired = Execution.objects.filter(schedule_id=schedule_id, trigger__in=[Trigger.SCHEDULE, Trigger.CATCH_UP])
    return set(fired.filter(scheduled_for__range=(first, last)).values_list("scheduled_for", flat=True))


def has_run_by_hand(schedule_id: UUID, since: datetime) -> bool:
    """Whether somebody has run the schedule with success since then."""
    later = Execution.objects.filter(schedule_id=schedule_id, queued_at__gt=since)
    return later.filter(trigger__in=[Trigger.MANUAL, Trigger.RETRY], status=Status.SUCCEEDED).exists()
