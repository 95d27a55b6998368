"""The Merkle tree of RFC 6962 and RFC 9162: appending, roots, proofs and how they are verified. Pure.

A leaf's number counts from 0: entry n is leaf n - 1. Hashes of whole subtrees are kept at levels 8, 16, 24 …, that is one
for every 256 entries and up; all others are computed from at most 256 of the level below.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

HASH_BYTES = 32
STEP = 8  # levels between two that are kept
RUN = 1 << STEP
EMPTY = hashlib.sha256(b"").digest()

Keep = Callable[[int, int, bytes], None]
# hashes(level, first, end): those of the subtrees of 2^level leaves numbered first … end-1; level is 0, 8, 16 …
Hashes = Callable[[int, int, int], Sequence[bytes]]


def leaf_hash(body: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """All that appending needs: the roots of the whole subtrees, the largest first, one for each bit of the size."""

    __slots__ = ("roots", "size")

    def __init__(self, size: int = 0, packed: bytes = b"") -> None:
        self.size = size
        self.roots = [packed[place : place + HASH_BYTES] for place in range(0, len(packed), HASH_BYTES)]

    def push(self, leaf: bytes, keep: Keep | None = None) -> None:
        """Append a leaf's hash; *keep* is told of each subtree that got whole at a level that is kept."""
        self.extend((leaf,), keep)

    def extend(self, leaves: Iterable[bytes], keep: Keep | None = None) -> None:
        """Append many, as `push` does one."""
        roots, size, sha256 = self.roots, self.size, hashlib.sha256  # a third of the time is looking up names
        for leaf in leaves:
            rest, level, found = size, 0, leaf
            while rest & 1:
                found = sha256(b"\x01" + roots.pop() + found).digest()
                rest >>= 1
                level += 1
                if keep is not None and level % STEP == 0:
                    keep(level, rest, found)
            roots.append(found)
            size += 1
        self.size = size

    def join(self, level: int, found: bytes) -> None:
        """Append a whole subtree of 2^level leaves, where the size is a multiple of that."""
        rest = self.size >> level
        while rest & 1:
            found = node_hash(self.roots.pop(), found)
            rest >>= 1
        self.roots.append(found)
        self.size += 1 << level

    def root(self) -> bytes:
        if not self.roots:
            return EMPTY
        found = self.roots[-1]
        for left in self.roots[-2::-1]:
            found = node_hash(left, found)
        return found

    def packed(self) -> bytes:
        return b"".join(self.roots)


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over *hashes*, whose number is a power of two."""
    found = list(hashes)
    while len(found) > 1:
        found = [node_hash(found[place], found[place + 1]) for place in range(0, len(found), 2)]
    return found[0]


def range_root(hashes: Hashes, first: int, end: int) -> bytes:
    """The root over the leaves first … end-1, where *first* is a multiple of the smallest power of two that holds them."""
    size = end - first
    if size == 0:
        return EMPTY
    half = _split(size)
    if size == 1 or half * 2 == size:
        level = size.bit_length() - 1
        kept = level - level % STEP
        return perfect_root(hashes(kept, first >> kept, end >> kept))
    return node_hash(range_root(hashes, first, first + half), range_root(hashes, first + half, end))


def inclusion(hashes: Hashes, leaf: int, size: int) -> list[bytes]:
    """The proof that *leaf* is in the tree of *size* leaves (RFC 9162, 2.1.3.1)."""
    return _inclusion(hashes, leaf, 0, size)


def _inclusion(hashes: Hashes, leaf: int, first: int, end: int) -> list[bytes]:
    if end - first == 1:
        return []
    middle = first + _split(end - first)
    if leaf < middle:
        return [*_inclusion(hashes, leaf, first, middle), range_root(hashes, middle, end)]
    return [*_inclusion(hashes, leaf, middle, end), range_root(hashes, first, middle)]


def consistency(hashes: Hashes, old: int, size: int) -> list[bytes]:
    """The proof that the tree of *size* leaves only continues that of *old* leaves (RFC 9162, 2.1.4.1)."""
    return _consistency(hashes, old, 0, size, whole=True) if 0 < old < size else []


def _consistency(hashes: Hashes, old: int, first: int, end: int, *, whole: bool) -> list[bytes]:
    if old == end:
        return [] if whole else [range_root(hashes, first, end)]
    middle = first + _split(end - first)
    if old <= middle:
        return [*_consistency(hashes, old, first, middle, whole=whole), range_root(hashes, middle, end)]
    return [*_consistency(hashes, old, middle, end, whole=False), range_root(hashes, first, middle)]


def _split(size: int) -> int:
    """The largest power of two below *size*."""
    return 1 << ((size - 1).bit_length() - 1) if size > 1 else 0


def is_included(body_hash: bytes, leaf: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether *proof* leads from the leaf to *root* (RFC 9162, 2.1.3.2)."""
    if leaf >= size:
        return False
    place, last, found = leaf, size - 1, body_hash
    for each in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(each, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Whether *proof* leads from the tree of *old* leaves to that of *size* leaves (RFC 9162, 2.1.4.2)."""
    if old == size:
        return not proof and old_root == root
    if not 0 < old < size or not proof:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            older, newer = node_hash(each, older), node_hash(each, newer)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            newer = node_hash(newer, each)
        place, last = place >> 1, last >> 1
    return last == 0 and older == old_root and newer == root
