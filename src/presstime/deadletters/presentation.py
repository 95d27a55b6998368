"""A dead letter as the API and the commands show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from presstime.api.schemas import identifier, instant, reference
from presstime.deadletters import queries
from presstime.deadletters.models import DeadLetter
from presstime.executions import queries as executions
from presstime.executions.models import Attempt
from presstime.executions.presentation import present_attempt, present_error, reference_of


def present(letter: DeadLetter, now: datetime) -> dict[str, Any]:
    """One dead letter with its whole retry history."""
    return present_all([letter], now)[0]


def present_all(letters: Sequence[DeadLetter], now: datetime) -> list[dict[str, Any]]:
    """As `present`, with four queries for all of them."""
    attempts = queries.attempts_of(letters)
    names = executions.names_of([letter.execution for letter in letters])
    return [_present(letter, names, attempts[letter.pk], now) for letter in letters]


def seconds_in_queue(letter: DeadLetter, now: datetime) -> float:
    """How long it has waited for somebody, until *now* or until it was resolved."""
    return max(0.0, ((letter.resolved_at or now) - letter.dead_at).total_seconds())


def _present(
    letter: DeadLetter, names: Mapping[UUID | None, str], attempts: Iterable[Attempt], now: datetime
) -> dict[str, Any]:
    execution = letter.execution
    return {
        "id": identifier(letter.pk),
        "execution": identifier(letter.execution_id),
        "schedule": reference_of(execution.schedule_id, names),
        "report": reference_of(execution.report_id, names),
        "trigger": execution.trigger,
        "scheduled_for": instant(execution.scheduled_for),
        "parameters": execution.parameters,
        "timeout_seconds": execution.timeout_seconds,
        "error": present_error(letter),
        "fingerprint": letter.fingerprint,
        "attempts": [present_attempt(each) | {"execution": identifier(each.execution_id)} for each in attempts],
        "retry": identifier(letter.retry_id) if letter.retry_id else None,
        "dead_at": instant(letter.dead_at),
        "seconds_in_queue": seconds_in_queue(letter, now),
        "status": letter.status,
        "resolved_at": instant(letter.resolved_at),
        "resolved_by": reference(letter.resolved_by),
        "note": letter.note,
    }
