"""Use cases of breakers: who may pass, what a failure or a success means, who takes the one trial."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from presstime.alerts import kinds
from presstime.alerts.service import clear, raise_alert
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict
from presstime.breakers import audited, closings, queries, states
from presstime.breakers.models import Breaker
from presstime.breakers.states import COUNTED, Kind, Policy, Standing, State
from presstime.database.guard import bookkeeping

log = logging.getLogger("presstime.breakers")

_WORDS = {Kind.SOURCE: "source", Kind.MAIL_SERVER: "mail server"}
_ALERTS = {Kind.SOURCE: kinds.Kind.BREAKER_OPEN, Kind.MAIL_SERVER: kinds.Kind.EMAIL_SERVER}
_TITLES = {
    Kind.SOURCE: "The source “{}” is cut off for now",
    Kind.MAIL_SERVER: "The mail server {} takes no mail",
}
_LINKS = {Kind.SOURCE: "/sources", Kind.MAIL_SERVER: "/emails"}


@dataclass(frozen=True, slots=True)
class Target:
    """What may fail: a source by its id, a mail server by a digest of its address; *name* is for people."""

    kind: Kind
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Trial:
    """The right to try *target* while all others wait, for as long as the lease lasts."""

    target: Target
    number: int


def policy_of(configuration: Configuration, kind: Kind) -> Policy:
    """The policy of this installation for targets of *kind*."""
    failures = {Kind.SOURCE: configuration.source_breaker_failures, Kind.MAIL_SERVER: configuration.breaker_failures}
    return Policy(
        failures=failures[kind],
        pause=timedelta(seconds=configuration.breaker_pause_seconds),
        longest=timedelta(seconds=configuration.breaker_max_seconds),
    )


# ---- what those who pass report ---------------------------------------------------------------------------------------


def is_closed(target: Target) -> bool:
    """Whether all may pass."""
    found = queries.find_breaker(target.kind, target.key)
    return found is None or found.is_closed


@bookkeeping(COUNTED)
def report_failure(target: Target, error: str, policy: Policy, now: datetime, *, at_once: bool = False) -> bool:
    """Count a failure; whether the breaker is closed still. *error* is a sentence without secrets.

    Call it last in your transaction: what opens raises an alert.
    """
    with transaction.atomic():
        breaker = queries.lock_or_insert(target.kind, target.key, target.name)
        to = states.after_failure(breaker.standing, policy, now, at_once=at_once)
        _write(breaker, to, now, error=error)
    return to.state is State.CLOSED


@bookkeeping(COUNTED)
def report_success(target: Target, now: datetime) -> None:
    """Let the count of failures begin anew."""
    found = queries.find_breaker(target.kind, target.key)
    if found is None or states.after_success(found.standing) == found.standing:  # a look takes no lock
        return
    with transaction.atomic():
        breaker = queries.lock(target.kind, target.key)
        if breaker is not None:
            _write(breaker, states.after_success(breaker.standing), now)


# ---- the trial --------------------------------------------------------------------------------------------------------


@bookkeeping(COUNTED)
def take_trial(target: Target, by: str, lease: timedelta, now: datetime) -> Trial | None:
    """The right to try *target*, for the worker *by*; None when it is not due, or somebody else tries."""
    found = queries.find_breaker(target.kind, target.key)
    if found is None or not found.standing.is_due(now):  # a look takes no lock
        return None
    with transaction.atomic():
        breaker = queries.lock(target.kind, target.key)
        if breaker is None or not breaker.standing.is_due(now):
            return None
        to = states.with_trial(breaker.standing, now + lease)
        if not queries.write(breaker, to, trial_by=by):
            return None
    return Trial(target, to.trial)


def take_next_trial(kind: Kind, by: str, lease: timedelta, now: datetime) -> Trial | None:
    """The right to try any target of *kind* that is due; None when none is, or others try them."""
    for breaker in queries.due(kind, now):
        trial = take_trial(Target(kind, breaker.key, breaker.name), by, lease, now)
        if trial is not None:
            return trial
    return None


@bookkeeping(COUNTED)
def end_trial(trial: Trial, error: str, policy: Policy, now: datetime) -> bool:
    """Close the breaker, or with an *error* open it again for longer; False when the trial has passed to somebody else."""
    with transaction.atomic():
        breaker = _held(trial)
        if breaker is None:
            return False
        to = states.after_trial(breaker.standing, policy, now, success=not error)
        return _write(breaker, to, now, error=error or None)


@bookkeeping(COUNTED)
def give_trial_back(trial: Trial, now: datetime) -> None:
    """Let somebody else try: nothing was learnt."""
    with transaction.atomic():
        breaker = _held(trial)
        if breaker is not None:
            queries.write(breaker, states.without_trial(breaker.standing, now))


@bookkeeping(COUNTED)
def give_back_trials_of(kind: Kind, worker: str, now: datetime) -> None:
    """Let others try at once what *worker* was trying when it died."""
    with transaction.atomic():
        for breaker in queries.trials_of(kind, worker):
            queries.write(breaker, states.without_trial(breaker.standing, now))


def _held(trial: Trial) -> Breaker | None:
    breaker = queries.lock(trial.target.kind, trial.target.key)
    if breaker is None or breaker.state != State.HALF_OPEN or breaker.trial != trial.number:
        return None
    return breaker


# ---- what a person does, and what makes a breaker pointless -------------------------------------------------------------


def reset(breaker_id: UUID | str, now: datetime) -> Breaker:
    """Close a breaker by hand; Conflict when it is closed."""
    with transaction.atomic():
        breaker = queries.lock_by_id(queries.get_breaker(breaker_id).pk)
        if breaker is None or breaker.is_closed:
            raise Conflict("This breaker is closed already: everything passes.")
        _write(breaker, states.closed(breaker.standing), now)
        audited.reset(breaker, now)
    return queries.get_breaker(breaker.pk)


@bookkeeping(COUNTED)
def forget(kind: Kind, key: str, now: datetime) -> None:
    """Drop the breaker of a target that is gone or has another address now; in the caller's transaction."""
    with transaction.atomic():
        breaker = queries.lock(kind, key)
        if breaker is not None:
            if not breaker.is_closed:
                _write(breaker, states.closed(breaker.standing), now)
            queries.delete(breaker)


def forget_others(target: Target, now: datetime) -> None:
    """Drop the breakers of all other targets of its kind: there is one mail server at a time."""
    for key in queries.by_key(target.kind):
        if key != target.key:
            forget(target.kind, key, now)


# ---- writing ----------------------------------------------------------------------------------------------------------


def _write(breaker: Breaker, to: Standing, now: datetime, *, error: str | None = None) -> bool:
    """Write the row and say what that means; nothing when nothing changes but, perhaps, the last error."""
    was = breaker.standing
    if to == was:
        if error is not None:
            queries.keep_error(breaker, error, now)
        return True
    if not queries.write(breaker, to, error=error, now=now):
        return False
    if to.state is State.OPEN:
        _opened(breaker, to, error or "", now)
    elif to.state is State.CLOSED and was.state is not State.CLOSED:
        _closed(breaker, now)
    return True


def _opened(breaker: Breaker, to: Standing, error: str, now: datetime) -> None:
    kind = Kind(breaker.kind)
    assert to.next_trial_at is not None
    seconds = (to.next_trial_at - now).total_seconds()
    _log_on_commit(logging.WARNING, "breaker of the %s %s: open, next trial in %.0f s: %s", breaker, seconds, error)
    raise_alert(
        _ALERTS[kind],
        f"{kind}:{breaker.key}",
        title=_TITLES[kind].format(breaker.name),
        detail=error,
        link=_LINKS[kind],
        now=now,
    )


def _closed(breaker: Breaker, now: datetime) -> None:
    kind = Kind(breaker.kind)
    _log_on_commit(logging.INFO, "breaker of the %s %s: closed", breaker)
    closings.announce(kind)
    clear(_ALERTS[kind], f"{kind}:{breaker.key}", now=now)


def _log_on_commit(level: int, text: str, breaker: Breaker, *values: object) -> None:
    transaction.on_commit(partial(log.log, level, text, _WORDS[Kind(breaker.kind)], breaker.name, *values))
