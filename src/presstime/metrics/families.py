"""What a metric is, and one value of it. Pure; imports nothing of Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

PREFIX = "presstime_"
UNITS = ("seconds", "bytes", "ratio")


class Kind(StrEnum):
    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's name, what it is in a sentence, and the names of its labels. Labels never hold what people have named."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    kind: Kind = Kind.GAUGE

    @property
    def unit(self) -> str:
        """As the name ends: "seconds", "bytes", "ratio"; empty for plain numbers."""
        return next((unit for unit in UNITS if self.name.removesuffix("_total").endswith(f"_{unit}")), "")

    def value(self, value: float | None, at: datetime | None = None, **labels: str) -> Sample:
        """A value of this metric; None where there is none to tell, such as a ratio of nothing."""
        return Sample(self, value, labels, at)

    def histogram(self, buckets: Sequence[tuple[float, int]], total: float) -> Sample:
        """A distribution: upper bounds with cumulative counts, the last bound infinite, and the sum of all values."""
        return Sample(self, total, {}, buckets=tuple(buckets))


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a metric; `at` is when it was measured, where that was not just now."""

    metric: Metric
    value: float | None
    labels: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    buckets: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Collected:
    """All values of one moment."""

    at: datetime
    samples: tuple[Sample, ...]
