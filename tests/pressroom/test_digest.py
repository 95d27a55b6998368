"""Digests of files that are followed while they are written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pressroom.digest import Following, sha256

MANY_BYTES = 8 << 20  # two steps


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def blocks() -> Iterator[bytes]:
    yield from (bytes([number % 251]) * 65_536 for number in range(MANY_BYTES // 65_536))
    yield b"end"


def test_a_file_is_followed_to_its_end_and_wherever_it_moves(path: Path, tmp_path: Path) -> None:
    with Following(path) as following, path.open("wb", buffering=0) as file:
        for block in blocks():
            file.write(block)
    expected = hashlib.sha256(b"".join(blocks())).hexdigest()
    assert following.sha256(path) == expected
    moved = path.rename(tmp_path / "moved")
    assert following.sha256(moved) == expected == sha256(moved)


@pytest.mark.parametrize(
    "options",
    ["format csv", "format csv, prefix 'a,b', suffix 'end', header false", "format parquet, compression zstd"],
)
def test_duckdb_writes_files_from_their_beginning_to_their_end(path: Path, options: str) -> None:
    with Following(path) as following, duckdb.connect(config={"threads": 4}) as connection:
        connection.execute(f"copy (select range as a, hash(range) as b from range(1000000)) to '{path}' ({options})")
    assert path.stat().st_size > MANY_BYTES
    assert following.sha256(path) == sha256(path)


def test_another_file_in_its_place_is_not_the_one_that_was_followed(path: Path) -> None:
    with Following(path) as following:
        path.write_bytes(b"one")
    assert following.sha256(path) == hashlib.sha256(b"one").hexdigest()
    with path.open("ab") as file:
        file.write(b" more")
    assert following.sha256(path) is None
    other = path.with_name("other")
    other.write_bytes(b"two")
    other.rename(path)
    assert following.sha256(path) is None


def test_a_file_that_nobody_writes_has_none(path: Path) -> None:
    with Following(path) as following:
        pass
    path.write_bytes(b"later")
    assert following.sha256(path) is None
