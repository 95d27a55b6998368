"""Where the time of an execution went, as rectangles of a bar 1000 wide. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from presstime.executions.models import Attempt, Execution

WORDS = {"queue": "Waiting", "query": "Query", "render": "Render", "mail": "Compose mail", "rest": "Start and finish"}
WIDTH = 1000
LEAST = 4  # a stage that took no time worth mentioning is still to be seen


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its word, how many seconds it took, and its rectangle."""

    kind: str
    word: str
    seconds: float
    x: int
    width: int


def stages_of(execution: Execution, attempt: Attempt | None, sent_at: datetime | None) -> list[Stage]:
    """The stages of the last attempt: waiting, its steps as measured, what they leave, and the delivery of its mail."""
    measured = list(_measured(execution, attempt))
    if sent_at is not None and execution.finished_at is not None:
        measured.append(("deliver", "Deliver", max(0.0, (sent_at - execution.finished_at).total_seconds())))
    return _drawn(measured)


def _measured(execution: Execution, attempt: Attempt | None) -> Iterable[tuple[str, str, float]]:
    if attempt is None:
        return
    yield "queue", WORDS["queue"], max(0.0, (attempt.started_at - execution.queued_at).total_seconds())
    for step, seconds in sorted(attempt.timings.items(), key=_place):
        yield step, WORDS.get(step, step.capitalize()), float(seconds)
    if attempt.finished_at is not None:
        took = (attempt.finished_at - attempt.started_at).total_seconds()
        yield "rest", WORDS["rest"], max(0.0, took - sum(map(float, attempt.timings.values())))


def _place(step: tuple[str, float]) -> int:
    """Steps in the order in which they happen; PostgreSQL keeps the keys of JSON in an order of its own."""
    known = list(WORDS)
    return known.index(step[0]) if step[0] in known else len(known)


def _drawn(measured: list[tuple[str, str, float]]) -> list[Stage]:
    total = sum(seconds for _, _, seconds in measured)
    if not total:
        return []
    room, stages, x = WIDTH - LEAST * len(measured), [], 0
    for kind, word, seconds in measured:
        width = LEAST + int(room * seconds / total)
        stages.append(Stage(kind, word, seconds, x, width))
        x += width
    return stages
