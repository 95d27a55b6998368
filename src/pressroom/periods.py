"""Periods of days: the names and literals that a report's parameter takes, evaluated at the planned instant.

A period is half-open, [start, end): two that follow each other share no day and miss none. "Last …" is made of complete
days, weeks or months before today; "… to date" includes today, so that it is never empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from pressroom.calendars import DAY, MONTHS, UNITS, Calendar, add_months, shift_months, step
from pressroom.dates import read_date
from pressroom.locales import Locale, find_locale
from pressroom.wording import nearest

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
    "tomorrow",
    "last N quarters",
    "last N years",
    "next N days",
    "next week",
    "next month",
    "next quarter",
    "next year",
    "last week to date",
    "last month to date",
    "last quarter to date",
    "last year to date",
    "same day last week",
    "same day last year",
    "same week last year",
    "same month last year",
    "same quarter last year",
    "this fiscal quarter",
    "this fiscal year",
    "last fiscal quarter",
    "last fiscal year",
    "fiscal quarter to date",
    "fiscal year to date",
    "last fiscal year to date",
)
LITERALS: Final = (
    "2013",
    "2013-07",
    "2013-07-04",
    "2013-Q3",
    "2013-W27",
    "FY2014",
    "FY2014-Q1",
    "2013-07-01..2013-07-31",
    "2013-07-01..today",
)
ALLOWED: Final = (
    "today, yesterday, tomorrow; this, last or next week, month, quarter or year; last or next N days, weeks, months, "
    "quarters or years; week, month, quarter or year to date; last month to date; same day, week, month or quarter last year; "
    f"fiscal year and fiscal quarter likewise; or {', '.join(LITERALS)}"
)


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` up to, not with, `end`; `label` is what a reader is shown.

    `to_date` is the unit of a period that ends with today, "" of any other: what came before it is the same stretch of
    the unit before.
    """

    start: date
    end: date
    label: str = field(default="", compare=False)
    to_date: str = field(default="", compare=False)

    @property
    def last(self) -> date:
        """The last day that belongs to the period."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def __str__(self) -> str:
        return self.label


def read_period(text: str, today: date, locale: str = "en", calendar: Calendar | None = None) -> Period:
    """The period that *text* names, seen from *today*; ValueError with what is wrong."""
    words, calendar = _in_full(text), calendar or Calendar()
    try:
        bounds = _named(words, today, calendar) or _literal(words, today, calendar)
    except OverflowError:
        bounds = None
    if bounds is None:
        meant = nearest(words, NAMES)
        raise ValueError(f"{f'Did you mean {meant}? ' if meant else ''}Allowed: {ALLOWED}.")
    start, end = bounds
    if start >= end:
        raise ValueError("The period ends before it begins; write the earlier day first.")
    to_date = match[2] if (match := _TO_DATE.fullmatch(words)) else ""
    return Period(start, end, label(start, end, find_locale(locale)), to_date)


def _in_full(text: str) -> str:
    """*text* in small letters with single spaces, and what is written short at full length: `MTD`, `month-to-date`."""
    words = " ".join(text.lower().split()).replace("-to-date", " to date")
    match = re.fullmatch(r"([wmqy])td", words)
    return f"{_SHORT_UNITS[match[1]]} to date" if match else words


def previous(period: Period, locale: str = "en") -> Period:
    """The period of the same make just before: the month before a month, seven days before seven days.

    Of a period to date it is the same stretch of the unit before: 1 to 7 July before 1 to 7 August. OverflowError
    outside the calendar.
    """
    if period.to_date:
        start, end = _shifted((period.start, period.end), period.to_date, -1)
        return Period(start, end, label(start, end, find_locale(locale)), period.to_date)
    months = _whole_months(period.start, period.end)
    start = add_months(period.start, -months) if months else period.start - timedelta(days=period.days)
    return Period(start, period.start, label(start, period.start, find_locale(locale)))


def a_year_before(period: Period, locale: str = "en") -> Period:
    """The same days a year earlier; whole weeks 52 weeks earlier, so that weekdays meet. OverflowError as `previous`."""
    is_weeks = period.days % 7 == 0 and not period.to_date and not _whole_months(period.start, period.end)
    if is_weeks or period.to_date == "week":
        start, end = period.start - 364 * DAY, period.end - 364 * DAY
    else:
        start, end = _shifted((period.start, period.end), "year", -1)
    return Period(start, end, label(start, end, find_locale(locale)), period.to_date)


# ---- names ----------------------------------------------------------------------------------------------------------

Bounds = tuple[date, date]
_UNIT: Final = "|".join(sorted(UNITS, key=len, reverse=True))
_WHOLE: Final = "|".join(unit for unit in sorted(UNITS, key=len, reverse=True) if unit != "day")
_SHORT_UNITS = {"w": "week", "m": "month", "q": "quarter", "y": "year"}
_COUNTED = re.compile(rf"(last|previous|past|next) (\d{{1,4}}) ({_UNIT})s?")
_ONE = re.compile(rf"(last|previous|this|current|next) ({_WHOLE})")
_TO_DATE = re.compile(rf"(last |previous |)({_WHOLE}) to date")
_SAME = re.compile(rf"same ({_UNIT}) (?:last|previous) ({_WHOLE})")
_NEAR: Final = {"today": 0, "yesterday": -1, "tomorrow": 1}


def _named(words: str, today: date, calendar: Calendar) -> Bounds | None:
    if words in _NEAR:
        day = today + _NEAR[words] * DAY
        return day, day + DAY
    for pattern, read in _RULES:
        if match := pattern.fullmatch(words):
            return read(match, today, calendar)
    return None


def _counted(match: re.Match[str], today: date, calendar: Calendar) -> Bounds:
    """`last 3 months`, `next 2 weeks`: complete units on this side or the other of the present one."""
    count, unit = int(match[2]), match[3]
    if not 1 <= count <= MAX_COUNT:
        raise ValueError(f"Allowed: 1 to {MAX_COUNT} {unit}s.")
    start = calendar.start_of(unit, today)
    if match[1] != "next":
        return step(start, unit, -count), start
    return step(start, unit, 1), step(start, unit, count + 1)


def _one(match: re.Match[str], today: date, calendar: Calendar) -> Bounds:
    count = {"last": -1, "previous": -1, "next": 1}.get(match[1], 0)
    start = step(calendar.start_of(match[2], today), match[2], count)
    return start, step(start, match[2], 1)


def _to_date(match: re.Match[str], today: date, calendar: Calendar) -> Bounds:
    """`month to date`, and `last month to date`: the same stretch of the month before."""
    bounds = calendar.start_of(match[2], today), today + DAY
    return _shifted(bounds, match[2], -1) if match[1] else bounds


def _shifted(bounds: Bounds, unit: str, count: int) -> Bounds:
    """*bounds* moved by units. Whole months stay whole; else the last day is cut to a shorter month's end."""
    start, end = bounds
    if unit not in MONTHS:
        return step(start, unit, count), step(end, unit, count)
    if end.day == 1:
        return step(start, unit, count), step(end, unit, count)
    return step(start, unit, count), step(end - DAY, unit, count) + DAY


_SAME_OF: Final = {  # months back; of a week and a day there are other rules
    ("day", "month"): 1, ("day", "quarter"): 3, ("day", "year"): 12, ("month", "quarter"): 3, ("month", "year"): 12,
    ("quarter", "year"): 12, ("fiscal quarter", "year"): 12, ("fiscal quarter", "fiscal year"): 12,
    ("month", "fiscal quarter"): 3, ("month", "fiscal year"): 12, ("quarter", "fiscal year"): 12,
}  # fmt: skip


def _same(match: re.Match[str], today: date, calendar: Calendar) -> Bounds | None:
    """`same month last year`: the unit around today, moved to the larger unit before."""
    unit, larger = match[1], match[2]
    if (unit, larger) == ("day", "week"):
        return today - 7 * DAY, today - 6 * DAY
    if (unit, larger) == ("week", "year"):
        return _same_week(today, calendar)
    if (unit, larger) not in _SAME_OF:
        return None
    start = shift_months(calendar.start_of(unit, today), -_SAME_OF[unit, larger])
    return start, step(start, unit, 1)


def _same_week(today: date, calendar: Calendar) -> Bounds:
    """The week of the same number a year earlier; the last week where that year has no week 53."""
    year, number = calendar.week_of(today)
    following = calendar.week(year, 1)
    start = min(calendar.week(year - 1, 1) + (number - 1) * 7 * DAY, following - 7 * DAY)
    return start, start + 7 * DAY


_Rule = Callable[[re.Match[str], date, Calendar], Bounds | None]
_RULES: Final[tuple[tuple[re.Pattern[str], _Rule], ...]] = (
    (_COUNTED, _counted),
    (_ONE, _one),
    (_TO_DATE, _to_date),
    (_SAME, _same),
)


# ---- literals -------------------------------------------------------------------------------------------------------


def _literal(words: str, today: date, calendar: Calendar) -> Bounds | None:
    first, dots, last = (part.strip() for part in words.partition(".."))
    if not dots:
        return _single(words, calendar)
    start, end = _end_of_range(first, today, calendar), _end_of_range(last, today, calendar)
    return (start[0], end[1]) if start and end else None


def _end_of_range(text: str, today: date, calendar: Calendar) -> Bounds | None:
    if bounds := _single(text, calendar):
        return bounds
    try:
        day = read_date(text, today, calendar)
    except ValueError:
        return None
    return day, day + DAY


def _single(text: str, calendar: Calendar) -> Bounds | None:
    try:
        for pattern, read in _LITERALS:
            if match := pattern.fullmatch(text):
                return read([int(part) for part in match.groups()], calendar)
    except ValueError:
        raise ValueError(f"There is no such day in the calendar: {text}.") from None
    return None


def _from(start: date, unit: str) -> Bounds:
    return start, step(start, unit, 1)


_LITERALS: Final[tuple[tuple[re.Pattern[str], Callable[[list[int], Calendar], Bounds]], ...]] = (
    (re.compile(r"(\d{4})-(\d\d)-(\d\d)"), lambda parts, _: _from(date(*parts), "day")),
    (re.compile(r"(\d{4})-q([1-4])"), lambda parts, _: _from(date(parts[0], parts[1] * 3 - 2, 1), "quarter")),
    (re.compile(r"(\d{4})-w(\d\d?)"), lambda parts, calendar: _from(calendar.week(*parts), "week")),
    (re.compile(r"(\d{4})-(\d\d)"), lambda parts, _: _from(date(parts[0], parts[1], 1), "month")),
    (re.compile(r"(\d{4})"), lambda parts, _: _from(date(parts[0], 1, 1), "year")),
    (re.compile(r"fy ?(\d{4})"), lambda parts, calendar: _from(calendar.fiscal_year(*parts), "fiscal year")),
    (
        re.compile(r"fy ?(\d{4})-q([1-4])"),
        lambda parts, calendar: _from(step(calendar.fiscal_year(parts[0]), "quarter", parts[1] - 1), "quarter"),
    ),
)


# ---- labels ---------------------------------------------------------------------------------------------------------


def label(start: date, end: date, locale: Locale) -> str:
    """The period as a reader is shown it: July 2013, Q3 2013, 1 to 7 July 2013."""
    months = _whole_months(start, end)
    if months == 1:
        return locale.month_text(start)
    if months == 12 and start.month == 1:
        return locale.year_text(start)
    if months == 3 and start.month % 3 == 1:
        return locale.quarter_text(start)
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
