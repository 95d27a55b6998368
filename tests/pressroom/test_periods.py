from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.calendars import Calendar, add_months, shift_months
from pressroom.periods import NAMES, Period, a_year_before, previous, read_period

TODAY = date(2013, 8, 7)  # a Wednesday
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
UNITS = ("week", "month", "quarter", "year")


@pytest.mark.parametrize(
    ("text", "start", "end", "label"),
    [
        ("today", (2013, 8, 7), (2013, 8, 8), "7 August 2013"),
        ("yesterday", (2013, 8, 6), (2013, 8, 7), "6 August 2013"),
        ("last 7 days", (2013, 7, 31), (2013, 8, 7), "31 July 2013 \u2013 6 August 2013"),
        ("last 1 day", (2013, 8, 6), (2013, 8, 7), "6 August 2013"),
        ("last 2 weeks", (2013, 7, 22), (2013, 8, 5), "22 July 2013 \u2013 4 August 2013"),
        ("last 3 months", (2013, 5, 1), (2013, 8, 1), "May 2013 \u2013 July 2013"),
        ("MTD", (2013, 8, 1), (2013, 8, 8), "1\u20137 August 2013"),
        ("year-to-date", (2013, 1, 1), (2013, 8, 8), "1 January 2013 \u2013 7 August 2013"),
        ("this week", (2013, 8, 5), (2013, 8, 12), "5\u201311 August 2013"),
        ("last week", (2013, 7, 29), (2013, 8, 5), "29 July 2013 \u2013 4 August 2013"),
        ("this month", (2013, 8, 1), (2013, 9, 1), "August 2013"),
        ("Last  Month", (2013, 7, 1), (2013, 8, 1), "July 2013"),
        ("previous quarter", (2013, 4, 1), (2013, 7, 1), "Q2 2013"),
        ("this quarter", (2013, 7, 1), (2013, 10, 1), "Q3 2013"),
        ("last year", (2012, 1, 1), (2013, 1, 1), "2012"),
        ("this year", (2013, 1, 1), (2014, 1, 1), "2013"),
        ("week to date", (2013, 8, 5), (2013, 8, 8), "5\u20137 August 2013"),
        ("month to date", (2013, 8, 1), (2013, 8, 8), "1\u20137 August 2013"),
        ("quarter to date", (2013, 7, 1), (2013, 8, 8), "1 July 2013 \u2013 7 August 2013"),
        ("year to date", (2013, 1, 1), (2013, 8, 8), "1 January 2013 \u2013 7 August 2013"),
        ("2013", (2013, 1, 1), (2014, 1, 1), "2013"),
        ("2013-07", (2013, 7, 1), (2013, 8, 1), "July 2013"),
        ("2013-07-04", (2013, 7, 4), (2013, 7, 5), "4 July 2013"),
        ("2013-Q3", (2013, 7, 1), (2013, 10, 1), "Q3 2013"),
        ("2013-07-01..2013-07-31", (2013, 7, 1), (2013, 8, 1), "July 2013"),
        ("2013-07-01 .. 2013-07-07", (2013, 7, 1), (2013, 7, 8), "1\u20137 July 2013"),
        ("2013-11..2014-02", (2013, 11, 1), (2014, 3, 1), "November 2013 \u2013 February 2014"),
        ("tomorrow", (2013, 8, 8), (2013, 8, 9), "8 August 2013"),
        ("next 2 weeks", (2013, 8, 12), (2013, 8, 26), "12\u201325 August 2013"),
        ("next quarter", (2013, 10, 1), (2014, 1, 1), "Q4 2013"),
        ("last 2 quarters", (2013, 1, 1), (2013, 7, 1), "January 2013 \u2013 June 2013"),
        ("last week to date", (2013, 7, 29), (2013, 8, 1), "29\u201331 July 2013"),
        ("previous month to date", (2013, 7, 1), (2013, 7, 8), "1\u20137 July 2013"),
        ("last quarter to date", (2013, 4, 1), (2013, 5, 8), "1 April 2013 \u2013 7 May 2013"),
        ("last year to date", (2012, 1, 1), (2012, 8, 8), "1 January 2012 \u2013 7 August 2012"),
        ("same day last week", (2013, 7, 31), (2013, 8, 1), "31 July 2013"),
        ("same day last year", (2012, 8, 7), (2012, 8, 8), "7 August 2012"),
        ("same week last year", (2012, 8, 6), (2012, 8, 13), "6\u201312 August 2012"),
        ("same month last year", (2012, 8, 1), (2012, 9, 1), "August 2012"),
        ("same quarter previous year", (2012, 7, 1), (2012, 10, 1), "Q3 2012"),
        ("2013-W27", (2013, 7, 1), (2013, 7, 8), "1\u20137 July 2013"),
        ("2009-W53", (2009, 12, 28), (2010, 1, 4), "28 December 2009 \u2013 3 January 2010"),
        ("2013-07-01..today", (2013, 7, 1), (2013, 8, 8), "1 July 2013 \u2013 7 August 2013"),
        ("start of last month .. today - 1 week", (2013, 7, 1), (2013, 8, 1), "July 2013"),
    ],
)  # fmt: skip
def test_a_name_becomes_its_days(text: str, start: tuple[int, int, int], end: tuple[int, int, int], label: str) -> None:
    period = read_period(text, TODAY)
    assert (period.start, period.end) == (date(*start), date(*end))
    assert period.label == label


@pytest.mark.parametrize(
    "text", ["", "last", "last 0 days", "last 99999 days", "same year last year", "2013-13", "2013-02-30", "2013-Q5", "0000", "last fortnight", "2013-W53", "FY0"]
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Allowed|no such day"):
        read_period(text, TODAY)


def test_a_misspelt_period_is_told_the_right_one() -> None:
    with pytest.raises(ValueError, match=r"^Did you mean last month\? Allowed: today, yesterday"):
        read_period("last moth", TODAY)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        read_period("2013-07-31..2013-07-01", TODAY)


def test_a_period_outside_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="Allowed"):
        read_period("last 3000 years", TODAY)
    with pytest.raises(ValueError, match="Allowed"):
        read_period("9999", TODAY)


@given(DAYS, st.sampled_from(UNITS))
def test_this_and_last_meet_without_gap_or_overlap(today: date, unit: str) -> None:
    this, last = read_period(f"this {unit}", today), read_period(f"last {unit}", today)
    assert last.end == this.start
    assert this.start <= today < this.end
    assert previous(this) == last


@given(DAYS, st.sampled_from(UNITS))
def test_to_date_ends_with_today_and_is_never_empty(today: date, unit: str) -> None:
    period = read_period(f"{unit} to date", today)
    assert period.last == today
    assert period.start == read_period(f"this {unit}", today).start
    assert period.days >= 1


@given(DAYS, st.integers(1, 400), st.sampled_from(["days", "weeks", "months"]))
def test_the_last_n_are_the_last_one_after_the_n_minus_one_before(today: date, count: int, unit: str) -> None:
    whole = read_period(f"last {count} {unit}", today)
    newest = read_period(f"last 1 {unit}", today)
    assert whole.end == newest.end <= today
    if count > 1:
        assert read_period(f"last {count - 1} {unit}", newest.start).start == whole.start


@given(DAYS, st.integers(1, 800))
def test_literals_name_the_days_they_say(start: date, days: int) -> None:
    last = start + timedelta(days=days - 1)
    period = read_period(f"{start}..{last}", TODAY)
    assert (period.start, period.last, period.days) == (start, last, days)
    assert period.label


@given(DAYS, st.integers(1, 800))
def test_the_previous_period_ends_where_this_one_begins(start: date, days: int) -> None:
    period = Period(start, start + timedelta(days=days))
    before = previous(period)
    assert before.end == period.start
    assert before.start < before.end


@given(DAYS, st.integers(-500, 500))
def test_months_are_added_and_taken_back(day: date, count: int) -> None:
    assert add_months(add_months(day, count), -count) == day.replace(day=1)


@pytest.mark.parametrize(
    ("locale", "label"),
    [("de", "1.\u20137. Juli 2013"), ("fr", "1\u20137 juillet 2013"), ("pl", "1\u20137 lipca 2013"), ("ja", "2013年7月1日 \u2013 2013年7月7日")],
)  # fmt: skip
def test_labels_speak_the_language_of_the_report(locale: str, label: str) -> None:
    assert read_period("2013-07-01..2013-07-07", TODAY, locale).label == label


def test_a_month_is_named_in_the_language_of_the_report() -> None:
    assert [read_period("2013-07", TODAY, locale).label for locale in ("de-AT", "pl", "zh", "es")] == [
        "Juli 2013", "lipiec 2013", "2013年7月", "julio de 2013",
    ]  # fmt: skip


APRIL = Calendar(fiscal_year_start=4)
CALENDARS = st.builds(Calendar, st.sampled_from([0, 6]), st.integers(1, 12))
EVERY_UNIT = st.sampled_from(["week", "month", "quarter", "year", "fiscal quarter", "fiscal year"])


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("this fiscal year", (2013, 4, 1), (2014, 4, 1)),
        ("last fiscal year", (2012, 4, 1), (2013, 4, 1)),
        ("last fiscal quarter", (2013, 4, 1), (2013, 7, 1)),
        ("fiscal year to date", (2013, 4, 1), (2013, 8, 8)),
        ("last fiscal year to date", (2012, 4, 1), (2012, 8, 8)),
        ("same fiscal quarter last fiscal year", (2012, 7, 1), (2012, 10, 1)),
        ("last 2 fiscal years", (2011, 4, 1), (2013, 4, 1)),
        ("FY2014", (2013, 4, 1), (2014, 4, 1)),
        ("fy2014-q4", (2014, 1, 1), (2014, 4, 1)),
    ],
)
def test_a_fiscal_year_begins_where_the_report_says(
    text: str, start: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    assert read_period(text, TODAY, calendar=APRIL) == Period(date(*start), date(*end))
    assert read_period("FY2014", TODAY) == Period(date(2014, 1, 1), date(2015, 1, 1))


def test_weeks_may_begin_on_sunday() -> None:
    sundays = Calendar(week_starts=6)
    assert read_period("this week", date(2013, 8, 4), calendar=sundays) == Period(date(2013, 8, 4), date(2013, 8, 11))
    assert read_period("2013-W01", TODAY, calendar=sundays) == Period(date(2012, 12, 30), date(2013, 1, 6))


def test_the_same_week_of_a_year_with_a_week_less_is_its_last() -> None:
    in_week_53 = date(2020, 12, 31)
    assert read_period("same week last year", in_week_53) == read_period("2019-W52", TODAY)


def test_a_leap_day_is_compared_with_the_last_of_february() -> None:
    leap = date(2012, 2, 29)
    assert read_period("same day last year", leap) == read_period("2011-02-28", TODAY)
    assert read_period("last year to date", leap) == read_period("2011-01..2011-02", TODAY)
    assert read_period("last month to date", date(2013, 3, 30)) == read_period("2013-02-01..2013-02-28", TODAY)
    assert a_year_before(read_period("2012-02", TODAY)) == read_period("2011-02", TODAY)


@pytest.mark.parametrize(
    ("text", "before", "year_before"),
    [
        ("month to date", "2013-07-01..2013-07-07", "2012-08-01..2012-08-07"),
        ("week to date", "2013-07-29..2013-07-31", "2012-08-06..2012-08-08"),
        ("last month", "2013-06", "2012-07"),
        ("last 7 days", "2013-07-24..2013-07-30", "2012-08-01..2012-08-07"),
        ("2013-08-01..2013-08-03", "2013-07-29..2013-07-31", "2012-08-01..2012-08-03"),
    ],
)
def test_a_period_is_compared_with_the_stretch_before_and_the_year_before(
    text: str, before: str, year_before: str
) -> None:
    period = read_period(text, TODAY)
    assert previous(period) == read_period(before, TODAY)
    assert a_year_before(period) == read_period(year_before, TODAY)


@given(DAYS, CALENDARS, EVERY_UNIT)
def test_units_tile_the_days_in_every_calendar(today: date, calendar: Calendar, unit: str) -> None:
    last, this, after = (read_period(f"{which} {unit}", today, calendar=calendar) for which in ("last", "this", "next"))
    assert (last.end, this.end) == (this.start, after.start)
    assert this.start <= today < this.end
    assert previous(after) == this
    assert previous(previous(after)) == last


@given(DAYS, CALENDARS, EVERY_UNIT)
def test_the_unit_before_to_date_lies_in_it_and_is_what_came_before(today: date, calendar: Calendar, unit: str) -> None:
    before = read_period(f"last {unit} to date", today, calendar=calendar)
    whole = read_period(f"last {unit}", today, calendar=calendar)
    assert before.start == whole.start
    assert before.start < before.end <= whole.end
    assert previous(read_period(f"{unit} to date", today, calendar=calendar)) == before


@given(DAYS, CALENDARS)
def test_numbered_weeks_are_seven_days_and_name_themselves(today: date, calendar: Calendar) -> None:
    year, number = calendar.week_of(today)
    week = read_period(f"{year}-W{number:02}", TODAY, calendar=calendar)
    assert week == read_period("this week", today, calendar=calendar)
    assert week.start.weekday() == calendar.week_starts
    if calendar.week_starts == 0:
        assert (year, number) == today.isocalendar()[:2]


@given(DAYS, CALENDARS, st.sampled_from(NAMES), st.integers(1, 50))
def test_every_name_is_a_period_with_days_before_and_a_year_before(
    today: date, calendar: Calendar, name: str, count: int
) -> None:
    period = read_period(name.replace("N", str(count)), today, calendar=calendar)
    assert period.start < period.end
    assert period.label
    assert previous(period).start < previous(period).end <= period.end
    assert 350 < (period.start - a_year_before(period).start).days < 380


@given(DAYS, st.integers(-500, 500))
def test_a_shifted_day_stays_in_its_month(day: date, count: int) -> None:
    shifted = shift_months(day, count)
    assert shifted.replace(day=1) == add_months(day, count)
    assert shifted.day == day.day or (shifted + timedelta(days=1)).day == 1
