"""What is counted of executions, in the transactions that write them, and how it is counted again from their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Count, QuerySet, TextField
from django.db.models import Sum as Total
from django.db.models.functions import Cast

from presstime.executions.endings import AttemptFailure, Ending
from presstime.executions.models import Artifact, Attempt, Execution
from presstime.executions.states import CODE_TIMEOUT, AttemptStatus, Status, Trigger
from presstime.metrics.service import Ledger, keep
from presstime.metrics.states import ALL_TIME, MICROSECOND, MICROSECONDS, Event, Row, Span, Sum, bucket, timed

TIMEOUTS: Final = "code timeout"
KEPT: Final = "kept"
LOST: Final = "lost"
DEPTH, RUNNING = "depth", "running"
TIMED: Final = frozenset({Status.SUCCEEDED, Status.FAILED, Status.DEAD})  # a cancelled one says nothing of durations


# ---- in the transaction of the event --------------------------------------------------------------------------------


def count_end(*, ending: Ending, **_: Any) -> None:
    """Count an execution that has ended, and how long its last attempt took."""
    ENDED.record(ending.now, _end(ending.status, ending.execution.started_at, ending.now))


def count_failure(*, failure: AttemptFailure, **_: Any) -> None:
    """Count an attempt that has failed."""
    ERRORS.record(failure.now, _failure(failure.fault.category.value, failure.fault.code))


def count_start(execution: Execution, now: datetime) -> None:
    """Count how long after its planned instant a scheduled execution began."""
    if execution.fence == 0 and execution.trigger == Trigger.SCHEDULE:
        STARTS.record(now, timed("started", now - execution.scheduled_for))


def count_loss(now: datetime) -> None:
    """Count a lease that ended with its worker."""
    LOSSES.record(now, [Row(LOST)])


def count_files(number: int, size: int, now: datetime) -> None:
    """Count files that are kept from now on, or with negative figures those that no longer are."""
    if number:
        FILES.record(now, [Row(KEPT, number, size)])


def note_queue(now: datetime) -> None:
    """Keep how many executions are queued and how many run, once in a while: the averages of hours and days."""
    rows = Execution.objects.filter(status__in=[Status.QUEUED, Status.RUNNING]).order_by().values_list("status")
    numbers = dict(rows.annotate(number=Count("*")))
    depth, running = numbers.get(Status.QUEUED, 0), numbers.get(Status.RUNNING, 0)
    QUEUE.record(now, [Row(DEPTH, 1, depth), Row(RUNNING, 1, running)])


def _end(status: str, started_at: datetime | None, finished_at: datetime) -> Sequence[Row]:
    if started_at is None or status not in TIMED:
        return [Row(str(status))]
    return timed(str(status), finished_at - started_at)


def _failure(category: str, code: str) -> Sequence[Row]:
    return [Row(category), Row(TIMEOUTS)] if code == CODE_TIMEOUT else [Row(category)]


# ---- from the rows --------------------------------------------------------------------------------------------------


def _ends(span: Span | None) -> Iterator[Event]:
    rows = _within(Execution.objects.filter(finished_at__isnull=False), span)
    for finished_at, status, started_at in _quickly(rows.values_list("finished_at", "status", "started_at")):
        yield Event(finished_at, _end(status, started_at, finished_at))


def _ends_added_up(span: Span) -> dict[str, Sum]:
    """As `_ends`, added up row by row as the driver gives them: a busy hour has thousands."""
    rows = _within(Execution.objects.filter(finished_at__isnull=False), span)
    as_text = {name: Cast(name, TextField()) for name in ("finished_at", "started_at")}
    statement, parameters = rows.values_list("status", *as_text.values()).query.sql_with_params()
    found: dict[str, Sum] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        for status, finished_at, started_at in cursor.fetchall():
            if started_at is None or status not in TIMED:
                found.setdefault(status, Sum()).count += 1
                continue
            micros = max(0, (datetime.fromisoformat(finished_at) - datetime.fromisoformat(started_at)) // MICROSECOND)
            for label in (status, bucket(micros / MICROSECONDS)):
                found.setdefault(label, Sum()).add(1, micros)
    return found


def _failures(span: Span | None) -> Iterator[Event]:
    rows = _within(Attempt.objects.filter(status=AttemptStatus.FAILED, finished_at__isnull=False), span)
    for finished_at, category, code in _quickly(rows.values_list("finished_at", "error_category", "error_code")):
        yield Event(finished_at, _failure(category, code))


def _starts(_: Span | None) -> Iterator[Event]:
    first = Attempt.objects.filter(number=1, execution__trigger=Trigger.SCHEDULE).order_by()
    for started_at, planned in _quickly(first.values_list("started_at", "execution__scheduled_for")):
        yield Event(started_at, timed("started", started_at - planned))


def _losses(_: Span | None) -> Iterator[Event]:
    crashed = Execution.objects.filter(crashes__gt=0).order_by().values_list("queued_at", "crashes")
    for at, crashes in crashed.iterator():
        yield Event(at, [Row(LOST, crashes)])


def _files(_: Span | None) -> Iterator[Event]:
    kept = Artifact.objects.filter(removed_at__isnull=True).aggregate(number=Count("pk"), bytes=Total("bytes"))
    if kept["number"]:
        yield Event(ALL_TIME, [Row(KEPT, kept["number"], kept["bytes"] or 0)])


def _within(rows: QuerySet[Any], span: Span | None) -> QuerySet[Any]:
    found = rows.order_by()
    return found if span is None else found.filter(finished_at__gte=span.since, finished_at__lt=span.until)


def _quickly(rows: QuerySet[Any, tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The rows as the driver gives them, moments made aware: Django's own way takes four times as long for each."""
    statement, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        while found := cursor.fetchmany(2000):
            for row in found:
                yield tuple(_moment(value) for value in row)


def _moment(value: Any) -> Any:
    """SQLite gives moments as text or without a zone; all of them are UTC."""
    if isinstance(value, str) and value[4:5] == "-" and value[10:11] == " ":
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


ENDED: Final = keep(Ledger("executions", _ends, add_up=_ends_added_up))
QUEUE: Final = Ledger("queue", lambda _: ())  # nothing but the tallies tells how long it was
ERRORS: Final = keep(Ledger("failed attempts", _failures, by_hour=False))
STARTS: Final = keep(Ledger("starts", _starts, by_hour=False))
LOSSES: Final = keep(Ledger("lease losses", _losses, by_hour=False))
FILES: Final = keep(Ledger("report files", _files, by_hour=False))
