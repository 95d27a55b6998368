"""Every query of failures; the only writer of their rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum

from presstime.database.periods import PeriodText
from presstime.executions.states import CODE_TIMEOUT
from presstime.failures.models import FailureCount, Outage
from presstime.failures.states import By, Range

# The beginning of a period as text is this long.
_LENGTHS = {By.DAY: len("2026-11-24"), By.HOUR: len("2026-11-24 09")}
MOST_OUTAGES = 10_000


@dataclass(frozen=True, slots=True)
class OfSchedule:
    """How many attempts of one schedule failed."""

    schedule_id: UUID
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """How many outages ended, and how long they lasted on average; None without any."""

    count: int
    mean: timedelta | None


# ---- counting (in the transaction of the failure) --------------------------------------------------------------------


def count(hour: datetime, schedule_id: UUID | None, category: str, code: str) -> None:
    """Count one failed attempt."""
    of_schedule = Q(schedule__isnull=True) if schedule_id is None else Q(schedule_id=schedule_id)
    row = FailureCount.objects.filter(of_schedule, hour=hour, category=category, code=code)
    new = FailureCount(hour=hour, schedule_id=schedule_id, category=category, code=code)
    _update_or_insert(lambda: row.update(count=F("count") + 1), new)


def begin_or_lengthen_outage(schedule_id: UUID, now: datetime) -> None:
    """Note a failure of a schedule: its outage begins or has one failure more."""
    row = Outage.objects.filter(schedule_id=schedule_id, ended_at__isnull=True)
    _update_or_insert(lambda: row.update(failures=F("failures") + 1), Outage(schedule_id=schedule_id, began_at=now))


def end_outage(schedule_id: UUID, now: datetime) -> None:
    """Note that a schedule has succeeded; nothing happens when it was not broken."""
    Outage.objects.filter(schedule_id=schedule_id, ended_at__isnull=True).update(ended_at=now)


def _update_or_insert(update: Callable[[], int], new: FailureCount | Outage) -> None:
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


def trend(of: Range) -> list[tuple[datetime, str, int]]:
    """Failed attempts by period and category, without zeros."""
    within = FailureCount.objects.filter(hour__gte=of.since, hour__lt=of.until).order_by()
    counted = within.annotate(period=PeriodText("hour", length=_LENGTHS[of.by])).values_list("period", "category")
    rest = "T00:00:00+00:00" if of.by is By.DAY else ":00:00+00:00"
    return [
        (datetime.fromisoformat(f"{period}{rest}"), category, number)
        for period, category, number in counted.annotate(number=Sum("count"))
    ]


def top_schedules(since: datetime, until: datetime, limit: int, *, only_timeouts: bool = False) -> list[OfSchedule]:
    """The schedules with the most failed attempts, or the most at their time limit, most first."""
    found = FailureCount.objects.filter(hour__gte=since, hour__lt=until, schedule__deleted_at__isnull=True)
    if only_timeouts:
        found = found.filter(code=CODE_TIMEOUT)
    summed = found.exclude(schedule=None).values_list("schedule_id", "schedule__name").annotate(number=Sum("count"))
    rows = summed.order_by("-number", "schedule__name")[:limit]
    return [OfSchedule(key, name, number) for key, name, number in rows if key is not None and name is not None]


def recovery(since: datetime, until: datetime) -> Recovery:
    """The outages that ended within the time, the newest 10,000 of them."""
    ended = Outage.objects.filter(ended_at__gte=since, ended_at__lt=until).order_by("-ended_at")
    rows = ended.values_list("began_at", "ended_at")[:MOST_OUTAGES]
    lengths = [end - begin for begin, end in rows if end is not None]
    return Recovery(len(lengths), sum(lengths, timedelta()) / len(lengths) if lengths else None)


def broken_now(limit: int) -> list[Outage]:
    """The schedules that have failed and not succeeded since, the longest broken first."""
    wanted = Outage.objects.filter(ended_at__isnull=True, schedule__deleted_at__isnull=True)
    return list(wanted.select_related("schedule").order_by("began_at")[:limit])


def forget(before: datetime) -> None:
    """Remove counts and outages that are older."""
    FailureCount.objects.filter(hour__lt=before).delete()
    Outage.objects.filter(ended_at__lt=before).delete()
