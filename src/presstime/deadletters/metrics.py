"""The metrics of dead letters."""

from __future__ import annotations

from collections.abc import Iterator

from presstime.deadletters import queries
from presstime.deadletters.states import Status
from presstime.executions.states import Category
from presstime.metrics.families import Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading

LETTERS = Metric("presstime_dead_letters", "Dead letters that are listed.", ("status",))
OPEN = Metric(
    "presstime_dead_letters_open", "Dead letters that wait for a person, by the category of their error.", ("category",)
)
OLDEST = Metric(
    "presstime_dead_letter_oldest_age_seconds", "How long the oldest dead letter has been waiting for a person."
)
AVERAGE = Metric(
    "presstime_dead_letter_age_average_seconds",
    "How long those that wait for a person have been waiting; absent without any.",
)


def register() -> None:
    add("Dead letters", (LETTERS, OPEN, OLDEST, AVERAGE), collect)


def collect(reading: Reading) -> Iterator[Sample]:
    counted = queries.counts_by_status(queries.Filter())
    for status in Status:
        yield LETTERS.value(counted[status], status=status.value)
    ages = queries.open_since()
    for category in Category:
        yield OPEN.value(sum(each == category for each, _ in ages), category=category.value)
    waited = [(reading.now - at).total_seconds() for _, at in ages]
    yield OLDEST.value(max(waited, default=0))
    yield AVERAGE.value(sum(waited) / len(waited) if waited else None)
