"""The breaker before the mail server: who may send now, and what each outcome says of the server.

While it is open, mail waits and spends no try. Then one connection of one worker sends one mail as the trial; the others
wait for what becomes of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from presstime.breakers import service as breakers
from presstime.breakers.service import Target, Trial
from presstime.breakers.states import Kind, Policy
from presstime.mail.states import Health, Outcome, diagnose
from presstime.mail.transports.server import parse_server

# Each answer of a slow server may take 30 seconds; a worker that comes back gives its trial back at once.
LEASE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to send one mail; as the trial when there is one."""

    trial: Trial | None = None


def target_of(address: str) -> Target | None:
    """What the breaker of *address* stands before; None for a folder, which needs none.

    Another password is another target: what was refused with the old one says nothing of it.
    """
    if urlsplit(address).scheme == "file":
        return None
    server = parse_server(address)
    key = hashlib.blake2b(address.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16).hexdigest()
    return Target(Kind.MAIL_SERVER, key, f"{server.host}:{server.port}")


class Gate:
    """Where every connection of a sender asks before it takes a mail."""

    def __init__(self, address: str, node: str, policy: Policy) -> None:
        self._target = target_of(address)
        self._node = node
        self._policy = policy
        self._is_ours = False  # until then a predecessor of this name may be trying

    def take_over(self, now: datetime) -> None:
        """Give back what a predecessor of this name was trying, and drop the breakers of other mail servers.

        Once: afterwards a trial under this name is one of our own connections', which is at work.
        """
        if self._is_ours:
            return
        if self._target is not None:
            breakers.give_back_trials_of(Kind.MAIL_SERVER, self._node, now)
            breakers.forget_others(self._target, now)
        self._is_ours = True

    def ask(self, now: datetime) -> Permit | None:
        """The right to send; None while mail waits."""
        if self._target is None or breakers.is_closed(self._target):
            return Permit()
        trial = breakers.take_trial(self._target, self._node, LEASE, now) if self._is_ours else None
        return None if trial is None else Permit(trial)

    def give_back(self, permit: Permit, now: datetime) -> None:
        """There was nothing to send."""
        if permit.trial is not None:
            breakers.give_trial_back(permit.trial, now)

    def report(self, permit: Permit, outcome: Outcome, now: datetime) -> bool:
        """Say what became of a mail that was permitted; whether mail may go out now. Last in the transaction."""
        if self._target is None:
            return True
        health, words = diagnose(outcome)
        if permit.trial is not None:
            self._end(permit.trial, health, words, now)
        elif health is Health.ANSWERS:
            breakers.report_success(self._target, now)
        elif health is not Health.UNKNOWN:
            breakers.report_failure(self._target, words, self._policy, now, at_once=health is Health.REFUSES_US)
        return breakers.is_closed(self._target)

    def _end(self, trial: Trial, health: Health, words: str, now: datetime) -> None:
        if health is Health.UNKNOWN:
            breakers.give_trial_back(trial, now)
        else:
            breakers.end_trial(trial, words, self._policy, now)
