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


def test_ids_of_one_process_sort_in_the_order_they_were_made() -> None:
    made = []
    for _ in range(1_000):
        made.append(uuid7())
        until = time.time_ns() + 500  # the 12 bits tell moments apart that are 244 ns from each other
        while time.time_ns() < until:
            pass
    assert made == sorted(made)
