"""The tree as the database keeps it: hashes for roots and proofs, also over entries that are no longer there."""

from __future__ import annotations

from collections.abc import Sequence

from presstime.audit import queries
from presstime.audit.merkle import Frontier, range_root


class Gone(LookupError):  # noqa: N818 - reads as a state
    """A proof needs hashes of entries that were removed after they had been sealed; their file has them."""


def hashes(level: int, first: int, end: int) -> Sequence[bytes]:
    """The hashes of the subtrees first … end-1 of *level*, which is 0, 8, 16 …; Gone when they are not all there."""
    found = queries.leaves(first, end) if level == 0 else queries.nodes(level, first, end)
    if len(found) != end - first:
        raise Gone(f"Hashes {first} to {end} of level {level} are not in the database.")
    return found


def root(size: int) -> bytes:
    """The root of the first *size* entries."""
    return range_root(hashes, 0, size)


def frontier_at(size: int) -> Frontier:
    """All that is needed to append behind the first *size* entries."""
    parts = [range_root(hashes, first, first + (1 << level)) for level, first in left_of(size)]
    return Frontier(size, b"".join(parts))


def left_of(size: int) -> list[tuple[int, int]]:
    """The whole subtrees that make up the first *size* leaves, as (level, first leaf), the largest first."""
    found, first = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            found.append((level, first))
            first += 1 << level
    return found


def right_of(first: int, size: int) -> list[tuple[int, int]]:
    """The whole subtrees that lead from leaf *first* to the end of *size* leaves, as (level, first leaf), in order."""
    found = []
    while first < size:
        level = (first & -first).bit_length() - 1 if first else size.bit_length() - 1
        while first + (1 << level) > size:
            level -= 1
        found.append((level, first))
        first += 1 << level
    return found


def subtree(level: int, first: int) -> bytes:
    """The root of the whole subtree of 2^level leaves that begins with leaf *first*."""
    return range_root(hashes, first, first + (1 << level))
