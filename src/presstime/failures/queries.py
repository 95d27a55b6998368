"""Every query of failures; the only writer of their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Model, Q, QuerySet, Sum

from presstime.accounts import sight
from presstime.executions.states import CODE_TIMEOUT
from presstime.failures.models import FailureCount, FailureDay, Outage
from presstime.failures.states import By, Range
from presstime.schedules.models import Schedule

MOST_OUTAGES = 10_000


@dataclass(frozen=True, slots=True)
class Recovery:
    """How many outages ended, and how long they lasted on average; None without any."""

    count: int
    mean: timedelta | None


# ---- counting (in the transaction of the failure) --------------------------------------------------------------------


def count(hour: datetime, schedule_id: UUID | None, category: str, code: str) -> None:
    """Count one failed attempt, in its hour and in its day."""
    of_schedule = Q(schedule__isnull=True) if schedule_id is None else Q(schedule_id=schedule_id)
    named: dict[str, Any] = {"category": category, "code": code}
    in_hour = FailureCount.objects.filter(of_schedule, hour=hour, **named)
    new = FailureCount(hour=hour, schedule_id=schedule_id, **named)
    _update_or_insert(lambda: in_hour.update(count=F("count") + 1), new)
    day = hour.replace(hour=0)
    in_day = FailureDay.objects.filter(of_schedule, day=day, **named)
    _update_or_insert(
        lambda: in_day.update(count=F("count") + 1), FailureDay(day=day, schedule_id=schedule_id, **named)
    )


def begin_or_lengthen_outage(schedule_id: UUID, now: datetime) -> None:
    """Note a failure of a schedule: its outage begins or has one failure more."""
    row = Outage.objects.filter(schedule_id=schedule_id, ended_at__isnull=True)
    _update_or_insert(lambda: row.update(failures=F("failures") + 1), Outage(schedule_id=schedule_id, began_at=now))


def end_outage(schedule_id: UUID, now: datetime) -> None:
    """Note that a schedule has succeeded; nothing happens when it was not broken."""
    Outage.objects.filter(schedule_id=schedule_id, ended_at__isnull=True).update(ended_at=now)


def _update_or_insert(update: Callable[[], int], new: Model) -> None:
    """Mostly the row is there; whoever loses the race to insert it finds the winner's."""
    if update():
        return
    try:
        with transaction.atomic():  # a savepoint: a refused row must not end the caller's transaction
            new.save(force_insert=True)
    except IntegrityError:
        if not update():
            raise


# ---- reading --------------------------------------------------------------------------------------------------------


def by_period(within: Range) -> list[tuple[datetime, str, int]]:
    """Failed attempts by hour, or day, and category, without zeros."""
    # By the column as it is: then the index has the groups in their order, and nothing is sorted.
    column, rows = _rows(within)
    return list(rows.values_list(column, "category").annotate(number=Sum("count")).order_by(column, "category"))


def by_schedule(within: Range) -> dict[UUID, tuple[int, int]]:
    """Failed attempts of each schedule that has any, and how many of them were stopped at the time limit."""
    at_limit = Sum("count", filter=Q(code=CODE_TIMEOUT), default=0)
    _, rows = _rows(within)
    grouped = rows.filter(schedule__isnull=False).values_list("schedule_id")
    counted = grouped.annotate(number=Sum("count"), timeouts=at_limit).order_by()
    return {key: (number, timeouts) for key, number, timeouts in counted if key is not None}


def _rows(within: Range) -> tuple[str, QuerySet[Any]]:
    """The counts of the range: whole days from the days, which are few, hours from the hours."""
    if within.by is By.DAY:
        days = FailureDay.objects.filter(day__gte=within.since, day__lt=within.until).order_by()
        return "day", sight.seen(days, "schedule", "schedule")
    hours = FailureCount.objects.filter(hour__gte=within.since, hour__lt=within.until).order_by()
    return "hour", sight.seen(hours, "schedule", "schedule")


def names(schedules: Iterable[UUID]) -> dict[UUID, str]:
    """The names of those schedules that are not deleted."""
    found = sight.seen(Schedule.objects.all(), "schedule").filter(pk__in=list(schedules), deleted_at__isnull=True)
    return dict(found.values_list("pk", "name"))


def _outages() -> QuerySet[Outage]:
    return sight.seen(Outage.objects.all(), "schedule", "schedule")


def recovery(since: datetime, until: datetime) -> Recovery:
    """The outages that ended within the time, the newest 10,000 of them."""
    return mean_of(outages_ended(since, until), since)


def outages_ended(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Beginning and end of the outages that ended within the time, the newest 10,000 of them."""
    ended = _outages().filter(ended_at__gte=since, ended_at__lt=until).order_by("-ended_at")
    return [(begin, end) for begin, end in ended.values_list("began_at", "ended_at")[:MOST_OUTAGES] if end is not None]


def mean_of(outages: Iterable[tuple[datetime, datetime]], since: datetime) -> Recovery:
    """How many of *outages* ended since then, and how long they lasted on average."""
    lengths = [end - begin for begin, end in outages if end >= since]
    return Recovery(len(lengths), sum(lengths, timedelta()) / len(lengths) if lengths else None)


def count_broken() -> int:
    """Schedules that have failed and not succeeded since."""
    return Outage.objects.filter(ended_at__isnull=True, schedule__deleted_at__isnull=True).count()


def broken_now(limit: int) -> list[Outage]:
    """The schedules that have failed and not succeeded since, the longest broken first."""
    wanted = _outages().filter(ended_at__isnull=True, schedule__deleted_at__isnull=True)
    return list(wanted.select_related("schedule").order_by("began_at")[:limit])


def forget(before: datetime) -> None:
    """Remove counts and outages that are older."""
    FailureCount.objects.filter(hour__lt=before).delete()
    FailureDay.objects.filter(day__lt=before).delete()
    Outage.objects.filter(ended_at__lt=before).delete()
