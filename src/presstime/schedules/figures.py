"""Counts of schedules and of runs that did not happen."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, QuerySet

from presstime.schedules.models import MissedRun, Schedule
from presstime.schedules.watching import TOLERANCE


def count_by_state() -> tuple[int, int]:
    """How many schedules are on, and how many are off."""
    # Grouped, the index has the whole answer; SQLite looks into the rows for a bare `enabled`.
    rows = Schedule.objects.filter(deleted_at__isnull=True).order_by().values_list("enabled")
    counted = dict(rows.annotate(number=Count("*")))
    return counted.get(True, 0), counted.get(False, 0)


def count_paused() -> int:
    """Schedules that were switched off by their failures."""
    return Schedule.objects.filter(deleted_at__isnull=True, enabled=False, paused_at__isnull=False).count()


def overdue(now: datetime) -> QuerySet[Schedule]:
    """Schedules that should have fired two minutes ago, the longest overdue first."""
    due = Schedule.objects.filter(enabled=True, deleted_at__isnull=True, next_run_at__lt=now - TOLERANCE)
    return due.order_by("next_run_at")


def count_overdue(now: datetime) -> int:
    return overdue(now).count()


def count_missed_open() -> int:
    """Planned instants without an execution that nobody has settled."""
    return MissedRun.objects.filter(settled_at__isnull=True).count()


def count_missed(since: datetime, until: datetime) -> int:
    """Planned instants of that time which had no execution when they were looked for."""
    return MissedRun.objects.filter(planned_for__gte=since, planned_for__lt=until).count()
