"""Days as a report's parameter takes them: a date, or one seen from the planned day, such as `start of month - 1 day`."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from pressroom.calendars import DAY, UNITS, WEEKDAYS, Calendar, step

ALLOWED: Final = (
    "a date such as 2013-07-04, or today, yesterday, tomorrow, today - 7 days, 3 months ago, last friday, "
    "start of month, end of last quarter"
)
_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_WEEKDAY = "|".join(WEEKDAYS)
_STEPS = re.compile(rf"\s*([+-])\s*(\d{{1,5}}) ?({_UNIT})s?")
_AGO = re.compile(rf"(\d{{1,5}}) ({_UNIT})s? ago")
_EDGE = re.compile(rf"(start|first day|end|last day) of (?:the )?(?:(this|current|last|previous|next) )?({_UNIT})")
_NAMED_DAY = re.compile(rf"(last|next) ({_WEEKDAY})")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_NEAR: Final = {"today": 0, "yesterday": -1, "tomorrow": 1}


def read_date(text: str, today: date, calendar: Calendar) -> date:
    """The day that *text* names, seen from *today*; ValueError with what is wrong, or what is allowed."""
    words = " ".join(text.lower().split())
    base, steps = words, []
    while match := re.search(_STEPS.pattern + r"$", base):
        base = base[: match.start()]
        steps.append((int(match[2]) * (-1 if match[1] == "-" else 1), match[3]))
    try:
        day = _base(base, today, calendar)
        for count, unit in reversed(steps):
            day = step(day, unit, count) if day is not None else None
    except OverflowError:
        day = None
    if day is None:
        raise ValueError(f"Allowed: {ALLOWED}.")
    return day


def _base(words: str, today: date, calendar: Calendar) -> date | None:
    if words in _NEAR:
        return today + _NEAR[words] * DAY
    if _ISO.fullmatch(words):
        try:
            return date.fromisoformat(words)
        except ValueError:
            raise ValueError(f"There is no such day in the calendar: {words}.") from None
    if match := _AGO.fullmatch(words):
        return step(today, match[2], -int(match[1]))
    if match := _NAMED_DAY.fullmatch(words):
        return _weekday(WEEKDAYS.index(match[2]), today, 1 if match[1] == "next" else -1)
    if match := _EDGE.fullmatch(words):
        return _edge(match[3], match[2] or "this", today, calendar, is_end=match[1] in ("end", "last day"))
    return None


def _weekday(weekday: int, today: date, direction: int) -> date:
    """The nearest such day before or after *today*, which is neither."""
    distance = (direction * (weekday - today.weekday()) - 1) % 7 + 1
    return today + direction * distance * DAY


def _edge(unit: str, which: str, today: date, calendar: Calendar, *, is_end: bool) -> date:
    count = {"last": -1, "previous": -1, "next": 1}.get(which, 0)
    start = step(calendar.start_of(unit, today), unit, count)
    return step(start, unit, 1) - DAY if is_end else start
