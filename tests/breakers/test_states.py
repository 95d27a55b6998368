from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from presstime.breakers.states import (
    TRANSITIONS,
    Policy,
    Standing,
    State,
    after_failure,
    after_success,
    after_trial,
    closed,
    pause,
    with_trial,
    without_trial,
)

BEGIN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
POLICY = Policy(failures=3, pause=timedelta(seconds=30), longest=timedelta(seconds=300))
LEASE = timedelta(seconds=60)


class Life(RuleBasedStateMachine):
    """A breaker through whatever may happen to it, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGIN
        self.standing = self.before = Standing()
        self.in_a_row = 0
        self.trials: list[int] = []

    def become(self, standing: Standing) -> None:
        self.before, self.standing = self.standing, standing

    @rule(seconds=st.integers(0, 400))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(at_once=st.booleans())
    def somebody_fails(self, at_once: bool) -> None:
        was_closed = self.standing.state is State.CLOSED
        self.in_a_row += was_closed
        self.become(after_failure(self.standing, POLICY, self.now, at_once=at_once))
        opens = at_once or self.in_a_row >= POLICY.failures
        assert (self.standing.state is State.CLOSED) == (was_closed and not opens)

    @rule()
    def somebody_succeeds(self) -> None:
        before = self.standing
        self.become(after_success(self.standing))
        if before.state is State.CLOSED:
            self.in_a_row = 0
        else:
            assert self.standing == before  # late: it had passed before the breaker opened

    @precondition(lambda self: self.standing.is_due(self.now))
    @rule()
    def a_trial_is_taken(self) -> None:
        self.become(with_trial(self.standing, self.now + LEASE))
        self.trials.append(self.standing.trial)
        assert not self.standing.is_due(self.now)  # nobody else gets one meanwhile

    @precondition(lambda self: self.standing.state is State.HALF_OPEN)
    @rule(success=st.booleans())
    def the_trial_ends(self, success: bool) -> None:
        self.become(after_trial(self.standing, POLICY, self.now, success=success))
        assert self.standing.state is (State.CLOSED if success else State.OPEN)
        self.in_a_row = 0

    @precondition(lambda self: self.standing.state is State.HALF_OPEN)
    @rule()
    def the_trial_is_given_back(self) -> None:
        self.become(without_trial(self.standing, self.now))
        assert self.standing.is_due(self.now)

    @precondition(lambda self: self.standing.state is not State.CLOSED)
    @rule()
    def a_person_resets_it(self) -> None:
        self.become(closed(self.standing))
        assert self.standing.openings == 0
        self.in_a_row = 0

    @invariant()
    def it_only_goes_where_the_table_leads(self) -> None:
        if self.before.state is not self.standing.state:
            assert self.standing.state in TRANSITIONS[self.before.state]

    @invariant()
    def every_trial_has_a_number_of_its_own(self) -> None:
        assert self.trials == sorted(set(self.trials))

    @invariant()
    def it_never_stays_shut_for_ever(self) -> None:
        if self.standing.state is not State.CLOSED:
            assert self.standing.is_due(self.now + max(POLICY.longest, LEASE))

    @invariant()
    def its_moments_agree_with_its_state(self) -> None:
        here = self.standing
        assert (here.opened_at is None) == (here.state is State.CLOSED)
        assert (here.next_trial_at is not None) == (here.state is State.OPEN)
        assert (here.trial_until is not None) == (here.state is State.HALF_OPEN)


TestLife = Life.TestCase


@given(st.integers(1, 10_000))
def test_the_pause_grows_up_to_the_longest(openings: int):
    assert POLICY.pause <= pause(openings, POLICY) <= pause(openings + 1, POLICY) <= POLICY.longest
    assert pause(2, POLICY) == 2 * POLICY.pause


def test_what_answers_trials_and_fails_at_work_is_left_alone_ever_longer():
    standing, pauses = Standing(), []
    for _ in range(3):
        for _ in range(POLICY.failures):
            standing = after_failure(standing, POLICY, BEGIN)
        assert standing.next_trial_at is not None
        pauses.append((standing.next_trial_at - BEGIN).total_seconds())
        standing = after_trial(with_trial(standing, BEGIN + LEASE), POLICY, BEGIN, success=True)
    assert pauses == [30, 60, 120]
    assert after_success(standing).openings == 0


def test_the_moment_of_opening_is_kept_through_failed_trials():
    opened = after_failure(Standing(), POLICY, BEGIN, at_once=True)
    later = BEGIN + timedelta(minutes=5)
    again = after_trial(with_trial(opened, later + LEASE), POLICY, later, success=False)
    assert (again.state, again.opened_at) == (State.OPEN, BEGIN)
