"""Counts events in the transaction in which they happen, tells what windows hold, and builds it all anew from the rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from django.db import transaction

from presstime.metrics import queries
from presstime.metrics.queries import Bins, Sums
from presstime.metrics.states import ALL_TIME, KEEP, WINDOWS, Event, Row, Span, Sum, bins_of, cut_of, hour_of

History = Callable[[Span | None], Iterable[Event]]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A series of tallies with what it can be built from: *history* gives its events within a span, or all of them.

    *add_up* gives what the events of a span add up to, where that is faster. Without hours only what everything adds up to is kept.
    Another version is built anew once a worker has started.
    """

    series: str
    history: History
    by_hour: bool = True
    version: int = 1
    add_up: Callable[[Span], dict[str, Sum]] | None = None

    def sums(self, span: Span) -> dict[str, Sum]:
        """By label, what the events within *span* add up to."""
        if self.add_up is not None:
            return self.add_up(span)
        found: dict[str, Sum] = {}
        for event in self.history(span):
            for row in event.rows:
                found.setdefault(row.label, Sum()).add(row.count, row.amount)
        return found

    def record(self, at: datetime, rows: Sequence[Row]) -> None:
        """Count an event, in the transaction that writes it."""
        queries.add(self.series, rows, bins_of(at, by_hour=self.by_hour), at)

    def take_back(self, at: datetime, rows: Sequence[Row]) -> None:
        """Take an event out of the windows; the sum of all time, which only grows, keeps it."""
        bins = [each for each in bins_of(at, by_hour=True) if each.hours]
        queries.add(self.series, [Row(row.label, -row.count, -row.amount) for row in rows], bins, at)


_ledgers: Final[dict[str, Ledger]] = {}


def keep(ledger: Ledger) -> Ledger:
    """Let the windows of *ledger* be told, and its tallies be built."""
    _ledgers[ledger.series] = ledger
    return ledger


class Reading:
    """What the tallies tell at one moment, read once for all who ask."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    @cached_property
    def windows(self) -> dict[str, Sums]:
        """By window, series and label: exact, the rollups of whole hours and the rows of the hour that a window cuts."""
        return {name: _exactly(self.now - length, self.now, _ledgers.values()) for name, length in WINDOWS.items()}

    @cached_property
    def all_time(self) -> Sums:
        """By series and label, everything that was ever counted."""
        return queries.all_time()


def within(ledger: Ledger, since: datetime, until: datetime) -> dict[str, Sum]:
    """By label, what the events of *ledger* from *since* up to now, which is *until*, add up to; exact like the windows."""
    return _exactly(since, until, [ledger])[ledger.series]


def _exactly(since: datetime, until: datetime, ledgers: Collection[Ledger]) -> Sums:
    """What the tallies of *ledgers* from *since* to now, which is *until*, add up to, with the hour that *since* cuts read from the rows."""
    cut = cut_of(since)
    found = queries.since(cut.begin, until, [ledger.series for ledger in ledgers if ledger.by_hour])
    for ledger in ledgers:
        if ledger.by_hour and cut.span.since < cut.span.until:
            for label, each in ledger.sums(cut.span).items():
                found[ledger.series][label].include(each, cut.sign)
    return found


def rebuild(
    now: datetime, series: Iterable[str] | None = None, is_stopping: Callable[[], bool] = lambda: False
) -> dict[str, int]:
    """Count everything anew from the rows; by series, how many events. It ends early when *is_stopping*.

    The rows are read as they were at one moment, while others go on counting; what they have counted since is added.
    """
    done = {}
    for ledger in [_ledgers[name] for name in (_ledgers if series is None else series)]:
        with queries.snapshot():
            built_at, before = queries.built_at(ledger.series), queries.tallies_of(ledger.series)
            sums, events = _counted(ledger, is_stopping)
        if is_stopping():
            break
        done[ledger.series] = events
        with transaction.atomic():
            queries.hold_writers()
            if queries.built_at(ledger.series) != built_at:
                continue  # another process was faster: the difference that it made is no event
            _add_what_has_come(sums, before, queries.tallies_of(ledger.series))
            oldest = now - KEEP
            kept = {key: each for key, each in sums.items() if key[1].begin >= oldest or not key[1].hours}
            queries.replace(ledger.series, kept)
            queries.mark_built(ledger.series, ledger.version, now)
    return done


def _add_what_has_come(sums: Bins, before: Bins, after: Bins) -> None:
    for key, each in after.items():
        was = before.get(key, Sum())
        if (each.count, each.amount) != (was.count, was.amount):
            sums.setdefault(key, Sum()).include(Sum(each.count - was.count, each.amount - was.amount, each.last_at))


def _counted(ledger: Ledger, is_stopping: Callable[[], bool]) -> tuple[Bins, int]:
    """By label and bin, what all events of *ledger* add up to, and how many they are; of no use when *is_stopping*.

    Events are added up by the hour, and hours to days and to all time: the loop over a million of them is short.
    """
    hours: dict[tuple[str, datetime], Sum] = {}
    events = 0
    for event in ledger.history(None):
        if is_stopping():
            break
        events += 1
        at = event.at
        hour = hour_of(at) if ledger.by_hour else ALL_TIME
        for row in event.rows:
            of = hours.get((row.label, hour))
            if of is None:
                of = hours[row.label, hour] = Sum(last_at=at)
            of.count += row.count
            of.amount += row.amount
            if of.last_at is None or at > of.last_at:
                of.last_at = at
    sums: Bins = {}
    for (label, hour), found in hours.items():
        for each in bins_of(hour, by_hour=ledger.by_hour):
            sums.setdefault((label, each), Sum()).include(found)
    return sums, events


def build_missing(now: datetime, is_stopping: Callable[[], bool] = lambda: False) -> dict[str, int]:
    """Build the series that were never built in their present version; by series, how many events."""
    known = queries.built()
    missing = [name for name, ledger in _ledgers.items() if known.get(name) != ledger.version]
    return rebuild(now, missing, is_stopping) if missing else {}


def forget(now: datetime) -> None:
    """Remove hours that no window and no chart looks at."""
    queries.forget(now - KEEP)


def names() -> list[str]:
    """The windows, the shortest first."""
    return list(WINDOWS)
