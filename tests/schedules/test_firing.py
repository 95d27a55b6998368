# ruff: noqa: DTZ001 - times on the wall and the bounds of Hypothesis have no zone
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presstime.executions.states import Trigger
from presstime.schedules.cron import parse
from presstime.schedules.firing import MOST_AT_ONCE, due_firings, next_run_at, plan
from presstime.schedules.recurrence import instants

SEVEN = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Schedule:
    cron: str = "0 * * * *"
    timezone: str = "UTC"
    catch_up: str = "latest"
    catch_up_max_age_seconds: int = 86400
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    next_run_at: datetime | None = SEVEN
    id: UUID = field(default_factory=uuid4)


def fired(schedule: Schedule, now: datetime) -> list[tuple[datetime, Trigger]]:
    return [(firing.scheduled_for, firing.trigger) for firing in due_firings([schedule], now)]


@pytest.mark.parametrize("catch_up", ["latest", "skip", "all"])
def test_a_punctual_instant_fires_whatever_the_policy(catch_up: str) -> None:
    schedule = Schedule(catch_up=catch_up)
    assert fired(schedule, SEVEN + timedelta(seconds=1)) == [(SEVEN, Trigger.SCHEDULE)]
    assert plan(schedule, SEVEN).next_run_at == SEVEN + HOUR


@pytest.mark.parametrize("catch_up", ["latest", "skip", "all"])
def test_an_instant_to_come_does_not_fire(catch_up: str) -> None:
    schedule = Schedule(catch_up=catch_up)
    assert fired(schedule, SEVEN - timedelta(microseconds=1)) == []
    assert plan(schedule, SEVEN - HOUR).next_run_at == SEVEN


def test_latest_makes_up_for_the_newest_missed_instant_only() -> None:
    schedule = Schedule(catch_up="latest")
    now = SEVEN + 3 * HOUR + timedelta(minutes=20)
    assert fired(schedule, now) == [(SEVEN + 3 * HOUR, Trigger.CATCH_UP)]
    assert plan(schedule, now).next_run_at == SEVEN + 4 * HOUR
    assert plan(schedule, now).passed_over == SEVEN


def test_all_makes_up_for_every_missed_instant() -> None:
    schedule = Schedule(catch_up="all")
    now = SEVEN + 2 * HOUR + timedelta(seconds=30)
    assert fired(schedule, now) == [
        (SEVEN, Trigger.CATCH_UP),
        (SEVEN + HOUR, Trigger.CATCH_UP),
        (SEVEN + 2 * HOUR, Trigger.SCHEDULE),
    ]
    assert plan(schedule, now).passed_over is None


def test_skip_makes_up_for_nothing() -> None:
    schedule = Schedule(catch_up="skip")
    assert fired(schedule, SEVEN + 3 * HOUR + timedelta(minutes=20)) == []
    assert plan(schedule, SEVEN + timedelta(minutes=20)).next_run_at == SEVEN + HOUR
    assert fired(schedule, SEVEN + 3 * HOUR + timedelta(seconds=59)) == [(SEVEN + 3 * HOUR, Trigger.SCHEDULE)]


@pytest.mark.parametrize("catch_up", ["latest", "all"])
def test_nothing_older_than_a_day_is_made_up_for(catch_up: str) -> None:
    schedule = Schedule(cron="0 7 * * 2", catch_up=catch_up)
    late = SEVEN + DAY + timedelta(seconds=1)
    assert fired(schedule, late) == []
    assert plan(schedule, late).next_run_at == SEVEN + timedelta(days=7)
    assert plan(schedule, late).passed_over == SEVEN
    assert fired(schedule, SEVEN + DAY) == [(SEVEN, Trigger.CATCH_UP)]


def test_the_age_is_the_schedule_s_own_and_what_is_older_is_said() -> None:
    schedule = Schedule(catch_up="all", catch_up_max_age_seconds=2 * 3600)
    found = plan(schedule, SEVEN + 3 * HOUR + timedelta(minutes=20))
    assert [firing.scheduled_for for firing in found.firings] == [SEVEN + 2 * HOUR, SEVEN + 3 * HOUR]
    assert (found.passed_over, found.passed_until) == (SEVEN, SEVEN + 2 * HOUR)


def test_a_punctual_instant_fires_however_short_the_age() -> None:
    schedule = Schedule(catch_up="all", catch_up_max_age_seconds=1)
    assert fired(schedule, SEVEN + timedelta(seconds=30)) == [(SEVEN, Trigger.SCHEDULE)]


def test_a_catch_up_of_all_is_made_in_portions_without_a_loss() -> None:
    schedule = Schedule(cron="* * * * *", catch_up="all")
    now = SEVEN + timedelta(minutes=250)
    found: list[datetime] = []
    while schedule.next_run_at is not None and schedule.next_run_at <= now:
        step = plan(schedule, now)
        assert len(step.firings) <= MOST_AT_ONCE
        found += [firing.scheduled_for for firing in step.firings]
        schedule.next_run_at = step.next_run_at
    assert found == [SEVEN + timedelta(minutes=number) for number in range(251)]


def test_a_year_of_missed_minutes_is_not_counted_through() -> None:
    schedule = Schedule(cron="* * * * *", next_run_at=SEVEN - timedelta(days=365))
    assert fired(schedule, SEVEN) == [(SEVEN, Trigger.SCHEDULE)]


def test_nothing_fires_behind_the_end() -> None:
    schedule = Schedule(ends_at=SEVEN + HOUR, catch_up="all")
    now = SEVEN + 5 * HOUR
    assert [at for at, _ in fired(schedule, now)] == [SEVEN, SEVEN + HOUR]
    assert plan(schedule, now).next_run_at is None


def test_the_first_instant_is_not_before_the_start() -> None:
    schedule = Schedule(starts_at=SEVEN + 5 * HOUR)
    assert next_run_at(schedule, SEVEN) == SEVEN + 5 * HOUR


@pytest.mark.parametrize("broken", [{"cron": "99 * * * *"}, {"timezone": "Mars/Olympus"}])
def test_a_schedule_that_cannot_be_read_is_said_to_be_broken(broken: dict[str, Any]) -> None:
    found = plan(Schedule(**broken), SEVEN)
    assert found.firings == ()
    assert found.next_run_at is None
    assert broken.popitem()[1].split(" ")[0] in found.broken


@settings(deadline=None)
@given(
    cron=st.sampled_from(["*/7 * * * *", "0 * * * *", "30 2 * * *", "15 */3 * * *"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    begin=st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 30), timezones=st.just(UTC)),
    pauses=st.lists(st.integers(1, 20_000), min_size=1, max_size=8),
)
def test_with_all_every_instant_fires_once_however_the_ticks_fall(
    cron: str, zone: str, begin: datetime, pauses: list[int]
) -> None:
    schedule = Schedule(cron=cron, timezone=zone, catch_up="all", next_run_at=None)
    schedule.next_run_at = next_run_at(schedule, begin)
    found, now = [], begin
    for pause in pauses:
        now += timedelta(seconds=pause)
        while schedule.next_run_at is not None and schedule.next_run_at <= now:
            step = plan(schedule, now)
            found += [firing.scheduled_for for firing in step.firings]
            schedule.next_run_at = step.next_run_at
    expected = takewhile(lambda at: at <= now, instants(parse(cron), ZoneInfo(zone), begin))
    assert found == list(expected)
