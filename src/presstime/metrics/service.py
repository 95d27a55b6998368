"""Counts events in the transaction in which they happen, tells what windows hold, and builds it all anew from the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from django.db import transaction

from presstime.metrics import queries
from presstime.metrics.queries import Sums
from presstime.metrics.states import (
    ALL_TIME,
    HOUR,
    KEEP,
    WINDOWS,
    Event,
    Row,
    Span,
    Sum,
    edges,
    first_whole_hour,
    hour_of,
)

History = Callable[[Span | None], Iterable[Event]]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A series of tallies with what it can be built from: *history* gives its events within a span, or all of them.

    Without hours only what everything adds up to is kept. Another version is built anew at a worker's next start.
    """

    series: str
    history: History
    by_hour: bool = True
    version: int = 1

    def record(self, at: datetime, rows: Sequence[Row]) -> None:
        """Count an event, in the transaction that writes it."""
        queries.add(self.series, rows, [ALL_TIME, hour_of(at)] if self.by_hour else [ALL_TIME], at)

    def take_back(self, at: datetime, rows: Sequence[Row]) -> None:
        """Take an event out of the windows; the sum of all time, which only grows, keeps it."""
        queries.add(self.series, [Row(row.label, -row.count, -row.amount) for row in rows], [hour_of(at)], at)


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
        found = queries.windows(self.now)
        for name, span in edges(self.now).items():
            for ledger in _ledgers.values():
                if ledger.by_hour:
                    for event in ledger.history(span):
                        for row in event.rows:
                            found[name][ledger.series][row.label].add(row.count, row.amount)
        return found

    @cached_property
    def all_time(self) -> Sums:
        """By series and label, everything that was ever counted."""
        return queries.all_time()


def within(ledger: Ledger, since: datetime, until: datetime) -> dict[str, Sum]:
    """By label, what the events of *ledger* from *since* up to now, which is *until*, add up to; exact like the windows."""
    found: dict[str, Sum] = {}
    whole = first_whole_hour(since)
    for _, label, count, amount in queries.by_hour(ledger.series, whole, until + HOUR):
        found.setdefault(label, Sum()).add(count, amount)
    for event in ledger.history(Span(since, whole)) if since < whole else ():
        for row in event.rows:
            found.setdefault(row.label, Sum()).add(row.count, row.amount)
    return found


def rebuild(now: datetime, series: Iterable[str] | None = None) -> dict[str, int]:
    """Count everything anew from the rows; by series, how many events. Nothing is counted elsewhere meanwhile."""
    done = {}
    for ledger in [_ledgers[name] for name in (_ledgers if series is None else series)]:
        with transaction.atomic():
            queries.hold_writers()
            sums, done[ledger.series] = _counted(ledger)
            oldest = now - KEEP
            queries.replace(ledger.series, {k: v for k, v in sums.items() if k[1] >= oldest or k[1] == ALL_TIME})
            queries.mark_built(ledger.series, ledger.version, now)
    return done


def _counted(ledger: Ledger) -> tuple[dict[tuple[str, datetime], Sum], int]:
    sums: dict[tuple[str, datetime], Sum] = {}
    events = 0
    for event in ledger.history(None):
        events += 1
        hours = (ALL_TIME, hour_of(event.at)) if ledger.by_hour else (ALL_TIME,)
        for row in event.rows:
            for hour in hours:
                of = sums.setdefault((row.label, hour), Sum())
                of.add(row.count, row.amount)
                of.last_at = event.at if of.last_at is None else max(of.last_at, event.at)
    return sums, events


def build_missing(now: datetime) -> dict[str, int]:
    """Build the series that were never built in their present version; by series, how many events."""
    known = queries.built()
    missing = [name for name, ledger in _ledgers.items() if known.get(name) != ledger.version]
    return rebuild(now, missing) if missing else {}


def forget(now: datetime) -> None:
    """Remove hours that no window and no chart looks at."""
    queries.forget(now - KEEP)


def names() -> list[str]:
    """The windows, the shortest first."""
    return list(WINDOWS)
