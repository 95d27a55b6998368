# ruff: noqa: DTZ001 - the bounds of Hypothesis have no zone
"""Whatever the downtimes: every planned instant has run, was left out by the policy, or is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from presstime.schedules.cron import parse
from presstime.schedules.firing import next_run_at, plan
from presstime.schedules.recurrence import instants
from presstime.schedules.watching import MOST_AT_ONCE, TOLERANCE, Span, clock_went_back, look, missing
from tests.schedules.test_firing import SEVEN, Schedule

MINUTE = timedelta(minutes=1)


@dataclass
class House:
    """A schedule, what the database knows of it, and which loops run."""

    schedule: Schedule
    watch_at: datetime | None
    fired: set[datetime] = field(default_factory=set)
    passed: list[Span] = field(default_factory=list)
    told: set[datetime] = field(default_factory=set)

    def fire(self, now: datetime) -> None:
        while self.schedule.next_run_at is not None and self.schedule.next_run_at <= now:
            step = plan(self.schedule, now)
            self.fired |= {firing.scheduled_for for firing in step.firings}
            if step.passed_over is not None and step.passed_until is not None:
                self.passed.append((step.passed_over, step.passed_until))
            self.schedule.next_run_at = step.next_run_at

    def watch(self, now: datetime) -> None:
        while self.watch_at is not None and self.watch_at <= now - TOLERANCE:
            found = look(self.schedule, self.watch_at, now - TOLERANCE)
            self.told |= set(missing(found.expected, self.fired, self.passed))
            self.watch_at = found.watch_at

    def is_accounted_for(self, at: datetime) -> bool:
        return at in self.fired or at in self.told or any(first <= at < until for first, until in self.passed)


@settings(deadline=None, max_examples=150)
@given(
    cron=st.sampled_from(["*/7 * * * *", "0 * * * *", "30 2 * * *", "15 */3 * * 1-5", "0 0 1 * *", "5 1,13 * * 0"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"]),
    policy=st.sampled_from(["skip", "latest", "all"]),
    age=st.sampled_from([60, 3600, 86400, 7 * 86400]),
    begin=st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 30), timezones=st.just(UTC)),
    # How long it lasts, and which loops run: both, only the watchdog (the scheduler hangs), none (all is down).
    phases=st.lists(
        st.tuples(st.integers(1, 200_000), st.sampled_from(["up", "stuck", "down"])), min_size=1, max_size=8
    ),
)
def test_every_planned_instant_has_run_or_was_left_out_or_is_told(
    cron: str, zone: str, policy: str, age: int, begin: datetime, phases: list[tuple[int, str]]
) -> None:
    schedule = Schedule(cron=cron, timezone=zone, catch_up=policy, catch_up_max_age_seconds=age, next_run_at=None)
    schedule.next_run_at = next_run_at(schedule, begin)
    house, now = House(schedule, schedule.next_run_at), begin
    for length, phase in [*phases, (600, "up")]:
        if phase == "up":
            house.fire(now)  # a scheduler is quick; the watchdog comes minutes later
        until = now + timedelta(seconds=length)
        if phase == "up":
            for at in planned_between(schedule, now, until):
                house.fire(at)
        now = until
        if phase != "down":
            house.watch(now)
    house.fire(now)
    house.watch(now + TOLERANCE)
    expected = planned_between(schedule, begin, now)
    assert [at for at in expected if not house.is_accounted_for(at)] == []
    assert house.told <= set(expected)
    if all(phase != "stuck" for _, phase in phases):
        assert house.told == set()


def planned_between(schedule: Schedule, after: datetime, until: datetime) -> list[datetime]:
    found = instants(parse(schedule.cron), ZoneInfo(schedule.timezone), after)
    return list(takewhile(lambda at: at <= until, found))


def test_a_long_past_is_looked_at_in_portions() -> None:
    schedule = Schedule(cron="* * * * *")
    first = look(schedule, SEVEN, SEVEN + 600 * MINUTE)
    assert (len(first.expected), first.watch_at) == (MOST_AT_ONCE, SEVEN + MOST_AT_ONCE * MINUTE)
    assert first.watch_at is not None
    second = look(schedule, first.watch_at, SEVEN + 600 * MINUTE)
    assert second.expected[0] == first.watch_at
    assert second.watch_at == SEVEN + 601 * MINUTE


def test_a_schedule_that_ends_is_watched_to_its_end() -> None:
    found = look(Schedule(ends_at=SEVEN), SEVEN, SEVEN + 5 * MINUTE)
    assert (found.expected, found.watch_at) == ((SEVEN,), None)


def test_one_that_cannot_be_read_says_so() -> None:
    assert "99" in look(Schedule(cron="99 * * * *"), SEVEN, SEVEN + MINUTE).broken


def test_only_a_clear_step_back_counts() -> None:
    assert not clock_went_back(SEVEN + timedelta(seconds=59), SEVEN)
    assert clock_went_back(SEVEN + timedelta(seconds=61), SEVEN)
