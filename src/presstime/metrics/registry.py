"""Where features hand in their metrics, and where all of them are collected."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from presstime.base import clock
from presstime.metrics.families import Collected, Metric, Sample
from presstime.metrics.service import Reading

Collector = Callable[[Reading], Iterable[Sample]]


@dataclass(frozen=True, slots=True)
class Group:
    """The metrics of one feature, under a heading for people, with what collects them."""

    title: str
    metrics: Sequence[Metric]
    collect: Collector


_groups: Final[dict[str, Group]] = {}


def register(title: str, metrics: Sequence[Metric], collect: Collector) -> None:
    """Add the metrics of a feature; under the same title they take the place of those before."""
    _groups[title] = Group(title, tuple(metrics), collect)


def groups() -> list[Group]:
    """Everything that was registered, in its order."""
    return list(_groups.values())


def collect(now: datetime) -> Collected:
    """Ask every feature for its values at *now*."""
    reading = Reading(now)
    return Collected(now, tuple(sample for group in groups() for sample in group.collect(reading)))


class Desk:
    """Answers many who ask at the same time with one collection, and nobody with one that began before they asked."""

    def __init__(self, collect: Callable[[datetime], Collected] = collect) -> None:
        self._collect = collect
        self._lock = threading.Lock()
        self._began = float("-inf")
        self._last: Collected | None = None

    def ask(self) -> Collected:
        """All values, of a moment after the question."""
        asked = time.monotonic()
        with self._lock:
            if self._last is None or self._began < asked:
                self._began = time.monotonic()
                self._last = self._collect(clock.now())
            return self._last


desk: Final = Desk()
