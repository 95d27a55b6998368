from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from presstime.overview import figures
from presstime.overview.figures import Run

NOW = datetime(2026, 11, 24, 9, 42, 8, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)


def test_the_day_has_24_hours_and_the_present_one_stands_last() -> None:
    counts = [
        (NOW.replace(hour=9, minute=0, second=0), "succeeded", 3),
        (NOW.replace(hour=9, minute=0, second=0), "dead", 1),
        (NOW.replace(hour=8, minute=0, second=0), "queued", 2),
        (NOW - timedelta(days=3), "succeeded", 100),
    ]
    hours = figures.hours_of(counts, NOW)
    assert len(hours) == 24
    assert hours[0].starts_at == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert (hours[-1].succeeded, hours[-1].failed, hours[-2].other) == (3, 1, 2)
    assert sum(hour.total for hour in hours) == 6


@given(st.lists(st.tuples(st.integers(0, 23), st.sampled_from(["succeeded", "dead", "queued"]), st.integers(0, 10**6))))
def test_bars_stack_without_gaps_inside_the_chart(rows: list[tuple[int, str, int]]) -> None:
    start = NOW.replace(minute=0, second=0)
    bars = figures.bars_of(figures.hours_of([(start - timedelta(hours=back), s, n) for back, s, n in rows], NOW))
    for bar in bars:
        assert 9 <= bar.bad_y <= bar.other_y <= bar.ok_y <= 145.1
        assert abs(bar.ok_y + bar.ok_height - 145) < 0.2
        assert bar.bad_y + bar.bad_height <= bar.other_y + 0.2


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_a_percentile_is_one_of_the_values_and_enough_lie_below_it(values: list[float]) -> None:
    for share in (0.5, 0.95):
        found = figures.percentile(values, share)
        assert found in values
        assert sum(value <= found for value in values) >= share * len(values)


def test_without_values_there_is_no_percentile() -> None:
    assert figures.percentile([], 0.95) is None


def test_a_schedule_is_slow_when_its_last_five_runs_come_near_the_limit() -> None:
    runs = [Run(NOW, seconds, 1800, ONE.hex) for seconds in (1700, 1600, 1700, 1500, 1800, 1, 1, 1)]
    runs += [Run(NOW, seconds, 1800, TWO.hex) for seconds in (1800, 10)]
    runs.append(Run(NOW, 1800, 1800, None))
    assert [(slow.schedule_id, slow.seconds, slow.runs) for slow in figures.slow_schedules(runs)] == [(ONE, 1660, 5)]


def test_a_change_is_said_only_where_there_is_something_to_compare_with() -> None:
    assert figures.change(103.2, 100) == "+3.2%"
    assert figures.change(50, 100) == "-50.0%"
    assert figures.change(5, 0) == ""
    assert figures.change(None, 5) == ""
