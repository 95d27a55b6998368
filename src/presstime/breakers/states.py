"""The states of a breaker, and what follows from a failure, a success and the passing of time. Pure; without Django."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# Why the counting needs no entry in the audit log.
COUNTED = "failures and trials are counted by those who pass; resetting one by hand has its entry"


class Kind(StrEnum):
    """What a breaker stands before."""

    SOURCE = "source"
    MAIL_SERVER = "mail_server"


class State(StrEnum):
    CLOSED = "closed"  # all may pass
    OPEN = "open"  # all wait
    HALF_OPEN = "half_open"  # one trial is under way, the others wait


# The specification: whatever is not here cannot happen. docs/states.md is drawn from it.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.CLOSED: frozenset({State.OPEN}),
    State.OPEN: frozenset({State.HALF_OPEN, State.CLOSED}),  # closed: by a person, or because the address has changed
    # Half-open again: the trial before this one never reported.
    State.HALF_OPEN: frozenset({State.HALF_OPEN, State.CLOSED, State.OPEN}),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """After how many failures in a row it opens; the pause before the first trial, which doubles up to the longest."""

    failures: int
    pause: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Standing:
    """How a breaker stands."""

    state: State = State.CLOSED
    failures: int = 0  # in a row, while it was closed
    openings: int = 0  # without a success in between; the pause grows with them
    opened_at: datetime | None = None  # since when not all may pass
    next_trial_at: datetime | None = None  # while it is open
    trial: int = 0  # the number of the last trial: who holds another number does not speak for it any more
    trial_until: datetime | None = None  # while it is half-open; then whoever tries has died

    def is_due(self, now: datetime) -> bool:
        """Whether somebody may take the trial."""
        if self.state is State.OPEN:
            return self.next_trial_at is not None and self.next_trial_at <= now
        return self.state is State.HALF_OPEN and self.trial_until is not None and self.trial_until <= now


def pause(openings: int, policy: Policy) -> timedelta:
    """How long it stays open after it has opened for the *openings*th time in a row, from 1."""
    return min(policy.longest, policy.pause * 2.0 ** min(openings - 1, 30))


def after_failure(standing: Standing, policy: Policy, now: datetime, *, at_once: bool = False) -> Standing:
    """What a failure of an ordinary passer makes of it; *at_once* opens whatever the number.

    Only a closed breaker counts: those that had passed before it opened fail late and say nothing new.
    """
    if standing.state is not State.CLOSED:
        return standing
    counted = replace(standing, failures=standing.failures + 1)
    return _opened(counted, policy, now) if at_once or counted.failures >= policy.failures else counted


def after_success(standing: Standing) -> Standing:
    """What a success of an ordinary passer makes of it: the count begins anew. Those of before the opening are late."""
    return replace(standing, failures=0, openings=0) if standing.state is State.CLOSED else standing


def with_trial(standing: Standing, until: datetime) -> Standing:
    """One trial under way, for which the breaker must be due."""
    return replace(standing, state=State.HALF_OPEN, next_trial_at=None, trial=standing.trial + 1, trial_until=until)


def after_trial(standing: Standing, policy: Policy, now: datetime, *, success: bool) -> Standing:
    """What the end of the trial makes of it: closed, or open again for longer.

    The openings are kept until an ordinary success: what answers a trial and fails at work is left alone ever longer.
    """
    return closed(standing, openings=standing.openings) if success else _opened(standing, policy, now)


def without_trial(standing: Standing, now: datetime) -> Standing:
    """As if the trial had not been taken: the next one may be at once."""
    return replace(standing, state=State.OPEN, next_trial_at=now, trial_until=None)


def closed(standing: Standing, *, openings: int = 0) -> Standing:
    """Closed, with a new count."""
    return Standing(openings=openings, trial=standing.trial)


def _opened(standing: Standing, policy: Policy, now: datetime) -> Standing:
    openings = standing.openings + 1
    return replace(
        standing,
        state=State.OPEN,
        openings=openings,
        opened_at=standing.opened_at or now,
        next_trial_at=now + pause(openings, policy),
        trial_until=None,
    )


def before(state: State) -> frozenset[State]:
    """The states from which a breaker may become *state*."""
    return frozenset(earlier for earlier, after in TRANSITIONS.items() if state in after)
