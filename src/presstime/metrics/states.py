"""Windows, hours and buckets of the rollups. Pure; imports nothing of Django."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
ALL_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
WINDOWS: Final[Mapping[str, timedelta]] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
KEEP: Final = timedelta(days=400)
MICROSECONDS: Final = 1_000_000

# ---- events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """What one event adds to one label."""

    label: str
    count: int = 1
    amount: int = 0


class Event(NamedTuple):
    """Something that happened, as the rows that it adds."""

    at: datetime
    rows: Sequence[Row]


class Bin(NamedTuple):
    """A span that is counted by itself: an hour or a day of UTC, or all time with 0 hours."""

    hours: int
    begin: datetime


def bins_of(at: datetime, *, by_hour: bool) -> list[Bin]:
    """The bins that an event falls into."""
    if not by_hour:
        return [Bin(0, ALL_TIME)]
    return [Bin(0, ALL_TIME), Bin(1, hour_of(at)), Bin(24, day_of(at))]


class Span(NamedTuple):
    """From *since* up to, not with, *until*."""

    since: datetime
    until: datetime


@dataclass(slots=True)
class Sum:
    """What the events of one label add up to."""

    count: int = 0
    amount: int = 0
    last_at: datetime | None = None

    def add(self, count: int, amount: int) -> None:
        self.count += count
        self.amount += amount

    def include(self, other: Sum, sign: int = 1) -> None:
        """Add what *other* adds up to; take it off with -1."""
        self.add(sign * other.count, sign * other.amount)
        if other.last_at is not None and (self.last_at is None or other.last_at > self.last_at):
            self.last_at = other.last_at


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour that *at* lies in."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.replace(minute=0, second=0, microsecond=0)


def day_of(at: datetime) -> datetime:
    """The beginning of the day in UTC that *at* lies in."""
    return hour_of(at).replace(hour=0)


@dataclass(frozen=True, slots=True)
class Parts:
    """A time from its first whole hour up to now as whole days between hours: *since* to *first* and from *last* on are hours."""

    since: datetime
    first: datetime
    last: datetime


def parts_of(since: datetime, now: datetime) -> Parts:
    """The hours and days that the whole hours from *since* to *now* are made of."""
    begin = first_whole_hour(since)
    first, last = day_of(begin), day_of(now)
    first = first if first == begin else first + DAY
    return Parts(begin, first, last) if first < last else Parts(begin, begin, begin)


def first_whole_hour(since: datetime) -> datetime:
    """The first hour that lies wholly after *since*."""
    hour = hour_of(since)
    return hour if hour == since else hour + HOUR


class Cut(NamedTuple):
    """Where a time begins within an hour: *begin* is the first hour to be read from tallies; the events of *span* are added, or taken off."""

    begin: datetime
    span: Span
    sign: int


def cut_of(since: datetime) -> Cut:
    """The shorter way to what happened from *since* on: the rest of its hour beside the hours after it, or its whole hour without the beginning."""
    hour = hour_of(since)
    if since - hour <= HOUR / 2:
        return Cut(hour, Span(hour, since), -1)
    return Cut(hour + HOUR, Span(since, hour + HOUR), 1)


# ---- buckets of durations -------------------------------------------------------------------------------------------

_DIGITS = (1.0, 1.12, 1.25, 1.4, 1.6, 1.8, 2.0, 2.24, 2.5, 2.8, 3.15, 3.55, 4.0, 4.5, 5.0, 5.6, 6.3, 7.1, 8.0, 9.0)
# What Prometheus is told, in seconds.
BOUNDS: Final = (
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
)
# What is counted by: twenty steps a decade (Renard's R20), 12 % apart, from 10 ms to 28 hours.
FINE: Final = tuple(
    sorted({round(digit * 10.0**power, 6) for power in range(-2, 5) for digit in _DIGITS} | set(BOUNDS))
)
_PREFIX: Final = "le "
_LABELS: Final = (*(f"{_PREFIX}{bound:g}" for bound in FINE), f"{_PREFIX}inf")
MICROSECOND: Final = timedelta(microseconds=1)


def bucket(seconds: float) -> str:
    """The label of the bucket that a duration falls into."""
    return _LABELS[bisect_left(FINE, seconds)]


def timed(label: str, length: timedelta) -> list[Row]:
    """The rows of an event that took *length*: one of its own label, one of its bucket."""
    micros = max(0, length // MICROSECOND)
    return [Row(label, 1, micros), Row(bucket(micros / MICROSECONDS), 1, micros)]


def buckets_of(sums: Mapping[str, Sum]) -> list[tuple[float, int]]:
    """Upper bounds and counts of the buckets among *sums*, ascending, without empty ones."""
    found = [
        (float(label.removeprefix(_PREFIX)), each.count) for label, each in sums.items() if label.startswith(_PREFIX)
    ]
    return sorted((bound, count) for bound, count in found if count > 0)


def seconds_of(sums: Mapping[str, Sum]) -> float:
    """The sum of all durations that were counted into buckets."""
    return sum(each.amount for label, each in sums.items() if label.startswith(_PREFIX)) / MICROSECONDS


def cumulative(buckets: Iterable[tuple[float, int]]) -> list[tuple[float, int]]:
    """For each bound of BOUNDS, and for infinity, how many durations do not exceed it."""
    known = list(buckets)
    bounds = [*BOUNDS, float("inf")]
    return [(bound, sum(count for upper, count in known if upper <= bound)) for bound in bounds]


def quantile(buckets: Sequence[tuple[float, int]], share: float) -> float | None:
    """The duration that *share* of all do not exceed, within 12 %: interpolated inside its bucket; None without any."""
    total = sum(count for _, count in buckets)
    rank, seen = share * total, 0
    for upper, count in buckets:
        if seen + count >= rank and count:
            place = bisect_left(FINE, upper)
            lower = FINE[place - 1] if place else 0.0
            if upper == float("inf"):
                return lower
            return round(lower + (upper - lower) * max(0.0, rank - seen) / count, 6)
        seen += count
    return None


def ratio(part: float, whole: float) -> float | None:
    """*part* of *whole*; None when there is no whole, since neither 0 nor 1 would be true."""
    return part / whole if whole else None
