"""UUIDv7: the right bits, sorted by time."""

from __future__ import annotations

import time
import uuid

from hypothesis import given
from hypothesis import strategies as st

from presstime.base.ids import uuid7


@given(st.integers(0, 100))
def test_version_variant_and_time_are_those_of_the_standard(_: int) -> None:
    made = uuid7()
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert abs((made.int >> 80) - time.time_ns() // 1_000_000) < 5_000


def test_ids_are_different() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000
