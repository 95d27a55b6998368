"""Every query of the disk, and the only writer of its tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast, TruncHour

from presstime.base.errors import NotFound
from presstime.database.guard import bookkeeping
from presstime.disk.models import Cleanup, Sample, StoredThresholds, Survey
from presstime.disk.states import (
    KEEP_ALL,
    KEEP_SAMPLES,
    CleanupStatus,
    Point,
)
from presstime.executions.models import Artifact, Execution
from presstime.mail.models import Email, Message
from presstime.mail.states import QUEUED
from presstime.schedules.models import Schedule

_PROGRESS = "progress of a cleanup; asking for it and its end have their entries"
MOST_FILES = 10_000  # of which an average is made

# ---- thresholds -----------------------------------------------------------------------------------------------------


def find_thresholds() -> StoredThresholds | None:
    """What administrators have set; None when they never have."""
    return StoredThresholds.objects.select_related("changed_by").first()


def save_thresholds(stored: StoredThresholds) -> None:
    stored.save()


# ---- history --------------------------------------------------------------------------------------------------------


def add_samples(samples: Iterable[Sample]) -> None:
    """Write samples; where another worker was first, its own stands."""
    Sample.objects.bulk_create(samples, ignore_conflicts=True)


def points_of(volume: str, since: datetime) -> list[Point]:
    """The history of a volume from *since* on, oldest first."""
    rows = Sample.objects.filter(volume=volume, at__gte=since).order_by("at")
    return [Point(at, free) for at, free in rows.values_list("at", "free_bytes")]


def thin_samples(now: datetime) -> int:
    """Forget samples older than 90 days, and all but the first of an hour in those older than a week; how many."""
    forgotten, _ = Sample.objects.filter(at__lt=now - KEEP_SAMPLES).delete()
    old = Sample.objects.filter(at__lt=now - KEEP_ALL).exclude(at=TruncHour("at"))
    return forgotten + old.delete()[0]


# ---- what reports take ----------------------------------------------------------------------------------------------


def report_sizes(since: datetime) -> dict[str | None, tuple[int, int]]:
    """Of each schedule (None: runs without one) the bytes that its executions have made since, and how many they were.

    Where more than 10,000 files were made since, those that are kept of the newest 10,000 speak for all. Here and in
    what follows ids are text, which a thousand of them need not be read from.
    """
    kept = Artifact.objects.filter(removed_at__isnull=True, created_at__gte=since).order_by("-created_at")
    enough = kept.values_list("created_at", flat=True)[MOST_FILES : MOST_FILES + 1].first()
    since = enough or since
    # Files are made before their execution ends: that spares PostgreSQL a scan of all executions ever.
    recent = {"created_at__gte": since, "execution__finished_at__gte": since}
    made = (kept if enough else Artifact.objects.all()).filter(**recent)
    sent = Message.objects.filter(**recent)
    sizes: Counter[str | None] = Counter()
    runs = {}
    for schedule, count, size in _by_schedule(made, Count("execution", distinct=True), Sum("bytes")):
        runs[schedule], sizes[schedule] = count, size
    for schedule, size in _by_schedule(sent, Sum("bytes")):
        sizes[schedule] += size
    return {schedule: (sizes[schedule], count) for schedule, count in runs.items()}


def _by_schedule(rows: QuerySet[Any], *sums: Any) -> Iterable[Any]:
    """What *sums* say of *rows* for each schedule."""
    # A cast, since grouping by the column would lead SQLite through the schedules of all executions ever.
    key = Cast("execution__schedule", TextField())
    named = {f"sum_{number}": each for number, each in enumerate(sums)}
    grouped = rows.order_by().annotate(key=key).values("key").annotate(**named)
    found: Iterable[Any] = grouped.values_list("key", *named)
    return found


def expired(now: datetime, default_days: int | None) -> QuerySet[Execution]:
    """Executions whose files are past the retention of their schedule, or of the installation; None keeps them."""
    own = Schedule.objects.exclude(retention_days=None).values_list("retention_days", flat=True).distinct()
    limits = {days: now - timedelta(days=days) for days in own if days is not None}
    past = Q(pk__in=[])
    for days, before in limits.items():
        past |= Q(schedule__retention_days=days, finished_at__lt=before)
    ends = list(limits.values())
    if default_days is not None:
        ends.append(now - timedelta(days=default_days))
        past |= _WITHOUT_OWN & Q(finished_at__lt=ends[-1])
    return _with_files(max(ends, default=now), now).filter(past)


def without_retention(before: datetime, now: datetime) -> QuerySet[Execution]:
    """Executions from before then with files whose schedule, if they have one, does not say how long they are kept."""
    return _with_files(before, now).filter(_WITHOUT_OWN, finished_at__lt=before)


_WITHOUT_OWN = Q(schedule__isnull=True) | Q(schedule__retention_days__isnull=True)


def _with_files(before: datetime, now: datetime) -> QuerySet[Execution]:
    """Executions that finished before then, with files that no e-mail still needs, and no signed link that was mailed."""
    # From the files, of which few are kept for long, to the executions; files are made before their execution finishes.
    kept = Artifact.objects.filter(removed_at__isnull=True, created_at__lt=before).order_by().values("execution")
    waiting = Email.objects.filter(message__execution=OuterRef("pk"), status__in=sorted(QUEUED))
    linked = Message.objects.filter(execution=OuterRef("pk"), links_until__gt=now)
    return Execution.objects.filter(~Exists(waiting), ~Exists(linked), pk__in=kept, finished_at__isnull=False)


def size_of(executions: QuerySet[Execution]) -> tuple[int, int]:
    """How many *executions* there are, and the bytes of their files and messages."""
    keys = executions.values("pk")
    kept = Artifact.objects.filter(execution__in=keys, removed_at__isnull=True).aggregate(bytes=Sum("bytes"))
    mail = Message.objects.filter(execution__in=keys).aggregate(bytes=Sum("bytes"))
    return executions.count(), (kept["bytes"] or 0) + (mail["bytes"] or 0)


def reports_bytes() -> int:
    """The bytes of all files of executions that are kept."""
    kept = Artifact.objects.filter(removed_at__isnull=True).aggregate(bytes=Sum("bytes"))
    return kept["bytes"] or 0


def messages_bytes() -> int:
    """The bytes of all messages whose files are still there, as far as that is known."""
    gone = Artifact.objects.filter(removed_at__isnull=False).order_by().values("execution")
    every, without = (
        messages.aggregate(bytes=Sum("bytes"))["bytes"] or 0
        for messages in (Message.objects.all(), Message.objects.filter(execution__in=gone))
    )
    return every - without


def paths_of_waiting_mail() -> set[str]:
    """The messages, by their path in the reports folder, that still wait for a recipient to be sent to."""
    waiting = Email.objects.filter(status__in=sorted(QUEUED))
    return set(waiting.values_list("message__path", flat=True).distinct())


class Due(NamedTuple):
    """When a schedule runs next, and what says when it does after that."""

    schedule: str
    cron: str
    timezone: str
    next_run_at: datetime
    ends_at: datetime | None


def due_before(until: datetime) -> list[Due]:
    """Schedules that run before *until*, the next one first."""
    due = Schedule.objects.filter(enabled=True, deleted_at__isnull=True, next_run_at__lt=until).order_by("next_run_at")
    return [Due(*row) for row in due.values_list(Cast("pk", TextField()), *Due._fields[1:])]


def waiting_by_schedule() -> dict[str | None, int]:
    """Of each schedule how many executions wait to start, the one that goes first at the head."""
    waiting = Execution.objects.filter(lease_until__isnull=True, finished_at__isnull=True)
    # Few wait and many are over: an index gives the few by their time, while grouping in SQL would take another one.
    in_order = waiting.order_by("waiting_for", "priority", "run_at")
    return dict(Counter(in_order.values_list(Cast("schedule", TextField()), flat=True)))


def find_survey() -> Survey | None:
    """The last look of a worker at what could be freed; None before the first."""
    return Survey.objects.filter(pk=1).first()


def save_survey(at: datetime, found: list[dict[str, Any]], usage: list[list[Any]]) -> None:
    Survey.objects.update_or_create(pk=1, defaults={"at": at, "found": found, "usage": usage})


# ---- cleanups -------------------------------------------------------------------------------------------------------


def list_cleanups() -> QuerySet[Cleanup]:
    """Cleanups, newest first."""
    return Cleanup.objects.select_related("requested_by")


def get_cleanup(reference: str | UUID) -> Cleanup:
    """The cleanup with that id; NotFound when there is none."""
    try:
        return list_cleanups().get(pk=reference)
    except (Cleanup.DoesNotExist, ValidationError, ValueError):
        raise NotFound.of("cleanup", reference) from None


def unfinished_cleanup() -> Cleanup | None:
    """The cleanup that waits or is under way, the oldest one."""
    return list_cleanups().filter(finished_at__isnull=True).order_by("requested_at").first()


def add_cleanup(cleanup: Cleanup) -> None:
    cleanup.save(force_insert=True)


@bookkeeping(_PROGRESS)
def claim_cleanup(now: datetime, lease: timedelta) -> Cleanup | None:
    """The cleanup to go on with, held by this worker alone until the lease ends; None when there is none."""
    cleanup = unfinished_cleanup()
    if cleanup is None:
        return None
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    taken = Cleanup.objects.filter(free, pk=cleanup.pk, finished_at__isnull=True).update(
        status=CleanupStatus.RUNNING, lease_until=now + lease, started_at=cleanup.started_at or now
    )
    return cleanup if taken else None


@bookkeeping(_PROGRESS)
def add_progress(cleanup: Cleanup, *, removed: int, freed: int, remaining: Sequence[str]) -> None:
    """Note what a batch has removed, and give the lease back."""
    Cleanup.objects.filter(pk=cleanup.pk).update(
        removed=F("removed") + removed,
        freed_bytes=F("freed_bytes") + freed,
        remaining=list(remaining),
        lease_until=None,
    )


def finish_cleanup(cleanup: Cleanup, status: CleanupStatus, now: datetime, error: str = "") -> None:
    changes: dict[str, Any] = {"status": status, "finished_at": now, "lease_until": None, "error": error}
    Cleanup.objects.filter(pk=cleanup.pk, finished_at__isnull=True).update(**changes)


@bookkeeping("cleanups that ended 90 days ago are forgotten")
def forget_cleanups(before: datetime) -> int:
    """Forget cleanups that ended before then; how many."""
    return Cleanup.objects.filter(finished_at__lt=before).delete()[0]
