"""The metrics of breakers, by kind alone: their names are those of people and of hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from presstime.breakers import queries
from presstime.breakers.states import Kind, State
from presstime.metrics.families import Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading

BREAKERS = Metric(
    "presstime_breakers",
    "Breakers of sources and of the mail server that have ever counted a failure.",
    ("kind", "state"),
)
SINCE = Metric(
    "presstime_breaker_open_age_seconds",
    "How long the breaker that has been open longest has been so; 0 without any.",
    ("kind",),
)


def register() -> None:
    add("Breakers", (BREAKERS, SINCE), collect)


def collect(reading: Reading) -> Iterator[Sample]:
    rows = list(queries.list_breakers().order_by().values_list("kind", "state", "opened_at"))
    counted = Counter((kind, state) for kind, state, _ in rows)
    for kind in Kind:
        for state in State:
            yield BREAKERS.value(counted[kind, state], kind=kind.value, state=state.value)
        ages = [(reading.now - at).total_seconds() for each, _, at in rows if each == kind and at is not None]
        yield SINCE.value(max(ages, default=0), kind=kind.value)
