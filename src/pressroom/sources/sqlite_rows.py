"""From SQLite's values to Arrow: each column takes the narrowest type that holds all its values so far.

SQLite types values, not columns. A column goes from whole numbers to floating point to text and never back; binary values
stay binary as long as nothing else comes, and are hexadecimal text otherwise.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any

from arro3.core import Array, DataType, RecordBatch, Table

_FIRST_ROWS = 1_000
_MOST_ROWS = 50_000
_WANTED_BYTES = 16 << 20
LONGEST_VALUE = 64 << 20  # bytes or characters


class Storage(IntEnum):
    """What a column holds so far; the greater of two holds the values of both, but for binary (see `wider`)."""

    EMPTY = 0
    INTEGER = 1
    REAL = 2
    TEXT = 3
    BINARY = 4


_ARROW = {
    Storage.EMPTY: DataType.utf8(),
    Storage.INTEGER: DataType.int64(),
    Storage.REAL: DataType.float64(),
    Storage.TEXT: DataType.utf8(),
    Storage.BINARY: DataType.binary(),
}
_STORAGE = {
    type(None): Storage.EMPTY,
    int: Storage.INTEGER,
    float: Storage.REAL,
    str: Storage.TEXT,
    bytes: Storage.BINARY,
}


def wider(one: Storage, other: Storage) -> Storage:
    """The storage that holds the values of both."""
    low, high = sorted((one, other))
    if high is Storage.BINARY and low not in (Storage.EMPTY, Storage.BINARY):
        return Storage.TEXT
    return high


class RowReader:
    """Reads a cursor in batches that grow until they are about 16 MB, at least one batch."""

    def __init__(self, cursor: sqlite3.Cursor, names: Sequence[str]) -> None:
        self._cursor = cursor
        self._names = list(names)
        self._storages = [Storage.EMPTY] * len(names)
        self._rows = _FIRST_ROWS

    def tables(self) -> Iterator[Table]:
        rows = self._cursor.fetchmany(self._rows)
        yield self._table(rows)
        while rows := self._cursor.fetchmany(self._rows):
            yield self._table(rows)

    def _table(self, rows: Sequence[tuple[Any, ...]]) -> Table:
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [() for _ in self._names]
        arrays = [self._array(position, values) for position, values in enumerate(columns)]
        table = Table.from_batches([RecordBatch.from_arrays(arrays, names=self._names)])
        if table.nbytes < _WANTED_BYTES:
            self._rows = min(self._rows * 4, _MOST_ROWS)
        elif table.nbytes > 2 * _WANTED_BYTES:
            self._rows = max(self._rows // 8, 1)
        return table

    def _array(self, position: int, values: Sequence[Any]) -> Array:
        storage = self._storages[position]
        for kind in set(map(type, values)):
            storage = wider(storage, _STORAGE[kind])
        self._storages[position] = storage
        if storage is Storage.TEXT:
            values = [value if value is None or type(value) is str else _as_text(value) for value in values]
        if (
            storage in (Storage.TEXT, Storage.BINARY)
            and max((len(value) for value in values if value), default=0) > LONGEST_VALUE
        ):
            raise sqlite3.DataError("string or blob too big")  # as SQLite says itself where its own limit can be set
        return Array(values, _ARROW[storage])


def _as_text(value: float | bytes) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


# ---- declared types -------------------------------------------------------------------------------------------------

_DECLARED = re.compile(r"\s*([a-z ]+?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.IGNORECASE)
_PLAIN = {
    "date": "DATE",
    "time": "TIME",
    "bool": "BOOLEAN",
    "boolean": "BOOLEAN",
    "datetime": "TIMESTAMP",
    "timestamp": "TIMESTAMP",
    "timestamp without time zone": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "timestamp with time zone": "TIMESTAMPTZ",
    "real": "DOUBLE",
    "double": "DOUBLE",
    "double precision": "DOUBLE",
    "float": "DOUBLE",
    "int": "BIGINT",
    "integer": "BIGINT",
    "bigint": "BIGINT",
}
_MOST_DIGITS = 38


def duckdb_type(declared: str) -> str | None:
    """The DuckDB type that SQLite's *declared* type asks for, None when it asks for none in particular."""
    match = _DECLARED.fullmatch(declared)
    if not match:
        return None
    name = match[1].lower()
    if name in ("decimal", "numeric") and match[2]:
        digits, scale = int(match[2]), int(match[3] or 0)
        return f"DECIMAL({digits},{scale})" if 0 < digits <= _MOST_DIGITS and scale <= digits else None
    return _PLAIN.get(name)
