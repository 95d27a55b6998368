"""Every query of the tallies; the only writer of their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.db.models import Sum as Total

from presstime.metrics.models import Built, Tally
from presstime.metrics.states import Bin, Row, Sum, parts_of

Sums = dict[str, dict[str, Sum]]  # by series and label
Bins = dict[tuple[str, Bin], Sum]  # by label

_COLUMNS = "(series, label, hours, hour, count, amount, last_at)"
_ADD = """
ON CONFLICT (series, label, hours, hour) DO UPDATE SET
    count = metrics_tally.count + excluded.count,
    amount = metrics_tally.amount + excluded.amount,
    last_at = CASE WHEN metrics_tally.last_at > excluded.last_at THEN metrics_tally.last_at ELSE excluded.last_at END
"""


def add(series: str, rows: Iterable[Row], bins: Sequence[Bin], at: datetime) -> None:
    """Add *rows* to each of *bins* in one statement; all callers lock the same rows in the same order."""
    written = connection.ops.adapt_datetimefield_value
    values = [
        (series, row.label, each.hours, written(each.begin), row.count, row.amount, written(at))
        for row in sorted(rows)
        for each in bins
    ]
    if not values:
        return
    places = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO metrics_tally {_COLUMNS} VALUES {places} {_ADD}",  # noqa: S608 - all of it is ours
            [value for row in values for value in row],
        )


def since(begin: datetime, now: datetime, series: Collection[str]) -> Sums:
    """By series and label, what the whole hours from *begin* up to now, which is *now*, add up to."""
    parts = parts_of(begin, now)
    within = Q(hours=1, hour__gte=parts.last)
    if parts.first < parts.last:
        within |= Q(hours=24, hour__gte=parts.first, hour__lt=parts.last)
    if parts.since < parts.first:
        within |= Q(hours=1, hour__gte=parts.since, hour__lt=parts.first)
    rows = Tally.objects.filter(within, series__in=series).order_by().values_list("series", "label")
    found: Sums = defaultdict(lambda: defaultdict(Sum))
    for name, label, count, amount in rows.annotate(counts=Total("count"), amounts=Total("amount")):
        found[name][label].add(count, amount)
    return found


def all_time() -> Sums:
    """What everything adds up to that was ever counted."""
    found: Sums = defaultdict(lambda: defaultdict(Sum))
    rows = Tally.objects.filter(hours=0).values_list("series", "label", "count", "amount", "last_at")
    for series, label, count, amount, last_at in rows:
        found[series][label] = Sum(count, amount, last_at)
    return found


def by_hour(series: str, since: datetime, until: datetime) -> list[tuple[datetime, str, int, int]]:
    """(hour, label, count, amount) of the hours from *since* up to, not with, *until*."""
    rows = Tally.objects.filter(series=series, hours=1, hour__gte=since, hour__lt=until).order_by("hour")
    return list(rows.values_list("hour", "label", "count", "amount"))


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything as it is at one moment, without keeping anybody from writing."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # Django's own begin IMMEDIATE
            try:
                yield
            finally:
                cursor.execute("COMMIT")


def tallies_of(series: str) -> Bins:
    """Everything that is counted of *series*."""
    rows = Tally.objects.filter(series=series).values_list("label", "hours", "hour", "count", "amount", "last_at")
    return {(label, Bin(hours, begin)): Sum(count, amount, at) for label, hours, begin, count, amount, at in rows}


def by_day(series: str, since: datetime, until: datetime) -> dict[datetime, dict[str, Sum]]:
    """By day and label, what was counted on the days from *since* up to, not with, *until*."""
    found: dict[datetime, dict[str, Sum]] = defaultdict(dict)
    rows = Tally.objects.filter(series=series, hours=24, hour__gte=since, hour__lt=until)
    for day, label, count, amount in rows.values_list("hour", "label", "count", "amount"):
        found[day][label] = Sum(count, amount)
    return found


def hold_writers() -> None:
    """Let nobody count until the transaction ends; on SQLite a transaction that writes does that anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE metrics_tally IN EXCLUSIVE MODE")


def replace(series: str, sums: Bins) -> None:
    """Put *sums*, by label and bin, in the place of everything that was counted of *series*."""
    Tally.objects.filter(series=series).delete()
    rows = (
        Tally(
            series=series,
            label=label,
            hours=of.hours,
            hour=of.begin,
            count=each.count,
            amount=each.amount,
            last_at=each.last_at,
        )
        for (label, of), each in sums.items()
    )
    Tally.objects.bulk_create(rows, batch_size=1000)


def built() -> dict[str, int]:
    """By series, the version in which it was last built from everything."""
    return dict(Built.objects.values_list("series", "version"))


def built_at(series: str) -> datetime | None:
    """When it was last built from everything; None when it never was."""
    return Built.objects.filter(series=series).values_list("at", flat=True).first()


def mark_built(series: str, version: int, now: datetime) -> None:
    Built.objects.update_or_create(series=series, defaults={"version": version, "at": now})


def forget(before: datetime) -> None:
    """Remove hours that are older; what they held stays in the sums of all time."""
    Tally.objects.filter(hours__gt=0, hour__lt=before).delete()
