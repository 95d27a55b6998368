"""Units of days: weeks, months, quarters and years, the calendar's and the fiscal ones, begun where a report says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Final

DAY: Final = timedelta(days=1)
MONTHS: Final = {"month": 1, "quarter": 3, "year": 12, "fiscal quarter": 3, "fiscal year": 12}
UNITS: Final = ("day", "week", *MONTHS)
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a report counts: the weekday that begins a week (0 is Monday) and the month that begins its fiscal year."""

    week_starts: int = 0
    fiscal_year_start: int = 1

    def start_of(self, unit: str, day: date) -> date:
        """The first day of the *unit* that *day* lies in; OverflowError outside the calendar."""
        if unit == "week":
            return day - timedelta(days=(day.weekday() - self.week_starts) % 7)
        if unit == "day":
            return day
        first = self.fiscal_year_start if unit.startswith("fiscal") else 1
        return add_months(day, -((day.month - first) % MONTHS[unit]))

    def week_of(self, day: date) -> tuple[int, int]:
        """Year and number of the week that *day* lies in: the week with 4 January is the first (ISO 8601)."""
        start = self.start_of("week", day)
        year = (start + 3 * DAY).year  # four of the seven days decide
        return year, (start - self.week(year, 1)).days // 7 + 1

    def week(self, year: int, number: int) -> date:
        """The first day of a numbered week; ValueError when the year has none of that number."""
        start = self.start_of("week", date(year, 1, 4)) + (number - 1) * 7 * DAY
        if not 1 <= number <= 53 or (start + 3 * DAY).year != year:
            raise ValueError(f"{year} has no week {number}.")
        return start

    def fiscal_year(self, name: int) -> date:
        """The first day of the fiscal year that ends in the calendar year *name*."""
        return date(name if self.fiscal_year_start == 1 else name - 1, self.fiscal_year_start, 1)


def add_months(day: date, count: int) -> date:
    """The first of the month *count* months from that of *day*; OverflowError outside the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError("outside the calendar")
    return date(year, month + 1, 1)


def shift_months(day: date, count: int) -> date:
    """The same day of the month *count* months on; the month's last day where it is shorter."""
    first = add_months(day, count)
    length = (add_months(first, 1) - first).days
    return first.replace(day=min(day.day, length))


def step(day: date, unit: str, count: int) -> date:
    """The day *count* units on; from a month's last days to the last day of a shorter one."""
    if unit in MONTHS:
        return shift_months(day, count * MONTHS[unit])
    return day + count * (7 * DAY if unit == "week" else DAY)
