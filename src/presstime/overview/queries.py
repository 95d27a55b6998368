"""What the overview asks the database; everything is bounded by the last two days or by a small limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet, TextField
from django.db.models.functions import Cast

from presstime.accounts import sight
from presstime.alerts import queries as alerts
from presstime.alerts.models import Alert
from presstime.alerts.states import Status as AlertStatus
from presstime.database.periods import PeriodText, Seconds
from presstime.deadletters.models import DeadLetter
from presstime.deadletters.states import Status as DeadLetterStatus
from presstime.executions.models import Execution, Worker
from presstime.executions.states import Status
from presstime.mail.models import Email
from presstime.mail.states import Status as EmailStatus
from presstime.overview.figures import Run, Slow
from presstime.schedules.models import MissedRun, Schedule

DAY = timedelta(days=1)
LATE_AFTER = timedelta(minutes=2)
# Percentiles of a day with more executions are those of its newest.
MOST_DURATIONS = 5000
_SECONDS = Seconds("started_at", "finished_at")
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
    counted = rows.annotate(hour=_hour()).values_list("hour", "status").annotate(count=Count("*"))
    return [(_moment(hour), str(status), count) for hour, status, count in counted]


def _hour() -> PeriodText:
    return PeriodText("queued_at", length=len("2026-11-24 09"))


def _moment(hour: str) -> datetime:
    return datetime.fromisoformat(f"{hour}:00+00:00")


def succeeded_runs(since: datetime, until: datetime) -> list[Run]:
    """Executions that succeeded, queued within the window, newest first, at most 5,000."""
    # As text: thousands of moments and ids would take longer to read than to select.
    rows = _succeeded(since, until).values_list(_hour(), _SECONDS, "timeout_seconds", Cast("schedule_id", TextField()))
    hours: dict[str, datetime] = {}
    found = []
    for hour, seconds, limit, key in rows[:MOST_DURATIONS]:
        begins_at = hours.get(hour) or hours.setdefault(hour, _moment(hour))
        found.append(Run(begins_at, seconds, limit, key))
    return found


def succeeded_seconds(since: datetime, until: datetime) -> list[float]:
    """How long they took that `succeeded_runs` would find."""
    return list(_succeeded(since, until).values_list(_SECONDS, flat=True)[:MOST_DURATIONS])


def _succeeded(since: datetime, until: datetime) -> QuerySet[Execution]:
    queued = _executions().filter(queued_at__gte=since, queued_at__lt=until, status=Status.SUCCEEDED)
    return queued.exclude(started_at=None).exclude(finished_at=None).order_by("-queued_at")


def named(slow: Sequence[Slow]) -> list[Slow]:
    """The same with the names of their schedules, in the order of these."""
    names = dict(_schedules().filter(pk__in=[each.schedule_id for each in slow]).values_list("pk", "name"))
    found = [replace(each, name=names[each.schedule_id]) for each in slow if each.schedule_id in names]
    return sorted(found, key=lambda each: each.name)


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
