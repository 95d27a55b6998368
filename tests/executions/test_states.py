from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presstime.executions.states import (
    CLAIMABLE,
    CODE_TIMEOUT,
    FINISHED,
    TRANSITIONS,
    Category,
    Dead,
    Retry,
    RetryPolicy,
    Status,
    before,
    decide,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
POLICY = RetryPolicy(timedelta(seconds=30), timedelta(seconds=900))


def decided(category, failures, *, code="x", retries=None, jitter=0.0):
    return decide(category, code, failures=failures, retries=retries, policy=POLICY, jitter=jitter, now=NOW)


def retries_of(category, code="x", retries=None):
    return next(n for n in range(100) if decided(category, n + 1, code=code, retries=retries) == Dead())


@pytest.mark.parametrize(
    ("category", "code", "expected"),
    [
        (Category.NETWORK, "dns", 5),
        (Category.SYSTEM, "out_of_memory", 3),
        (Category.SYSTEM, CODE_TIMEOUT, 1),
        (Category.UNKNOWN, "unexpected", 1),
        (Category.DATA, "missing_column", 0),
        (Category.CONFIGURATION, "auth", 0),
    ],
)
def test_each_category_has_its_number_of_retries(category, code, expected):
    assert retries_of(category, code) == expected


@pytest.mark.parametrize("category", [Category.NETWORK, Category.SYSTEM, Category.UNKNOWN])
def test_a_schedule_may_set_its_own_number(category):
    assert retries_of(category, retries=0) == 0
    assert retries_of(category, retries=10) == 10


@pytest.mark.parametrize("category", [Category.DATA, Category.CONFIGURATION])
def test_no_number_makes_wrong_input_right(category):
    assert retries_of(category, retries=10) == 0


def test_the_pause_doubles_up_to_the_longest():
    pauses = [decided(Category.NETWORK, n, retries=10).at - NOW for n in range(1, 8)]
    assert [pause.total_seconds() for pause in pauses] == [30, 60, 120, 240, 480, 900, 900]


@given(failures=st.integers(1, 10), jitter=st.floats(-1, 1))
def test_jitter_stays_within_a_fifth_and_below_the_longest_pause(failures, jitter):
    retry = decided(Category.NETWORK, failures, retries=10, jitter=jitter)
    assert isinstance(retry, Retry)
    middle = min(900.0, 30.0 * 2 ** (failures - 1))
    pause = (retry.at - NOW).total_seconds()
    assert middle * 0.8 - 1e-3 <= pause <= min(900.0, middle * 1.2) + 1e-3


def test_what_has_ended_stays_ended():
    assert {status for status in Status if not TRANSITIONS[status]} == FINISHED
    assert all(before(status).isdisjoint(FINISHED) for status in Status)


def test_only_what_waits_can_be_claimed():
    assert before(Status.RUNNING) == CLAIMABLE


def test_every_unfinished_execution_can_end():
    ends = {Status.QUEUED: Status.CANCELLED, Status.RETRYING: Status.CANCELLED, Status.RUNNING: Status.SUCCEEDED}
    assert all(end in TRANSITIONS[status] for status, end in ends.items())
