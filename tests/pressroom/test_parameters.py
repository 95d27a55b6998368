from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pressroom.definition import Definition, parse
from pressroom.errors import ParameterError
from pressroom.parameters import ResolvedParameters, resolve

AT = datetime(2013, 8, 1, 3, tzinfo=UTC)  # still 31 July in New York


def report(declaration: str, locale: str = "en") -> Definition:
    return parse(f"---\ntitle: x\nsource: y\nlocale: {locale}\nparameters:\n  p: {declaration}\n---\n")


def value_of(declaration: str, given: Any = None) -> Any:
    given = {} if given is None else {"p": given}
    return resolve(report(declaration), given, AT, ZoneInfo("UTC")).bindings["p"]


def resolved(declaration: str, given: Any, zone: str = "UTC") -> ResolvedParameters:
    return resolve(report(declaration), {"p": given}, AT, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("declaration", "given", "value"),
    [
        ("{type: text}", "JFK", "JFK"),
        ("{type: text}", 12, "12"),
        ("{type: text, default: 007}", None, "007"),
        ("{type: text, default: 7}", None, "7"),
        ("{type: number}", "12", 12),
        ("{type: number}", 12, 12),
        ("{type: number}", "-3.50", Decimal("-3.50")),
        ("{type: number}", 0.1, Decimal("0.1")),
        ("{type: number, default: 0.10}", None, Decimal("0.10")),
        ("{type: number}", "1e6", Decimal("1e6")),
        ("{type: number}", "9" * 30, int("9" * 30)),
        ("{type: date}", "2013-07-04", date(2013, 7, 4)),
        ("{type: date, default: 2013-07-04}", None, date(2013, 7, 4)),
        ("{type: date}", "yesterday", date(2013, 7, 31)),
        ("{type: date}", "today - 7 days", date(2013, 7, 25)),
        ("{type: date}", "Today + 1 month", date(2013, 9, 1)),
        ("{type: date}", "today-1month-1day", date(2013, 6, 30)),
        ("{type: date}", "2013-03-31 - 1 month", date(2013, 2, 28)),
        ("{type: date}", "3 weeks ago", date(2013, 7, 11)),
        ("{type: date}", "start of month", date(2013, 8, 1)),
        ("{type: date}", "end of last month", date(2013, 7, 31)),
        ("{type: date}", "last day of next quarter", date(2013, 12, 31)),
        ("{type: date}", "start of last fiscal year", date(2012, 1, 1)),
        ("{type: date}", "start of year - 1 day", date(2012, 12, 31)),
        ("{type: date}", "last thursday", date(2013, 7, 25)),  # the planned day is a Thursday
        ("{type: date}", "next friday", date(2013, 8, 2)),
        ("{type: date, default: end of last month}", None, date(2013, 7, 31)),
        ("{type: boolean}", "yes", True),
        ("{type: boolean}", False, False),
        ("{type: boolean, default: true}", None, True),
        ("{type: choice, choices: [a, b]}", "b", "b"),
        ("{type: number, choices: [1, 2.5]}", "2.50", Decimal("2.50")),
        ("{type: list}", "a, b", ["a", "b"]),
        ("{type: list}", '["a,b", "c"]', ["a,b", "c"]),
        ("{type: list}", ["a", 1], ["a", "1"]),
        ("{type: list, default: [NO, SE]}", None, ["NO", "SE"]),
    ],
)
def test_values_become_their_type(declaration: str, given: Any, value: Any) -> None:
    found = value_of(declaration, given)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("declaration", "given", "allowed"),
    [
        ("{type: number}", "abc", "12, -3.5"),
        ("{type: number}", "NaN", "12, -3.5"),
        ("{type: number}", "1e999999999", "12, -3.5"),
        ("{type: number}", True, "12, -3.5"),
        ("{type: number}", "1_000", "12, -3.5"),
        ("{type: number}", [1], "12, -3.5"),
        ("{type: date}", "04.07.2013", "2013-07-04"),
        ("{type: date}", "2013-02-30", "no such day"),
        ("{type: date}", "start of last", "end of last quarter"),
        ("{type: date}", "today - 99999 years", "today - 7 days"),
        ("{type: date}", 20130704, "2013-07-04"),
        ("{type: boolean}", "maybe", "true, false"),
        ("{type: boolean}", 1.0, "true, false"),
        ("{type: text}", ["a"], "a text"),
        ("{type: text, choices: [JFK, LGA]}", "JFX", "Did you mean JFK?"),
        ("{type: list, choices: [JFK, LGA]}", "JFK, EWR", "JFK, LGA"),
        ("{type: list}", {"a": 1}, "a list"),
        ("{type: list}", "[1,", "a list"),
        ("{type: period}", "next fortnight", "last month"),
        ("{type: period}", True, "last month"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_what_is_allowed(declaration: str, given: Any, allowed: str) -> None:
    with pytest.raises(ParameterError) as caught:
        resolved(declaration, given)
    assert "parameter p is" in caught.value.message
    assert allowed in caught.value.remedy
    assert caught.value.place is None


def test_an_unknown_parameter_is_refused_with_the_nearest() -> None:
    with pytest.raises(ParameterError) as caught:
        resolve(report("{type: text, default: a}"), {"pp": 1}, AT, ZoneInfo("UTC"))
    assert "'pp'" in caught.value.message
    assert "Did you mean p?" in caught.value.remedy


def test_a_parameter_without_default_must_be_given() -> None:
    with pytest.raises(ParameterError, match="The parameter p has no value"):
        resolve(report("{type: text}"), {}, AT, ZoneInfo("UTC"))


def test_a_period_binds_its_half_open_ends_and_those_of_the_one_before() -> None:
    bindings = resolved("{type: period}", "2013-07").bindings
    assert {name: value for name, value in bindings.items() if not name.endswith("_at")} == {
        "p_start": date(2013, 7, 1),
        "p_end": date(2013, 8, 1),
        "p_previous_start": date(2013, 6, 1),
        "p_previous_end": date(2013, 7, 1),
        "p_last_year_start": date(2012, 7, 1),
        "p_last_year_end": date(2012, 8, 1),
    }


def test_days_are_those_of_the_zone() -> None:
    assert resolved("{type: period}", "last month").labels["p"] == "July 2013"
    assert resolved("{type: period}", "last month", "America/New_York").labels["p"] == "June 2013"


@pytest.mark.parametrize(
    ("zone", "period", "start", "end"),
    [
        ("UTC", "2013-07", "2013-07-01T00:00", "2013-08-01T00:00"),
        ("Europe/Berlin", "2013-07", "2013-06-30T22:00", "2013-07-31T22:00"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00", "2026-09-07T03:00"),  # there is no midnight
        ("America/Havana", "2026-11-01", "2026-11-01T04:00", "2026-11-02T05:00"),  # there are two
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00", "2026-04-05T13:30"),  # half an hour
        ("Pacific/Apia", "2026", "2025-12-31T11:00", "2026-12-31T11:00"),
    ],
)
def test_a_period_binds_the_instants_at_which_its_days_begin(zone: str, period: str, start: str, end: str) -> None:
    bindings = resolved("{type: period}", period, zone).bindings
    assert bindings["p_start_at"] == datetime.fromisoformat(f"{start}+00:00")
    assert bindings["p_end_at"] == datetime.fromisoformat(f"{end}+00:00")


def test_there_is_no_instant_outside_the_calendar() -> None:
    assert resolved("{type: period}", "0001-01", "Asia/Tokyo").bindings["p_start_at"] is None


def test_labels_are_for_readers() -> None:
    assert resolved("{type: choice, choices: {JFK: Kennedy, LGA: La Guardia}}", "JFK").labels["p"] == "Kennedy"
    assert resolved("{type: list}", ["a", "b"]).labels["p"] == "a, b"
    german = resolve(report("{type: date}", "de"), {"p": "2013-07-04"}, AT, ZoneInfo("UTC"))
    assert german.labels["p"] == "4. Juli 2013"


def test_values_can_be_written_as_json() -> None:
    values = resolved("{type: period}", "2013-07").as_json()
    assert values == {"p": {"start": "2013-07-01", "end": "2013-08-01", "label": "July 2013"}}
    assert resolved("{type: number}", "0.10").as_json() == {"p": "0.10"}


def test_a_report_says_how_its_weeks_and_fiscal_years_begin() -> None:
    text = (
        "---\ntitle: x\nsource: y\nweek_starts: sunday\nfiscal_year_start: 4\nparameters:\n  p: {type: period}\n---\n"
    )
    definition = parse(text)
    for given, start in (("this fiscal year", date(2013, 4, 1)), ("this week", date(2013, 7, 28))):
        assert resolve(definition, {"p": given}, AT, ZoneInfo("UTC")).bindings["p_start"] == start


def test_at_the_edge_of_the_calendar_there_is_no_period_before() -> None:
    bindings = resolved("{type: period}", "0001-01").bindings
    assert (bindings["p_start"], bindings["p_previous_start"]) == (date(1, 1, 1), None)


def test_several_problems_survive_the_way_between_processes() -> None:
    with pytest.raises(ParameterError) as caught:
        resolve(report("{type: date}"), {"p": "soon", "q": 1}, AT, ZoneInfo("UTC"))
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert isinstance(again, ParameterError)
    assert [problem.message for problem in again.problems] == [
        "The report has no parameter 'q'.",
        "The parameter p is 'soon', which is not a date.",
    ]
    assert str(again).count("\n") == 1
