# ruff: noqa: DTZ001 - times on the wall and the bounds of Hypothesis have no zone
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presstime.schedules.cron import parse
from presstime.schedules.recurrence import instants, next_runs

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
ZONES = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Beirut", "America/Santiago",
    "Europe/London", "UTC", "Asia/Kolkata", "Pacific/Chatham",
]  # fmt: skip


def first(cron: str, zone: str, after: str, count: int = 2) -> list[str]:
    found = instants(parse(cron), ZoneInfo(zone), datetime.fromisoformat(after))
    return [f"{at.astimezone(ZoneInfo(zone)):%m-%d %H:%M %z}" for at in islice(found, count)]


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        # a time that the clocks skip runs once, at the change
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["03-29 03:00 +0200", "03-30 02:30 +0200"]),
        ("0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["03-29 03:00 +0200", "03-30 02:00 +0200"]),
        ("0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["03-29 03:00 +0200", "03-30 02:00 +0200"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00Z", ["10-04 02:30 +1100", "10-05 02:15 +1100"]),
        ("15 2 * * *", "America/New_York", "2026-03-07T20:00Z", ["03-08 03:00 -0400", "03-09 02:15 -0400"]),
        ("0 0 * * *", "Asia/Beirut", "2026-03-28T12:00Z", ["03-29 01:00 +0300", "03-30 00:00 +0300"]),
        # a time that comes twice runs the first time only
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", ["10-25 02:30 +0200", "10-26 02:30 +0100"]),
        ("30 1 * * *", "America/New_York", "2026-10-31T12:00Z", ["11-01 01:30 -0400", "11-02 01:30 -0500"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00Z", ["04-05 01:45 +1100", "04-06 01:45 +1030"]),
        # asked for inside the second pass, the first is over
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10Z", ["10-26 02:30 +0100", "10-27 02:30 +0100"]),
        # a star follows real time
        ("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:10Z", ["10-25 02:30 +0200", "10-25 02:00 +0100"]),
        ("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:40Z", ["03-29 03:00 +0200", "03-29 03:30 +0200"]),
    ],
)
def test_a_clock_change_is_met_as_debian_cron_does(cron: str, zone: str, after: str, expected: list[str]) -> None:
    assert first(cron, zone, after) == expected


def test_the_planned_instant_itself_is_not_the_next_one() -> None:
    at = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    assert next(instants(parse("0 7 * * *"), ZoneInfo("UTC"), at)) == at + timedelta(days=1)
    assert next(instants(parse("0 7 * * *"), ZoneInfo("UTC"), at - timedelta(microseconds=1))) == at


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))


def minutes() -> st.SearchStrategy[str]:
    return st.one_of(st.just("*"), st.integers(0, 59).map(str), st.sampled_from(["*/5", "*/30", "0,30", "15-45/10"]))


def hours() -> st.SearchStrategy[str]:
    return st.one_of(st.just("*"), st.integers(0, 23).map(str), st.sampled_from(["*/2", "0-5", "1,2,3"]))


@settings(deadline=None)
@given(minute=minutes(), hour=hours(), zone=st.sampled_from(ZONES), after=MOMENTS)
def test_the_next_instants_are_later_and_strictly_increasing(
    minute: str, hour: str, zone: str, after: datetime
) -> None:
    found = [after, *islice(instants(parse(f"{minute} {hour} * * *"), ZoneInfo(zone), after), 60)]
    assert all(one < other for one, other in pairwise(found))


def by_brute_force(minute: int, hour: int, zone: ZoneInfo, day: date) -> datetime:
    """Debian's rule for a daily job: the first minute of the day at which the clock shows its time or has passed it."""
    wanted = datetime(day.year, day.month, day.day, hour, minute)
    at = (wanted - timedelta(hours=30)).replace(tzinfo=UTC)  # before that day begins anywhere
    while at.astimezone(zone).replace(tzinfo=None) < wanted:
        at += MINUTE
    return at


CHANGES = {
    "Europe/Berlin": [date(2026, 3, 29), date(2026, 10, 25)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
    "Africa/Casablanca": [date(2026, 2, 15), date(2026, 3, 22)],
    "Asia/Beirut": [date(2026, 3, 29), date(2026, 10, 25)],
    "America/Santiago": [date(2026, 4, 4), date(2026, 9, 6)],
}


@settings(deadline=None)
@given(
    change=st.sampled_from([(zone, day) for zone, days in CHANGES.items() for day in days]),
    hour=st.integers(0, 4),
    minute=st.integers(0, 59),
)
def test_a_daily_job_runs_when_a_search_of_every_minute_says(change: tuple[str, date], hour: int, minute: int) -> None:
    name, day = change
    zone = ZoneInfo(name)
    days = [day + timedelta(days=number) for number in (-1, 0, 1)]
    expected = [by_brute_force(minute, hour, zone, each) for each in days]
    found = instants(parse(f"{minute} {hour} * * *"), zone, expected[0] - MINUTE)
    assert list(islice(found, 3)) == expected


# ---- what a person is shown -----------------------------------------------------------------------------------------


def notes(cron: str, zone: str, after: str, count: int = 6) -> list[str]:
    runs = next_runs(parse(cron), ZoneInfo(zone), datetime.fromisoformat(after), count=count)
    return [run.note for run in runs if run.note]


def test_a_run_is_shown_in_utc_and_on_the_clock_of_the_schedule() -> None:
    [run] = next_runs(parse("30 7 * * *"), BERLIN, datetime(2026, 11, 24, 9, tzinfo=UTC), count=1)
    assert run.at.isoformat() == "2026-11-25T06:30:00+00:00"
    assert run.local.isoformat() == "2026-11-25T07:30:00+01:00"
    assert run.note == ""


@pytest.mark.parametrize(
    ("cron", "zone", "after", "note"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", "02:30 does not exist on 29 March 2026; runs at 03:00."),
        (
            "0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z",
            "02:00 to 02:30 do not exist on 29 March 2026; runs at 03:00.",
        ),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00Z", "02:15 does not exist on 4 October 2026; runs at 02:30."),
        (
            "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z",
            "02:30 happens twice on 25 October 2026; runs once, the first time.",
        ),
        ("0 */2 * * *", "Europe/Berlin", "2026-03-28T20:00Z", "02:00 does not exist on 29 March 2026; left out that day."),
        ("*/30 2 * * *", "Europe/Berlin", "2026-03-28T20:00Z", "02:00 to 02:30 do not exist on 29 March 2026; left out that day."),
    ],
)  # fmt: skip
def test_a_clock_change_is_said_in_a_sentence(cron: str, zone: str, after: str, note: str) -> None:
    assert notes(cron, zone, after) == [note]


def test_a_repeated_hour_is_said_of_every_run_in_it() -> None:
    assert notes("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:10Z") == [
        "02:30 happens twice on 25 October 2026; runs both times.",
        "02:00 happens twice on 25 October 2026; runs both times.",
        "02:30 happens twice on 25 October 2026; runs both times.",
    ]


def test_ordinary_days_have_no_notes() -> None:
    assert notes("*/10 * * * *", "Europe/Berlin", "2026-06-01T00:00Z", 200) == []
    assert notes("30 2 * * *", "UTC", "2026-03-28T00:00Z", 200) == []


def test_the_runs_lie_between_start_and_end_both_included() -> None:
    starts, ends = datetime(2026, 12, 1, 7, tzinfo=UTC), datetime(2026, 12, 3, 7, tzinfo=UTC)
    runs = next_runs(
        parse("0 7 * * *"), ZoneInfo("UTC"), datetime(2026, 11, 24, tzinfo=UTC), starts_at=starts, ends_at=ends
    )
    assert [run.at.day for run in runs] == [1, 2, 3]
