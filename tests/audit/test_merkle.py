"""The tree is that of RFC 6962; known answers are those of Certificate Transparency's reference tests."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presstime.audit.merkle import (
    EMPTY,
    Frontier,
    consistency,
    inclusion,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    range_root,
)

# certificate-transparency, merkletree/merkle_tree_test.cc
INPUTS = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
INPUTS.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


class Store:
    """Leaves, and the kept nodes as the log keeps them."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.rows = {(0, place): leaf for place, leaf in enumerate(leaves)}
        self.frontier = Frontier()
        for leaf in leaves:
            self.frontier.push(leaf, self.keep)

    def keep(self, level: int, position: int, found: bytes) -> None:
        self.rows[level, position] = found

    def __call__(self, level: int, first: int, end: int) -> list[bytes]:
        return [self.rows[level, place] for place in range(first, end)]


def plain_root(leaves: Sequence[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, word by word."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else EMPTY
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(plain_root(leaves[:half]), plain_root(leaves[half:]))


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def test_the_roots_of_the_reference_tests() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY
    for text, root in zip(INPUTS, ROOTS, strict=True):
        frontier.push(leaf_hash(text))
        assert frontier.root().hex() == root


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 600, 1024])
def test_frontier_kept_nodes_and_definition_agree(size: int) -> None:
    leaves = leaves_of(size)
    store = Store(leaves)
    assert store.frontier.root() == plain_root(leaves) == range_root(store, 0, size)
    assert Frontier(size, store.frontier.packed()).root() == plain_root(leaves)


@given(st.integers(1, 700), st.data())
def test_proofs_hold_for_what_is_true_and_for_nothing_else(size: int, data: st.DataObject) -> None:
    store = Store(leaves_of(size))
    root = store.frontier.root()
    leaf = data.draw(st.integers(0, size - 1))
    proof = inclusion(store, leaf, size)
    assert is_included(store.rows[0, leaf], leaf, size, proof, root)
    assert not is_included(leaf_hash(b"forged"), leaf, size, proof, root)
    assert not is_included(store.rows[0, leaf], leaf, size + 1, proof, leaf_hash(b"other root"))
    old = data.draw(st.integers(1, size))
    old_root = range_root(store, 0, old)
    proof = consistency(store, old, size)
    assert is_consistent(old, size, proof, old_root, root)
    assert not is_consistent(old, size, proof, leaf_hash(b"another past"), root)
