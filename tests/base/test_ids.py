"""UUIDv7: the right bits, sorted by time."""

from __future__ import annotations

import time
import uuid

from presstime.base.ids import uuid7


def test_version_variant_and_time_are_those_of_the_standard() -> None:
    for made in [uuid7() for _ in range(1_000)]:
        assert (made.version, made.variant) == (7, uuid.RFC_4122)
        assert abs((made.int >> 80) - time.time_ns() // 1_000_000) < 60_000


def test_ids_are_different() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000
