"""What the overview asks the database; everything is bounded by the last two days or by a small limit."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet

from presstime.accounts import sight
from presstime.alerts import queries as alerts
from presstime.alerts.models import Alert
from presstime.alerts.states import Status as AlertStatus
from presstime.database.periods import PeriodText
from presstime.deadletters.models import DeadLetter
from presstime.deadletters.states import Status as DeadLetterStatus
from presstime.executions.models import Execution, Worker
from presstime.executions.states import Status
from presstime.mail.models import Email
from presstime.mail.states import Status as EmailStatus
from presstime.overview.figures import Run
from presstime.schedules.models import MissedRun, Schedule

DAY = timedelta(days=1)
LATE_AFTER = timedelta(minutes=2)
# Percentiles of a day with more executions are those of its newest.
MOST_DURATIONS = 5000
FAILURES = (Status.FAILED, Status.DEAD)
OPEN_EMAILS = (EmailStatus.PENDING, EmailStatus.SENDING)


def _executions() -> QuerySet[Execution]:
    return sight.seen(Execution.objects.all(), "report", "report")


def _schedules() -> QuerySet[Schedule]:
    return sight.seen(Schedule.objects.all(), "report", "report")


def _emails() -> QuerySet[Email]:
    found, keys = sight.seen(Email.objects.all(), "report", "message__execution__report"), sight.hidden_keys()
    return found.exclude(message__about__in=keys) if keys else found


def counts_by_hour(since: datetime) -> list[tuple[datetime, str, int]]:
    """Executions queued since then as (hour, status, number)."""
    # Every status by name, and rows instead of ids: then the index on (status, queued_at) has the whole answer.
    rows = _executions().filter(status__in=[status.value for status in Status], queued_at__gte=since).order_by()
    counted = (
        rows.annotate(hour=PeriodText("queued_at", length=len("2026-11-24 09")))
        .values_list("hour", "status")
        .annotate(count=Count("*"))
    )
    return [(datetime.fromisoformat(f"{hour}:00+00:00"), str(status), count) for hour, status, count in counted]


def succeeded_runs(since: datetime, until: datetime) -> list[Run]:
    """Executions that succeeded, queued within the window, newest first, at most 5,000."""
    rows = (
        _executions()
        .filter(queued_at__gte=since, queued_at__lt=until, status=Status.SUCCEEDED)
        .exclude(started_at=None)
        .exclude(finished_at=None)
        .order_by("-queued_at")
        .values_list("queued_at", "started_at", "finished_at", "timeout_seconds", "schedule_id", "schedule__name")[
            :MOST_DURATIONS
        ]
    )
    return [
        Run(queued, (end - start).total_seconds(), limit, key, name)
        for queued, start, end, limit, key, name in rows
        if start and end
    ]


def latest_failures(limit: int) -> QuerySet[Execution]:
    return _executions().filter(status__in=FAILURES).select_related("report", "schedule")[:limit]


def next_schedules(limit: int) -> QuerySet[Schedule]:
    """The schedules that run next, soonest first."""
    schedules = _schedules().filter(enabled=True, deleted_at=None, next_run_at__isnull=False)
    return schedules.select_related("report").order_by("next_run_at")[:limit]


def late_schedules(now: datetime) -> int:
    """How many schedules should have fired and did not."""
    return _schedules().filter(enabled=True, deleted_at=None, next_run_at__lt=now - LATE_AFTER).count()


def schedules_with_missed_runs() -> int:
    return (
        sight.seen(MissedRun.objects.all(), "schedule", "schedule")
        .filter(settled_at=None)
        .values("schedule")
        .distinct()
        .count()
    )


def schedule_count() -> int:
    return _schedules().filter(deleted_at=None).count()


def last_worker_seen() -> datetime | None:
    """When any worker last said that it is alive."""
    seen: datetime | None = Worker.objects.aggregate(seen=Max("seen_at"))["seen"]
    return seen


def emails_by_status(since: datetime) -> dict[str, int]:
    """E-mails made since then, by status."""
    rows = _emails().filter(created_at__gte=since).order_by().values_list("status").annotate(count=Count("*"))
    return dict(rows)


def open_alerts(limit: int) -> list[Alert]:
    """Alerts that nobody has acknowledged, the pressing ones first."""
    return list(alerts.active(alerts.list_alerts(status=AlertStatus.OPEN))[:limit])


def open_dead_letters() -> int:
    found = sight.seen(DeadLetter.objects.all(), "report", "execution__report")
    return found.filter(status=DeadLetterStatus.OPEN, removed_at=None).count()


def emails_waiting() -> int:
    return _emails().filter(status__in=OPEN_EMAILS).count()
