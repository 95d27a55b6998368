from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from presstime.base.errors import Invalid
from presstime.executions.states import Category
from presstime.failures.figures import bars_of
from presstime.failures.states import By, Period, filled, range_of

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def test_without_ends_it_is_the_last_thirty_days_or_a_day_of_hours() -> None:
    days = range_of(By.DAY, None, None, NOW).periods
    assert (len(days), days[-1]) == (30, datetime(2026, 11, 24, tzinfo=UTC))
    hours = range_of(By.HOUR, None, None, NOW).periods
    assert (len(hours), hours[-1]) == (24, NOW.replace(minute=0))


def test_days_are_taken_whole_and_the_last_one_is_included() -> None:
    found = range_of(By.DAY, "2026-11-20", "2026-11-22", NOW).periods
    assert [at.day for at in found] == [20, 21, 22]
    assert range_of(By.HOUR, "2026-11-20", "2026-11-20", NOW).periods[-1].hour == 23


def test_instants_mean_the_periods_that_they_touch_in_utc() -> None:
    found = range_of(By.HOUR, "2026-11-20T10:30:00+01:00", "2026-11-20T11:00:00Z", NOW).periods
    assert [at.hour for at in found] == [9, 10]


@pytest.mark.parametrize(
    ("by", "since", "until", "field", "part"),
    [
        (By.DAY, "yesterday", None, "from", '"yesterday" is no moment'),
        (By.DAY, "2026-13-01", None, "from", "is no moment"),
        (By.DAY, "2026-11-24T09:00:00", None, "from", "has no offset"),
        (By.DAY, "2026-11-24", "2026-11-20", "from", "not before the end"),
        (By.DAY, "2020-01-01", None, "from", "at most 366"),
        (By.HOUR, "2026-10-01", "2026-11-20", "from", "1,224 periods; at most 744"),
        (By.DAY, None, "2500-01-01", "to", "is not in the years"),
    ],
)
def test_a_time_that_cannot_be_told_is_refused(by: By, since: str, until: str, field: str, part: str) -> None:
    with pytest.raises(Invalid) as caught:
        range_of(by, since, until, NOW)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert part in problem.message


def test_every_period_has_every_category() -> None:
    within = range_of(By.DAY, "2026-11-22", "2026-11-24", NOW)
    found = filled(within, [(within.since + DAY, "data", 3), (within.since - DAY, "data", 9)])
    assert [period.total for period in found] == [0, 3, 0]
    assert list(found[0].counts) == list(Category)


def test_bars_reach_the_top_and_stand_on_each_other() -> None:
    counts = dict.fromkeys(Category, 0) | {Category.NETWORK: 2, Category.DATA: 1}
    worst, empty = bars_of([Period(NOW, counts), Period(NOW + DAY, dict.fromkeys(Category, 0))])
    assert [(part.category, part.y, part.height) for part in worst.parts] == [
        (Category.NETWORK, 55.0, 90.0),
        (Category.DATA, 10.0, 45.0),
    ]
    assert empty.parts == []
    assert empty.x + empty.width < 480
