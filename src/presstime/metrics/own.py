"""The metrics about Presstime itself."""

from __future__ import annotations

from collections.abc import Iterator

import presstime
from presstime.metrics.families import Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading

BUILD = Metric("presstime_build_info", "The version that answers; the value is always 1.", ("version",))
COLLECTED = Metric("presstime_collected_timestamp_seconds", "When these values were read, in seconds since 1970.")


def collect(reading: Reading) -> Iterator[Sample]:
    yield BUILD.value(1, version=presstime.__version__)
    yield COLLECTED.value(reading.now.timestamp())


def register() -> None:
    add("Presstime", (BUILD, COLLECTED), collect)
