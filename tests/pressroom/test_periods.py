from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.periods import Period, add_months, previous, read_period

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
    ],
)  # fmt: skip
def test_a_name_becomes_its_days(text: str, start: tuple[int, int, int], end: tuple[int, int, int], label: str) -> None:
    period = read_period(text, TODAY)
    assert (period.start, period.end) == (date(*start), date(*end))
    assert period.label == label


@pytest.mark.parametrize(
    "text", ["", "last", "last 0 days", "last 99999 days", "next month", "2013-13", "2013-02-30", "2013-Q5", "0000", "last fortnight"]
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Allowed|no such day"):
        read_period(text, TODAY)


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
