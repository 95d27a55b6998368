"""Every query of the tallies; the only writer of their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q
from django.db.models import Sum as Total

from presstime.metrics.models import Built, Tally
from presstime.metrics.states import ALL_TIME, WINDOWS, Row, Sum, first_whole_hour

Sums = dict[str, dict[str, Sum]]  # by series and label

_COLUMNS = "(series, label, hour, count, amount, last_at)"
_ADD = """
ON CONFLICT (series, label, hour) DO UPDATE SET
    count = metrics_tally.count + excluded.count,
    amount = metrics_tally.amount + excluded.amount,
    last_at = CASE WHEN metrics_tally.last_at > excluded.last_at THEN metrics_tally.last_at ELSE excluded.last_at END
"""


def add(series: str, rows: Iterable[Row], hours: Sequence[datetime], at: datetime) -> None:
    """Add *rows* to each of *hours* in one statement; all callers lock the same rows in the same order."""
    written = connection.ops.adapt_datetimefield_value
    values = [
        (series, row.label, written(hour), row.count, row.amount, written(at)) for row in sorted(rows) for hour in hours
    ]
    if not values:
        return
    places = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO metrics_tally {_COLUMNS} VALUES {places} {_ADD}",  # noqa: S608 - all of it is ours
            [value for row in values for value in row],
        )


def windows(now: datetime) -> dict[str, Sums]:
    """By window, what the hours that lie wholly within it add up to."""
    begins = {name: first_whole_hour(now - length) for name, length in WINDOWS.items()}
    kept = Tally.objects.filter(hour__gte=min(begins.values())).order_by().values_list("series", "label")
    sums = {}
    for name, begin in begins.items():
        sums[f"count_{name}"] = Total("count", filter=Q(hour__gte=begin), default=0)
        sums[f"amount_{name}"] = Total("amount", filter=Q(hour__gte=begin), default=0)
    found: dict[str, Sums] = {name: defaultdict(lambda: defaultdict(Sum)) for name in WINDOWS}
    for series, label, *values in kept.annotate(**sums):
        for place, name in enumerate(WINDOWS):
            found[name][series][label].add(*values[2 * place : 2 * place + 2])
    return found


def all_time() -> Sums:
    """What everything adds up to that was ever counted."""
    found: Sums = defaultdict(lambda: defaultdict(Sum))
    rows = Tally.objects.filter(hour=ALL_TIME).values_list("series", "label", "count", "amount", "last_at")
    for series, label, count, amount, last_at in rows:
        found[series][label] = Sum(count, amount, last_at)
    return found


def by_hour(series: str, since: datetime, until: datetime) -> list[tuple[datetime, str, int, int]]:
    """(hour, label, count, amount) of the hours from *since* up to, not with, *until*."""
    rows = Tally.objects.filter(series=series, hour__gte=since, hour__lt=until).order_by("hour")
    return list(rows.values_list("hour", "label", "count", "amount"))


def hold_writers() -> None:
    """Let nobody count until the transaction ends; on SQLite a transaction that writes does that anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE metrics_tally IN EXCLUSIVE MODE")


def replace(series: str, sums: Mapping[tuple[str, datetime], Sum]) -> None:
    """Put *sums*, by label and hour, in the place of everything that was counted of *series*."""
    Tally.objects.filter(series=series).delete()
    rows = (
        Tally(series=series, label=label, hour=hour, count=each.count, amount=each.amount, last_at=each.last_at)
        for (label, hour), each in sums.items()
    )
    Tally.objects.bulk_create(rows, batch_size=1000)


def built() -> dict[str, int]:
    """By series, the version in which it was last built from everything."""
    return dict(Built.objects.values_list("series", "version"))


def mark_built(series: str, version: int, now: datetime) -> None:
    Built.objects.update_or_create(series=series, defaults={"version": version, "at": now})


def forget(before: datetime) -> None:
    """Remove hours that are older; what they held stays in the sums of all time."""
    Tally.objects.filter(hour__lt=before, hour__gt=ALL_TIME).delete()
