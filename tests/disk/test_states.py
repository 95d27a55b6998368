"""Levels, trends and samples, without a disk."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presstime.disk.states import Level, Measured, Point, Thresholds, days_left, level, slope, slot, spread

LIMITS = Thresholds(warning_bytes=500, critical_bytes=100)
GB = 10**9


def measured(free: int, inodes: int = 0, total_inodes: int = 0) -> Measured:
    return Measured(1000, free, total_inodes, inodes)


@pytest.mark.parametrize(
    ("free", "expected"), [(99, Level.FAIL), (100, Level.WARN), (499, Level.WARN), (500, Level.PASS)]
)
def test_a_volume_is_short_below_its_thresholds_and_not_at_them(free: int, expected: Level) -> None:
    assert level(measured(free), LIMITS) is expected


@pytest.mark.parametrize(("inodes", "expected"), [(999, Level.FAIL), (9_999, Level.WARN), (10_000, Level.PASS)])
def test_a_volume_without_file_entries_is_short_whatever_its_bytes(inodes: int, expected: Level) -> None:
    assert level(measured(900, inodes, 1_000_000), LIMITS) is expected
    assert level(measured(900, inodes, 0), LIMITS) is Level.PASS, "such a file system makes them as needed"


def test_an_alert_needs_some_room_to_be_over() -> None:
    assert level(measured(102), LIMITS, relief=1.05) is Level.FAIL
    assert level(measured(105), LIMITS, relief=1.05) is Level.WARN


def daily(now: datetime, *frees: int) -> list[Point]:
    """A figure for every day, the last one of now."""
    return [Point(now - timedelta(days=len(frees) - 1 - day), free) for day, free in enumerate(frees)]


def test_a_volume_that_loses_a_gigabyte_a_day_lasts_as_long_as_it_has_gigabytes(now: datetime) -> None:
    points = daily(now, *(free * GB for free in range(30, 19, -1)))
    assert slope(points) == pytest.approx(-GB)
    assert days_left(points, critical_bytes=GB) == 19


def test_one_cleanup_does_not_turn_the_trend(now: datetime) -> None:
    points = daily(now, *(free * GB for free in (20, 19, 18, 17, 27, 26, 25, 24, 23)))
    assert slope(points) == pytest.approx(-GB)


def test_nothing_is_said_of_a_volume_that_grows_or_is_hardly_known(now: datetime) -> None:
    assert days_left(daily(now, 1, 2, 3), 0) is None
    assert days_left([Point(now - timedelta(hours=5), 10), Point(now, 5)], 0) is None
    assert days_left([], 0) is None


@given(st.integers(0, 400), st.integers(2, 50))
def test_a_choice_of_points_keeps_both_ends_and_their_order(count: int, most: int) -> None:
    start = datetime(2026, 1, 1)  # noqa: DTZ001 - any moment will do
    points = [Point(start + timedelta(minutes=number), number) for number in range(count)]
    chosen = spread(points, most)
    assert len(chosen) == min(count, most)
    assert chosen == sorted(set(chosen))
    if points:
        assert (chosen[0], chosen[-1]) == (points[0], points[-1])


def test_samples_of_the_same_ten_minutes_meet(now: datetime) -> None:
    later = now + timedelta(minutes=9, seconds=59, microseconds=5)
    assert slot(later) == slot(now) == now
    assert slot(now + timedelta(minutes=10)) == now + timedelta(minutes=10)
