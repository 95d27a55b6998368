"""From MySQL's rows, which are text, to Arrow: the type of a column is the server's, and Arrow's own casts read the values.

The casts run over whole columns. A date that there is none of (`0000-00-00`, the 30th of February under a loose sql_mode)
becomes NULL; a number that did not fit would be an error, never a NULL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from arro3.core import Array, DataType, RecordBatch, Table

from pressroom.errors import DataError
from pressroom.sources.stream import Hints

_FIRST_ROWS = 1_000
_FIRST_LONG_ROWS = 16  # of columns whose values may have megabytes
_LONG = 1 << 20
_MOST_ROWS = 50_000
_WANTED_BYTES = 16 << 20
_MOST_DIGITS = 38

_BINARY_CHARSET = 63
_UNSIGNED, _BINARY, _NUMERIC_SCALE = 32, 128, 31


class Code(Enum):
    """Types of columns in the protocol of MySQL and MariaDB."""

    DECIMAL = 0
    TINY = 1
    SHORT = 2
    LONG = 3
    FLOAT = 4
    DOUBLE = 5
    NULL = 6
    TIMESTAMP = 7
    LONGLONG = 8
    INT24 = 9
    DATE = 10
    TIME = 11
    DATETIME = 12
    YEAR = 13
    NEWDATE = 14
    VARCHAR = 15
    BIT = 16
    VECTOR = 242
    JSON = 245
    NEWDECIMAL = 246
    ENUM = 247
    SET = 248
    TINY_BLOB = 249
    MEDIUM_BLOB = 250
    LONG_BLOB = 251
    BLOB = 252
    VAR_STRING = 253
    STRING = 254
    GEOMETRY = 255


_WHOLE = (Code.TINY, Code.SHORT, Code.LONG, Code.INT24, Code.LONGLONG, Code.YEAR)
_PLAIN = {
    Code.FLOAT: DataType.float64(),
    Code.DOUBLE: DataType.float64(),
    Code.DATE: DataType.date32(),
    Code.NEWDATE: DataType.date32(),
    Code.DATETIME: DataType.timestamp("us"),
    Code.TIMESTAMP: DataType.timestamp("us", tz="UTC"),
}
_MAY_BE_NO_DATE = (Code.DATE, Code.NEWDATE, Code.DATETIME, Code.TIMESTAMP)


class Described(Protocol):
    """What the server says of a column (pymysql's FieldDescriptorPacket)."""

    name: str
    type_code: int
    length: int
    scale: int
    flags: int
    charsetnr: int


class Cursor(Protocol):
    """What is used of a cursor that does not buffer."""

    def fetchmany(self, size: int) -> Sequence[tuple[Any, ...]]: ...


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is read: the Arrow type of its values, and what DuckDB must know besides."""

    name: str
    code: Code
    type: DataType
    declared: str | None = None

    @classmethod
    def of(cls, field: Described) -> Column:
        """DataError for a type that a report cannot read."""
        code = Code(field.type_code) if field.type_code in {known.value for known in Code} else Code.GEOMETRY
        if code in (Code.GEOMETRY, Code.VECTOR):
            raise DataError(
                f'The column "{field.name}" has the type {code.name.lower()}, which a report cannot read.',
                remedy="Cast it in the query, for example with ST_AsText(…).",
                code="conversion",
            )
        return cls(field.name, code, *_type_of(field, code))


def _type_of(field: Described, code: Code) -> tuple[DataType, str | None]:
    """The Arrow type of a column, and the DuckDB type it takes where every value fits."""
    if code in _WHOLE:
        kind = DataType.uint64() if field.flags & _UNSIGNED and code is Code.LONGLONG else DataType.int64()
        # BOOLEAN is TINYINT(1), and nothing keeps a 2 out of it.
        return kind, "BOOLEAN" if (code, field.length) == (Code.TINY, 1) else None
    if code in (Code.DECIMAL, Code.NEWDECIMAL):
        return _decimal(field)
    if code is Code.BIT:
        return (DataType.bool(), None) if field.length == 1 else (DataType.uint64(), None)
    if code is Code.TIME:
        return DataType.utf8(), "TIME"  # text where one is negative or has more than 24 hours
    if code in _PLAIN:
        return _PLAIN[code], None
    is_binary = field.charsetnr == _BINARY_CHARSET and code not in (Code.JSON, Code.NULL)
    return DataType.binary() if is_binary else DataType.utf8(), None


def _decimal(field: Described) -> tuple[DataType, str | None]:
    """`DECIMAL(p,s)`: the server tells the width, in which sign and point count."""
    digits = field.length - (1 if field.scale else 0) - (0 if field.flags & _UNSIGNED else 1)
    if field.scale <= digits <= _MOST_DIGITS and field.scale < _NUMERIC_SCALE:
        return DataType.decimal128(max(digits, 1), field.scale), None
    return DataType.utf8(), "DECIMAL"


def hints_of(columns: Sequence[Column]) -> Hints:
    return Hints(declared={place: column.declared for place, column in enumerate(columns) if column.declared})


class RowReader:
    """Reads a cursor in batches that grow until they are about 16 MB, at least one batch."""

    def __init__(self, cursor: Cursor, columns: Sequence[Column], longest: int) -> None:
        self._cursor = cursor
        self._columns = columns
        self._rows = _FIRST_LONG_ROWS if longest > _LONG else _FIRST_ROWS

    def tables(self) -> Iterator[Table]:
        rows = self._cursor.fetchmany(self._rows)
        yield self._table(rows)
        while rows := self._cursor.fetchmany(self._rows):
            yield self._table(rows)

    def _table(self, rows: Sequence[tuple[Any, ...]]) -> Table:
        values: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [() for _ in self._columns]
        arrays = [_array(column, given) for column, given in zip(self._columns, values, strict=True)]
        names = [column.name for column in self._columns]
        table = Table.from_batches([RecordBatch.from_arrays(arrays, names=names)])
        if table.nbytes < _WANTED_BYTES:
            self._rows = min(self._rows * 4, _MOST_ROWS)
        elif table.nbytes > 2 * _WANTED_BYTES:
            self._rows = max(self._rows // 8, 1)
        return table


def _array(column: Column, values: Sequence[Any]) -> Array:
    if column.code is Code.BIT:
        numbers = [None if value is None else int.from_bytes(value, "big") for value in values]
        return Array(
            [bool(n) if n is not None else None for n in numbers] if column.type == DataType.bool() else numbers,
            column.type,
        )
    if column.type == DataType.binary():
        return Array(values, column.type)
    text = Array(values, DataType.utf8())
    if column.type == DataType.utf8():
        return text
    read = text.cast(column.type)
    if read.null_count != text.null_count and column.code not in _MAY_BE_NO_DATE:
        raise DataError(f'A value of the column "{column.name}" is not of its type.', code="conversion")
    return read
