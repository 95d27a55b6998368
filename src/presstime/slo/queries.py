"""What the service levels ask the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from presstime.executions.models import Execution
from presstime.executions.states import Trigger
from presstime.failures.models import Outage
from presstime.schedules.models import MissedRun

PLANNED = (Trigger.SCHEDULE, Trigger.CATCH_UP)


def planned_executions(since: datetime, until: datetime) -> int:
    """Executions whose planned instant lies within the time."""
    # By the moment of queueing, which has an index: an execution is queued at its planned instant or, catching up, later.
    rows = Execution.objects.filter(trigger__in=PLANNED, queued_at__gte=since, queued_at__lt=until)
    return rows.filter(scheduled_for__gte=since).count()


def lost_runs(since: datetime, until: datetime) -> int:
    """Planned instants within the time that never got an execution."""
    ran = Execution.objects.filter(schedule=OuterRef("schedule"), scheduled_for=OuterRef("planned_for"))
    return MissedRun.objects.filter(~Exists(ran), planned_for__gte=since, planned_for__lt=until).count()


def first_recovery_at() -> datetime | None:
    """When a schedule first recovered from failures."""
    ended = Outage.objects.filter(ended_at__isnull=False).order_by("ended_at")
    return ended.values_list("ended_at", flat=True).first()


def days(since: datetime, until: datetime) -> list[datetime]:
    """The beginnings of the days from *since* to *until*, in UTC."""
    first = since.replace(hour=0, minute=0, second=0, microsecond=0)
    return [first + timedelta(days=number) for number in range((until - first).days + 1)]
