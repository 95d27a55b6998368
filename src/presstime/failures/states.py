"""The periods of a trend: which there are, and what they hold. Pure; imports nothing of Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from presstime.base.errors import Invalid
from presstime.base.moments import read_moment
from presstime.executions.states import Category


class By(StrEnum):
    DAY = "day"
    HOUR = "hour"


LENGTH = {By.DAY: timedelta(days=1), By.HOUR: timedelta(hours=1)}
MOST = {By.DAY: 366, By.HOUR: 744}  # periods: a year of days, a month of hours
USUAL = {By.DAY: 30, By.HOUR: 24}


@dataclass(frozen=True, slots=True)
class Range:
    """Whole periods in UTC, from *since* up to, not with, *until*."""

    by: By
    since: datetime
    until: datetime

    @property
    def periods(self) -> list[datetime]:
        """The beginning of each."""
        length = LENGTH[self.by]
        return [self.since + length * number for number in range(round((self.until - self.since) / length))]


@dataclass(frozen=True, slots=True)
class Period:
    """How many attempts failed within one period, by category, each of which is there."""

    starts_at: datetime
    counts: Mapping[Category, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def range_of(by: By, given_from: str | None, given_to: str | None, now: datetime) -> Range:
    """The periods that the time from *given_from* to *given_to* touches; Invalid says what is wrong with it.

    Each is an instant or a day; a day as the end is included. Without an end it is now, without a beginning the last
    30 days or 24 hours.
    """
    until = read_moment("to", given_to, is_end=True) if given_to else now
    end = _floor(by, until - timedelta(microseconds=1)) + LENGTH[by]
    since = _floor(by, read_moment("from", given_from)) if given_from else end - LENGTH[by] * USUAL[by]
    if since >= end:
        raise Invalid.of("from", "The beginning is not before the end.")
    count = round((end - since) / LENGTH[by])
    if count > MOST[by]:
        raise Invalid.of("from", f"These are {count:,} periods; at most {MOST[by]} are told at once by {by}.")
    return Range(by, since, end)


def _floor(by: By, moment: datetime) -> datetime:
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour.replace(hour=0) if by is By.DAY else hour


def filled(of: Range, counted: Iterable[tuple[datetime, str, int]]) -> list[Period]:
    """Every period of the range with every category; *counted* are (hour or day, category, number), without zeros."""
    counts: dict[datetime, dict[Category, int]] = {at: dict.fromkeys(Category, 0) for at in of.periods}
    for hour, category, count in counted:
        period = counts.get(_floor(of.by, hour))
        if period is not None:
            period[Category(category)] += count
    return [Period(at, found) for at, found in counts.items()]
