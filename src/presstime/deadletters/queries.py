"""Every query of dead letters, and the only place that writes their status: compare-and-set from TRANSITIONS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from presstime.accounts import sight
from presstime.base.errors import NotFound
from presstime.database.guard import bookkeeping
from presstime.deadletters.models import DeadLetter
from presstime.deadletters.states import OPEN_LIMIT, Removal, Status, before
from presstime.executions.models import Attempt, Execution
from presstime.executions.states import Category

_RELATED = (
    "execution",
    "execution__schedule",
    "execution__schedule__owner",
    "execution__report",
    "execution__requested_by",
    "resolved_by",
)
NAMED: Final = ("execution", "execution__schedule", "execution__report")
MOST_PURGED: Final = 1000  # at once
_LOCK: Final = 0x7072_6465  # of PostgreSQL's advisory locks: one at a time counts and fills the queue
UNSETTLED: Final = (Status.OPEN, Status.RETRYING)
MATRIX: Final = (
    ("hour", "last hour", timedelta(hours=1)),
    ("day", "24 hours", timedelta(hours=24)),
    ("week", "7 days", timedelta(days=7)),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of dead letters is narrowed to; None leaves a field open. `schedule` is an id or a name."""

    schedule: str | None = None
    status: Status | None = None
    error_category: Category | None = None
    error_code: str | None = None
    fingerprint: str | None = None
    text: str | None = None  # in the error, the report's or the schedule's name, or the id of the execution
    since: datetime | None = None  # of dead_at, inclusive
    until: datetime | None = None  # exclusive


# ---- reading --------------------------------------------------------------------------------------------------------


def get_dead_letter(reference: str | UUID) -> DeadLetter:
    """The dead letter with that id; NotFound when there is none or it was removed."""
    try:
        return _visible().select_related(*_RELATED).get(pk=reference)
    except (DeadLetter.DoesNotExist, ValidationError, ValueError):
        raise NotFound.of("dead letter", reference) from None


def list_dead_letters(narrowed: Filter) -> QuerySet[DeadLetter]:
    """Dead letters that *narrowed* lets through, the newest first; a page adds `select_related(*NAMED)`."""
    found = _visible().select_related("execution", "resolved_by")
    if narrowed.schedule is not None:
        found = found.filter(_of_schedule(narrowed.schedule))
    if narrowed.text is not None:
        found = found.filter(_with_text(narrowed.text))
    same = {
        "status": narrowed.status,
        "error_category": narrowed.error_category,
        "error_code": narrowed.error_code,
        "fingerprint": narrowed.fingerprint,
        "dead_at__gte": narrowed.since,
        "dead_at__lt": narrowed.until,
    }
    return found.filter(**{name: value for name, value in same.items() if value is not None})


def _listed() -> QuerySet[DeadLetter]:
    return DeadLetter.objects.filter(removed_at__isnull=True)


def _visible() -> QuerySet[DeadLetter]:
    """Those of reports that whoever looks may see."""
    return sight.seen(_listed(), "report", "execution__report")


def _of_schedule(reference: str) -> Q:
    named = Q(execution__schedule__name=reference)
    with suppress(ValueError):
        return named | Q(execution__schedule=UUID(reference))
    return named


def _with_text(text: str) -> Q:
    found = Q(error_message__icontains=text) | Q(error_code__iexact=text)
    found |= Q(execution__schedule__name__icontains=text) | Q(execution__report__name__icontains=text)
    with suppress(ValueError):
        found |= Q(execution=UUID(text)) | Q(pk=UUID(text))
    return found


def count_unsettled() -> int:
    return _listed().filter(status__in=UNSETTLED).count()


def counts_by_status(narrowed: Filter) -> dict[str, int]:
    """How many there are in each status, whatever status *narrowed* names."""
    rows = list_dead_letters(replace(narrowed, status=None)).order_by().values_list("status").annotate(n=Count("pk"))
    return {str(status): 0 for status in Status} | dict(rows)


@dataclass(frozen=True, slots=True)
class Group:
    """Dead letters whose errors are alike."""

    fingerprint: str
    category: str
    code: str
    message: str  # of one of them
    count: int
    last_at: datetime


def groups(narrowed: Filter, most: int = 8) -> list[Group]:
    """The largest groups of at least two alike among what *narrowed* lets through."""
    alike = (
        list_dead_letters(replace(narrowed, fingerprint=None))
        .order_by()
        .values("fingerprint", "error_category", "error_code")
        .annotate(count=Count("pk"), last_at=Max("dead_at"), message=Max("error_message"))
        .filter(count__gt=1)
        .order_by("-count", "-last_at")[:most]
    )
    return [
        Group(
            row["fingerprint"], row["error_category"], row["error_code"], row["message"], row["count"], row["last_at"]
        )
        for row in alike
    ]


def matrix(now: datetime) -> dict[str, list[int]]:
    """Open items by category: how many died within each span of MATRIX, and how many there are at all."""
    waiting = _visible().filter(status=Status.OPEN)
    spans = {key: Count("pk", filter=Q(dead_at__gte=now - span)) for key, _, span in MATRIX}
    counted = waiting.order_by().values("error_category").annotate(**spans, every=Count("pk"))
    rows = counted.values_list("error_category", *spans, "every")
    return {str(category): [int(count) for count in counts] for category, *counts in rows}


def open_since() -> list[tuple[str, datetime]]:
    """Of each open item the category of its error, and when it died."""
    return list(_visible().filter(status=Status.OPEN).order_by().values_list("error_category", "dead_at"))


def codes() -> list[tuple[str, int]]:
    """The error codes of what is listed, with how many have each, the most frequent first."""
    rows = _visible().order_by().values_list("error_code").annotate(n=Count("pk")).order_by("-n", "error_code")
    return list(rows)


def schedule_names() -> list[str]:
    """Names of the schedules that have dead letters."""
    named = _visible().filter(execution__schedule__isnull=False).order_by("execution__schedule__name")
    return list(named.values_list("execution__schedule__name", flat=True).distinct())


def attempts_of(letters: Sequence[DeadLetter]) -> dict[UUID, list[Attempt]]:
    """By dead letter, every attempt of its execution and of the retries, in the order in which they began."""
    of_execution = {letter.execution_id: letter.pk for letter in letters}
    retries = Execution.objects.filter(origin__in=of_execution).values_list("pk", "origin_id")
    of_execution |= {retry: of_execution[origin] for retry, origin in retries if origin is not None}
    found: dict[UUID, list[Attempt]] = {letter.pk: [] for letter in letters}
    for attempt in Attempt.objects.filter(execution__in=of_execution).order_by("started_at", "number"):
        found[of_execution[attempt.execution_id]].append(attempt)
    return found


def history_of_alike(letter: DeadLetter) -> tuple[int, DeadLetter | None]:
    """How many others had the same kind of error, and the one of them that was resolved last."""
    alike = DeadLetter.objects.filter(fingerprint=letter.fingerprint).exclude(pk=letter.pk)
    others = sight.seen(alike, "report", "execution__report")
    resolved = others.filter(status=Status.RESOLVED).select_related("resolved_by").order_by("-resolved_at").first()
    return others.count(), resolved


def statuses_of(ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(_visible().filter(pk__in=list(ids)).values_list("pk", "status"))


def waiting_on(execution: Execution) -> DeadLetter | None:
    """The dead letter whose newest retry is *execution*."""
    return DeadLetter.objects.filter(retry=execution).select_related(*NAMED).first()


# ---- writing --------------------------------------------------------------------------------------------------------


def hold_lock() -> None:
    """Let one at a time count and fill the queue until the transaction ends; on SQLite every writer does that anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@bookkeeping("an execution that gave up gets its dead letter; what becomes of that has its entry")
def add(letter: DeadLetter) -> None:
    letter.save(force_insert=True)


def remove_beyond_limit(now: datetime) -> list[DeadLetter]:
    """Remove the oldest open items that are more than the limit; the removed ones."""
    opened = _listed().filter(status=Status.OPEN).select_related(*NAMED)
    surplus = list(opened.order_by("-dead_at", "-pk")[OPEN_LIMIT:])
    remove([letter.pk for letter in surplus], Removal.LIMIT, now)
    return surplus


def mark_retrying(letter: DeadLetter, retry: Execution) -> bool:
    return _move(letter.pk, Status.RETRYING, retry=retry)


def reopen(letter: DeadLetter, error: dict[str, str] | None = None) -> bool:
    """Open it again, with the *error* of the retry that failed as well, if there is one."""
    return _move(letter.pk, Status.OPEN, resolved_at=None, resolved_by=None, **(error or {}))


def resolve(letter_id: UUID, note: str, by_id: UUID | None, now: datetime) -> bool:
    return _move(letter_id, Status.RESOLVED, resolved_at=now, resolved_by_id=by_id, note=note)


def remove(ids: Sequence[UUID], because: Removal, now: datetime) -> int:
    """Take these off every list; how many were still on one."""
    return _listed().filter(pk__in=list(ids)).update(removed_at=now, removed_because=because)


def unresolve(moment: datetime, by_id: UUID) -> list[DeadLetter]:
    """Open what that person resolved at *moment*; as it was."""
    rows = _listed().filter(status__in=sorted(before(Status.OPEN)), resolved_at=moment, resolved_by=by_id)
    found = list(rows.select_related(*NAMED).select_for_update(of=("self",)))
    rows.update(status=Status.OPEN, resolved_at=None, resolved_by=None, note="")
    return found


def undelete(moment: datetime) -> list[DeadLetter]:
    """List again what was deleted at *moment*."""
    deleted = DeadLetter.objects.filter(removed_at=moment, removed_because=Removal.DELETED)
    found = list(deleted.select_related(*NAMED).select_for_update(of=("self",)))
    deleted.update(removed_at=None, removed_because="")
    return found


def purge(before_: datetime) -> list[DeadLetter]:
    """Drop what was removed before that moment; what that was."""
    gone = list(DeadLetter.objects.filter(removed_at__lt=before_).select_related(*NAMED)[:MOST_PURGED])
    DeadLetter.objects.filter(pk__in=[letter.pk for letter in gone]).delete()
    return gone


def _move(letter_id: UUID, status: Status, **changes: Any) -> bool:
    rows = _listed().filter(pk=letter_id, status__in=sorted(before(status)))
    return rows.update(status=status, **changes) == 1
