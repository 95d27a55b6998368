"""Periods of days: the names and literals that a report's parameter takes, evaluated at the planned instant.

A period is half-open, [start, end): two that follow each other share no day and miss none. "Last …" is made of complete
days, weeks or months before today; "… to date" includes today, so that it is never empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Final

from pressroom.locales import Locale, find_locale

MAX_COUNT = 3660
DASH: Final = "\u2013"

NAMES: Final = (
    "today",
    "yesterday",
    "last N days",
    "last N weeks",
    "last N months",
    "this week",
    "this month",
    "this quarter",
    "this year",
    "last week",
    "last month",
    "last quarter",
    "last year",
    "week to date",
    "month to date",
    "quarter to date",
    "year to date",
)
LITERALS: Final = ("2013", "2013-07", "2013-07-04", "2013-Q3", "2013-07-01..2013-07-31")
ALLOWED: Final = f"{', '.join(NAMES)}; or {', '.join(LITERALS)}"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` up to, not with, `end`; `label` is what a reader is shown."""

    start: date
    end: date
    label: str = field(default="", compare=False)

    @property
    def last(self) -> date:
        """The last day that belongs to the period."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def __str__(self) -> str:
        return self.label


def read_period(text: str, today: date, locale: str = "en") -> Period:
    """The period that *text* names, seen from *today*; ValueError with what is wrong."""
    words = " ".join(text.lower().split())
    try:
        bounds = _named(words, today) or _literal(words)
    except OverflowError:
        bounds = None
    if bounds is None:
        raise ValueError(f"Allowed: {ALLOWED}.")
    start, end = bounds
    if start >= end:
        raise ValueError("The period ends before it begins; write the earlier day first.")
    return Period(start, end, label(start, end, find_locale(locale)))


def previous(period: Period, locale: str = "en") -> Period:
    """The period of the same make just before: the month before a month, seven days before seven days."""
    months = _whole_months(period.start, period.end)
    start = add_months(period.start, -months) if months else period.start - timedelta(days=period.days)
    return Period(start, period.start, label(start, period.start, find_locale(locale)))


# ---- names ----------------------------------------------------------------------------------------------------------

Bounds = tuple[date, date]


def _named(words: str, today: date) -> Bounds | None:
    day = timedelta(days=1)
    if words == "today":
        return today, today + day
    if words == "yesterday":
        return today - day, today
    if match := re.fullmatch(r"(?:last|previous|past) (\d{1,4}) (day|week|month|quarter|year)s?", words):
        return _last(int(match[1]), match[2], today)
    if match := re.fullmatch(r"(last|previous|this|current) (week|month|quarter|year)", words):
        return _last(1, match[2], today) if match[1] in ("last", "previous") else _this(match[2], today)
    if match := re.fullmatch(r"(week|month|quarter|year) to date", words):
        return _STARTS[match[1]](today), today + day
    return None


def _this(unit: str, today: date) -> Bounds:
    start = _STARTS[unit](today)
    return start, _step(start, unit, 1)


def _last(count: int, unit: str, today: date) -> Bounds:
    if not 1 <= count <= MAX_COUNT:
        raise ValueError(f"Allowed: 1 to {MAX_COUNT} {unit}s.")
    end = _STARTS[unit](today)
    return _step(end, unit, -count), end


def _step(day: date, unit: str, count: int) -> date:
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    return add_months(day, count * {"month": 1, "quarter": 3, "year": 12}[unit])


def add_months(day: date, count: int) -> date:
    """The first of the month *count* months from that of *day*; OverflowError outside the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError("outside the calendar")
    return date(year, month + 1, 1)


_STARTS: Final[dict[str, Callable[[date], date]]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),  # ISO 8601: weeks begin on Monday
    "month": lambda day: day.replace(day=1),
    "quarter": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    "year": lambda day: day.replace(month=1, day=1),
}


# ---- literals -------------------------------------------------------------------------------------------------------


def _literal(words: str) -> Bounds | None:
    first, dots, last = (part.strip() for part in words.partition(".."))
    bounds = _single(first)
    if not dots or bounds is None:
        return bounds
    until = _single(last)
    return (bounds[0], until[1]) if until else None


def _single(text: str) -> Bounds | None:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text)
            return day, day + timedelta(days=1)
        if match := re.fullmatch(r"(\d{4})-q([1-4])", text):
            return _this("quarter", date(int(match[1]), int(match[2]) * 3, 1))
        if match := re.fullmatch(r"(\d{4})-(\d\d)", text):
            return _this("month", date(int(match[1]), int(match[2]), 1))
        if re.fullmatch(r"\d{4}", text):
            return _this("year", date(int(text), 1, 1))
    except ValueError:
        raise ValueError(f"There is no such day in the calendar: {text}.") from None
    return None


# ---- labels ---------------------------------------------------------------------------------------------------------


def label(start: date, end: date, locale: Locale) -> str:
    """The period as a reader is shown it: July 2013, Q3 2013, 1 to 7 July 2013."""
    months = _whole_months(start, end)
    if months == 1:
        return locale.month_text(start)
    if months == 12 and start.month == 1:
        return f"{start.year}年" if locale.language in ("ja", "zh") else str(start.year)
    if months == 3 and start.month % 3 == 1:
        return f"Q{(start.month + 2) // 3} {start.year}"
    last = end - timedelta(days=1)
    if start == last:
        return locale.date_text(start)
    return _months_label(start, last, locale) if months else _days_label(start, last, locale)


def _whole_months(start: date, end: date) -> int:
    if start.day != 1 or end.day != 1:
        return 0
    return (end.year - start.year) * 12 + end.month - start.month


def _months_label(start: date, last: date, locale: Locale) -> str:
    return f"{locale.month_text(start)} {DASH} {locale.month_text(last)}"


def _days_label(start: date, last: date, locale: Locale) -> str:
    shortens = locale.day.startswith("{d}")
    if shortens and (start.year, start.month) == (last.year, last.month):
        dot = "." if locale.day.startswith("{d}.") else ""
        return f"{start.day}{dot}{DASH}{locale.date_text(last)}"
    return f"{locale.date_text(start)} {DASH} {locale.date_text(last)}"
