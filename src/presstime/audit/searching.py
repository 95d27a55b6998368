"""Finds entries by who, what, to which thing and when, in milliseconds among millions.

Each combination of filters is led by one index: columns that must not lead are hidden from the planner, which knows nothing
of how often a value occurs. The rarest leads; where all are frequent it is the thing, whose index holds the other columns
too. Time needs no index: it rises with the sequence, so 24 looks turn a period into a range.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import product
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from presstime.audit import queries
from presstime.audit.canonical import clean, moment
from presstime.audit.models import Entry

MOST_COUNTED = 10_000
PROBE = 2_000  # matches from which on a value counts as frequent
MOST_VALUES = 500


Parts = Sequence[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Filters:
    """What is wanted; None is everything. `user` and `target` are an id or a name; `action` ends in `.*` for a whole kind."""

    user: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None  # not included

    @property
    def is_picking(self) -> bool:
        """Whether entries between the first and the last one may be left out."""
        return any((self.user, self.action, self.target))

    def said(self) -> dict[str, str]:
        """The filters by their names in the API."""
        found = {"user": self.user, "action": self.action, "target": self.target}
        times = {"from": self.since, "to": self.until}
        return {
            **{name: clean(value) for name, value in found.items() if value},
            **{name: moment(value) for name, value in times.items() if value},
        }

    def bounds(self, size: int) -> tuple[int, int]:
        """The first and the last entry of the period, among the first *size*."""
        first, last = queries.bounds()
        last = min(last, size)
        low = first_at_or_after(self.since, first, last) if self.since else max(first, 1)
        high = first_at_or_after(self.until, first, last) - 1 if self.until else last
        return low, high


def first_at_or_after(moment_: datetime, first: int, last: int) -> int:
    """The number of the first entry that is not before *moment_*; last + 1 when all are."""
    low, high = max(first, 1), last + 1
    at = connection.ops.adapt_datetimefield_value(moment_)
    with connection.cursor() as cursor:
        while low < high:
            middle = (low + high) // 2
            cursor.execute("SELECT 1 FROM audit_logs WHERE sequence = %s AND time < %s", [middle, at])
            low, high = (middle + 1, high) if cursor.fetchone() else (low, middle)
    return low


def find(filters: Filters) -> Found:
    """The entries that *filters* leave; nothing is read before it is asked for."""
    return Found(filters)


class Found:
    """A search: its number of matches, and its matches from any place on."""

    def __init__(self, filters: Filters) -> None:
        self._filters = filters

    @cached_property
    def count(self) -> int:
        """How many there are; those beyond 10,000 are not counted."""
        if not self._filters.is_picking:
            low, high = self._bounds
            return max(0, high - low + 1)
        return self._counted(MOST_COUNTED)

    @property
    def is_counted(self) -> bool:
        """Whether `count` is all of them."""
        return not self._filters.is_picking or self.count < MOST_COUNTED

    def newest(self, limit: int, before: int | None = None) -> list[Entry]:
        """At most *limit* matches, the newest first, below the number *before*."""
        found = [entry for parts in self._single_parts() for entry in self._newest(parts, limit, before)]
        return sorted(found, key=lambda entry: entry.sequence, reverse=True)[:limit]

    def _newest(self, parts: Parts, limit: int, before: int | None) -> list[Entry]:
        where, values = self._where(parts, before)
        query = f"SELECT {queries.COLUMNS} FROM audit_logs WHERE {where} ORDER BY sequence DESC LIMIT %s"  # noqa: S608
        return list(Entry.objects.raw(query, [*values, limit]))

    def _single_parts(self) -> Iterator[Parts]:
        """A search for each value of the index that leads: of several values at once all matches would be sorted."""
        parts = self._parts
        leading = 2 if len(parts) > 1 and _is_pair(parts[0][0], parts[1][0]) else 1
        for values in product(*(values for _, values in parts[:leading])):
            yield [*((column, [value]) for (column, _), value in zip(parts, values, strict=False)), *parts[leading:]]

    def rows(self, up_to: int) -> Iterator[tuple[Any, ...]]:
        """All matches up to that number, the oldest first, as the driver gives them."""
        where, values = self._where(self._parts, up_to + 1)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {queries.COLUMNS} FROM audit_logs WHERE {where} ORDER BY sequence", values)  # noqa: S608
            while found := cursor.fetchmany(queries.ROWS_AT_ONCE):
                yield from found

    # ---- how it is asked --------------------------------------------------------------------------------------------

    @cached_property
    def _bounds(self) -> tuple[int, int]:
        return self._filters.bounds(queries.get_head().size)

    @cached_property
    def _parts(self) -> list[tuple[str, list[str]]]:
        """The columns to compare and their values, the one that leads first."""
        parts = []
        if self._filters.target:
            parts.append(("target_id", _ids("target", self._filters.target)))
        if self._filters.user:
            parts.append(("actor_id", _ids("actor", self._filters.user)))
        if self._filters.action:
            parts.append(("action", _actions(self._filters.action)))
        return sorted(parts, key=self._frequency) if len(parts) > 1 else parts

    def _frequency(self, part: tuple[str, list[str]]) -> int:
        column, values = part
        where, given = self._range()
        return _count(f"{_in(column, values)} AND {where}", [*values, *given], PROBE)

    def _range(self, before: int | None = None) -> tuple[str, list[int]]:
        low, high = self._bounds
        return "sequence BETWEEN %s AND %s", [low, high if before is None else min(high, before - 1)]

    def _where(self, parts: Parts, before: int | None = None) -> tuple[str, list[Any]]:
        where, values = self._range(before)
        conditions, given = [], []
        for place, (column, wanted) in enumerate(parts):
            leads = place == 0 or _is_pair(column, parts[0][0])
            conditions.append(_in(column if leads else f"({column} || '')", wanted))
            given += wanted
        return " AND ".join([*conditions, where]), [*given, *values]

    def _counted(self, most: int) -> int:
        return _count(*self._where(self._parts), most)


def _is_pair(one: str, other: str) -> bool:
    """Whether an index has both columns."""
    return {one, other} == {"actor_id", "action"}


def _count(where: str, values: list[Any], most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM audit_logs WHERE {where} LIMIT %s) AS found",  # noqa: S608
            [*values, most],
        )
        return int(cursor.fetchone()[0])


def _in(column: str, values: list[str]) -> str:
    if not values:
        return "1 = 0"
    return f"{column} = %s" if len(values) == 1 else f"{column} IN ({', '.join(['%s'] * len(values))})"


def _ids(what: str, reference: str) -> list[str]:
    """The ids that *reference* means: itself, and those of all that had this name."""
    named = Entry.objects.filter(**{f"{what}_name": reference})
    ids = set(_different(named, f"{what}_id"))
    if Entry.objects.filter(**{f"{what}_id": reference}).exists():
        ids.add(reference)
    return sorted(ids)


def _actions(pattern: str) -> list[str]:
    """The actions that *pattern* means: itself, or for `schedule.*` all that begin so."""
    if not pattern.endswith(".*"):
        return [pattern]
    return [action for action in actions() if action.startswith(pattern[:-1])]


def actions() -> list[str]:
    """All actions that the log has."""
    return _different(Entry.objects.all(), "action")


def _different(among: QuerySet[Entry], column: str) -> list[str]:
    """The different values of *column*: one look in the index for each, however many entries have it."""
    found: list[str] = []
    rest = among.order_by(column)
    while len(found) < MOST_VALUES and (value := rest.values_list(column, flat=True).first()) is not None:
        found.append(value)
        rest = among.filter(**{f"{column}__gt": value}).order_by(column)
    return found
