"""Column types of the workspace: what kind each is, how it is read, and what a declared type is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import duckdb

from pressroom.document import Field, Kind
from pressroom.sources.stream import GUESSED

_INTEGERS = frozenset(
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
)
_ZONED = "TIMESTAMP WITH TIME ZONE"
_MOMENTS = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", _ZONED)
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_MOST_DIGITS = 38
_SHORT_DIGITS = 18  # as many as 8 bytes hold


def identifier(name: str) -> str:
    """*name* as a quoted identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """*text* as a string literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def kind_of(type_: str) -> Kind:
    """The kind of a DuckDB type; what is no number, boolean or moment is text."""
    if type_ in _INTEGERS:
        return Kind.INTEGER
    if match := _DECIMAL.fullmatch(type_):
        return Kind.DECIMAL if int(match[2]) else Kind.INTEGER
    plain = {
        "FLOAT": Kind.FLOAT,
        "DOUBLE": Kind.FLOAT,
        "BOOLEAN": Kind.BOOLEAN,
        "DATE": Kind.DATE,
        "TIME": Kind.TIME,
        **dict.fromkeys(_MOMENTS, Kind.TIMESTAMP),
    }
    return plain.get(type_, Kind.TEXT)


def is_fixed(type_: str) -> bool:
    """Whether the declared *type_* says all: what to cast to, without a look at the values."""
    return _DECIMAL.fullmatch(type_) is not None


def reading(field: Field, zone: ZoneInfo) -> str:
    """SQL that gives *field* as its kind: instants as local time of *zone*, all that is shown as text as text.

    Dates outside the years 1 to 9999, `infinity` among them, are NULL: neither Python nor a workbook has them.
    """
    column = identifier(field.name)
    match field.kind:
        case Kind.INTEGER:
            return f"{column}::hugeint" if field.type.startswith("DECIMAL") else column
        case Kind.DATE:
            return f"case when {column} between date '0001-01-01' and date '9999-12-31' then {column} end"
        case Kind.TIMESTAMP:
            moment = f"timezone({quoted(zone.key)}, {column})" if field.type == _ZONED else f"{column}::timestamp"
            first, last = "timestamp '0001-01-01'", "timestamp '9999-12-31 23:59:59.999999'"
            return f"case when {moment} between {first} and {last} then {moment} end"
        case Kind.TEXT if field.type == "BLOB":
            return f"lower(hex({column}))"
        case Kind.TEXT:
            return column if field.type == "VARCHAR" else f"{column}::varchar"
        case _:
            return column


# ---- declared types -------------------------------------------------------------------------------------------------

_DATE = r"\d{4}-\d{2}-\d{2}"
_TIME = r"\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_OFFSET = r" ?(Z|z|[+-]\d{2}(:?\d{2})?)"
_TEXT_PATTERNS = {
    "DATE": _DATE,
    "TIME": _TIME,
    "TIMESTAMP": f"{_DATE}([ T]{_TIME})?",
    _ZONED: f"{_DATE}[ T]{_TIME}{_OFFSET}",
}
_ROUNDING = 1e-9  # what a binary fraction may differ from the decimal one it stands for, of its size


@dataclass(frozen=True, slots=True)
class Declared:
    """A column of a table and the type that its database declares for it without enforcing it."""

    table: str
    column: str
    type: str  # as it is stored so far
    wanted: str


def settle(connection: duckdb.DuckDBPyConnection, declared: Sequence[Declared]) -> list[str]:
    """Give each column its declared type where every value fits, and leave it as it is where one does not.

    All are of one table. Gives their types as they are then.
    """
    types = [column.type for column in declared]
    guesses = _guesses(connection, [column for column in declared if column.wanted == GUESSED])
    left = {
        column: iter(guesses.get(column, ()) if column.wanted == GUESSED else _candidates(connection, column))
        for column in declared
    }
    while left:
        tried = {column: next(candidates, column.type) for column, candidates in left.items()}
        tried = {column: candidate for column, candidate in tried.items() if candidate != column.type}
        fitting = _fitting(connection, tried)
        for column in fitting:
            _change(connection, column, tried[column])
            types[declared.index(column)] = tried[column]
        left = {column: left[column] for column in tried if column not in fitting}
    return types


def widen(connection: duckdb.DuckDBPyConnection, table: str, column: str, old: str, new: str) -> None:
    """Change *column* from *old* to *new*, which holds all its values; binary becomes hexadecimal text."""
    name = identifier(column)
    using = f"lower(hex({name}))" if (old, new) == ("BLOB", "VARCHAR") else f"{name}::{new}"
    connection.execute(f"alter table {identifier(table)} alter column {name} type {new} using {using}")


def _candidates(connection: duckdb.DuckDBPyConnection, column: Declared) -> tuple[str, ...]:
    if column.wanted == "TIMESTAMP":
        return ("TIMESTAMP", _ZONED)
    if column.wanted == "DECIMAL":
        return (_measured_decimal(connection, column), "DOUBLE")
    if column.wanted.startswith("DECIMAL") and column.type == "VARCHAR":
        return (column.wanted, "DOUBLE")
    return (column.wanted,)


def _guesses(connection: duckdb.DuckDBPyConnection, guessed: Sequence[Declared]) -> dict[Declared, list[str]]:
    """The types that the first value of each column is written as; the others are looked at only where there is one."""
    texts = [column for column in guessed if column.type == "VARCHAR"]
    if not texts:
        return {}
    firsts = ", ".join(f"any_value({identifier(column.column)})" for column in texts)
    found = connection.execute(f"select {firsts} from {identifier(texts[0].table)}").fetchall()[0]  # noqa: S608 - quoted identifiers
    return {
        column: [kind for kind in ("DATE", "TIMESTAMP", _ZONED) if re.fullmatch(_TEXT_PATTERNS[kind], first)]
        for column, first in zip(texts, found, strict=True)
        if first is not None
    }


def _measured_decimal(connection: duckdb.DuckDBPyConnection, column: Declared) -> str:
    """The decimal type with as many digits as the values have, which are text."""
    name = identifier(column.column)
    digits, scale = connection.execute(f"""
        select coalesce(max(length(ltrim(split_part({name}, '.', 1), '-'))), 0),
               coalesce(max(length(rtrim(split_part({name}, '.', 2), '0'))), 0)
        from {identifier(column.table)} where {name} <> 'nan'
    """).fetchall()[0]  # noqa: S608 - quoted identifiers
    scale = max(min(scale, _MOST_DIGITS - digits), 0)
    return f"DECIMAL({_SHORT_DIGITS if digits + scale <= _SHORT_DIGITS else _MOST_DIGITS},{scale})"


def _fitting(connection: duckdb.DuckDBPyConnection, tried: Mapping[Declared, str]) -> list[Declared]:
    """The columns whose values all fit the type that is tried."""
    if not tried:
        return []
    fits = []
    for column, candidate in tried.items():
        name = identifier(column.column)
        fits.append(f"bool_and({name} is null or coalesce({_fits(name, column.type, candidate)}, false))")
    table = identifier(next(iter(tried)).table)
    answers = connection.execute(f"select {', '.join(fits)} from {table}").fetchall()[0]  # noqa: S608 - quoted identifiers
    return [column for column, answer in zip(tried, answers, strict=True) if answer is not False]


def _fits(name: str, stored: str, candidate: str) -> str:
    """SQL that is true when a value of *stored* loses nothing as *candidate*."""
    if candidate in _TEXT_PATTERNS:
        pattern = quoted(_TEXT_PATTERNS[candidate])
        return (
            f"regexp_full_match({name}, {pattern}) and try_cast({name} as {candidate}) is not null"
            if stored == "VARCHAR"
            else "false"
        )
    if candidate == "BOOLEAN":
        return f"{name} in (0, 1)" if stored == "BIGINT" else "false"
    if candidate.startswith("DECIMAL"):
        error = f"abs(try_cast({name} as double) - try_cast({name} as {candidate})::double)"
        return f"{error} <= {_ROUNDING} * greatest(1, abs(try_cast({name} as double)))"
    if candidate == "DOUBLE":
        return f"try_cast({name} as double) is not null"
    return "false"


def _change(connection: duckdb.DuckDBPyConnection, column: Declared, type_: str) -> None:
    name = identifier(column.column)
    connection.execute(f"alter table {identifier(column.table)} alter column {name} type {type_} using {name}::{type_}")
