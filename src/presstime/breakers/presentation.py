"""A breaker as the API and the commands show it."""

from __future__ import annotations

from typing import Any

from presstime.api.schemas import identifier, instant
from presstime.breakers.models import Breaker
from presstime.breakers.states import State


def present(breaker: Breaker) -> dict[str, Any]:
    """One breaker with the target that it stands before."""
    return {
        "id": identifier(breaker.pk),
        "target": {"kind": breaker.kind, "id": breaker.key, "name": breaker.name},
        **present_standing(breaker),
        "last_error_at": instant(breaker.last_error_at),
    }


def present_standing(breaker: Breaker | None) -> dict[str, Any]:
    """How a breaker stands; None is one that has never counted a failure."""
    if breaker is None:
        breaker = Breaker(state=State.CLOSED)
    return {
        "state": breaker.state,
        "failures": breaker.failures,
        "opened_at": instant(breaker.opened_at),
        "next_trial_at": instant(breaker.next_trial_at),
        "last_error": breaker.last_error or None,
    }
