"""The rows of a worksheet as XML, made by DuckDB: a million rows of ten columns in two seconds.

Cells follow ECMA-376 18.3: numbers as they are, dates as serial numbers, text inline. Text is never a formula, whatever
it begins with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_col_to_name

from pressroom.columns import identifier, quoted, reading
from pressroom.document import Field, Kind
from pressroom.grouping import placed_sql
from pressroom.workspace import Workspace

EXACT_INTEGERS = 2**53  # Excel's numbers are doubles: longer whole numbers are written as text
EXACT_DIGITS = 15  # that a double keeps, whatever they are
_DIGITS = re.compile(r"DECIMAL\((\d+),\s*\d+\)")
LONGEST_TEXT = 32_767
CUT_NOTE = " … [cut: Excel allows 32,767 characters]"
_FETCHED_ROWS = 4096
# XML 1.0 has no control characters, except tab and line feed, and no non-characters.
_UNWRITABLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
# Excel reads `_x0041_` as the character with that number; the escaped underscore keeps it text.
_ESCAPE_LIKE = r"_(x[0-9A-Fa-f]{4})"
# Excel counts UTF-16 units, of which characters beyond the basic plane take two.
_BEYOND_BASIC = r"[\x{10000}-\x{10ffff}]"
_FIRST_DATE = "1900-03-01"  # before it Excel's calendar has a day too many
_EPOCH_SERIAL = 25_569  # 1970-01-01
_DAY_MICROSECONDS = "86400000000.0"


@dataclass(frozen=True, slots=True)
class Styled:
    """A column of a sheet: what it shows and the number of its cell style in the workbook."""

    field: Field
    style: str


def grouped_rows(
    workspace: Workspace, name: str, columns: Sequence[Styled], by: Sequence[str], first_row: int
) -> Iterator[tuple[int, str]]:
    """Number and XML of all rows in groups, from *first_row* of a sheet on; each group leaves a row for its subtotal."""
    number = _free_name(field.name for field in workspace.fields(name))
    cells = _cells(columns, workspace, number)
    placed = placed_sql(name, workspace.fields(name), by, workspace.zone, number, first_row)
    row = f"""'<row r="' || {number} || '" outlineLevel="{len(by)}">' || {cells} || '</row>'"""
    return ((int(at), xml) for at, xml in workspace.fetched(f"select {number}, {row} from {placed}"))  # noqa: S608 - quoted


def rows(
    workspace: Workspace, name: str, columns: Sequence[Styled], start: int, stop: int, first_row: int = 2
) -> Iterator[str]:
    """XML of the rows *start* to *stop* (counted from 0, half-open) of the result *name*, from *first_row* of a sheet on."""
    number = _free_name(field.name for field in workspace.fields(name))
    cells = _cells(columns, workspace, number)
    sql = f"""
        select '<row r="' || {number} || '">' || {cells} || '</row>'
        from (select *, (rowid - {start} + {first_row})::varchar as {number} from {identifier(name)}
              where rowid >= {start} and rowid < {stop})
    """  # noqa: S608 - quoted identifiers and whole numbers
    with workspace.cursor() as cursor:
        cursor.execute(sql)
        while fetched := cursor.fetchmany(_FETCHED_ROWS):
            yield "".join(row[0] for row in fetched)


def has_long_numbers(workspace: Workspace, name: str, field: Field) -> bool:
    """Whether a column has numbers that can only be written as text."""
    exact = _exact(field, identifier(field.name))
    if exact is None:
        return False
    sql = f"select exists(select 1 from {identifier(name)} where not {exact})"  # noqa: S608 - quoted identifiers
    return bool(workspace.connection.execute(sql).fetchall()[0][0])


def has_errors(workspace: Workspace, name: str, field: Field) -> bool:
    """Whether a column of floating numbers has some that are none: their cells are errors."""
    sql = f"select exists(select 1 from {identifier(name)} where not isfinite({identifier(field.name)}))"  # noqa: S608 - quoted identifiers
    return bool(workspace.connection.execute(sql).fetchall()[0][0])


def _exact(field: Field, value: str) -> str | None:
    """SQL that says whether Excel's binary number for *value* still has all its digits; None where it always has."""
    if field.kind is Kind.INTEGER:
        return f"(abs({value}::hugeint) <= {EXACT_INTEGERS})"
    digits = _DIGITS.fullmatch(field.type)
    if field.kind is not Kind.DECIMAL or digits is None or int(digits[1]) <= EXACT_DIGITS:
        return None
    # A double near the end of the type may round beyond it.
    return f"coalesce(try_cast({value}::double as {field.type}) = {value}, {value} is null)"


def _free_name(taken: Iterator[str]) -> str:
    """A column name that no column has."""
    longest = max((len(name) for name in taken), default=0)
    return "n" * (longest + 1)


def _cells(columns: Sequence[Styled], workspace: Workspace, number: str) -> str:
    """SQL for the cells of a row. Three hundred of them in a chain of operators take DuckDB five times as long to plan."""
    return f"concat({', '.join(_cell(position, column, workspace, number) for position, column in enumerate(columns))})"


def _cell(position: int, column: Styled, workspace: Workspace, number: str) -> str:
    value = reading(column.field, workspace.zone)
    start = f"""'<c r="{xl_col_to_name(position)}' || {number} || '" s="{column.style}"'"""
    text = f"""{start} || ' t="inlineStr"><is><t xml:space="preserve">' || {{}} || '</t></is></c>'"""
    plain = f"{start} || '><v>' || {{}} || '</v></c>'"
    match column.field.kind:
        case Kind.INTEGER:
            xml = f"case when {_exact(column.field, value)} then {plain.format(value)} else {text.format(value)} end"
        case Kind.DECIMAL:
            exact = _exact(column.field, value)
            xml = (
                f"case when {exact} then {plain.format(value)} else {text.format(value)} end"
                if exact
                else plain.format(value)
            )
        case Kind.FLOAT:
            error = f"""{start} || ' t="e"><v>#NUM!</v></c>'"""
            xml = f"case when isfinite({value}) then {plain.format(value)} when {value} is not null then {error} end"
        case Kind.BOOLEAN:
            xml = f"""{start} || ' t="b"><v>' || {value}::integer || '</v></c>'"""
        case Kind.DATE:
            serial = plain.format(f"({value} - date '1899-12-30')")
            xml = f"case when {value} >= date '{_FIRST_DATE}' then {serial} else {text.format(f'{value}::varchar')} end"
        case Kind.TIMESTAMP:
            serial = plain.format(f"(epoch_us({value}) / {_DAY_MICROSECONDS} + {_EPOCH_SERIAL})")
            late = f"{value} >= timestamp '{_FIRST_DATE}'"
            xml = f"case when {late} then {serial} else {text.format(f'{value}::varchar')} end"
        case Kind.TIME:
            xml = plain.format(f"(epoch_us({value}) / {_DAY_MICROSECONDS})")
        case Kind.TEXT:
            xml = text.format(_escaped(value))
    return f"coalesce({xml}, '')"


def _escaped(value: str) -> str:
    """SQL that makes text fit for a cell: without what XML has no way to write, cut where Excel ends, escaped."""
    clean = f"regexp_replace(replace({value}, chr(13) || chr(10), chr(10)), {quoted(_UNWRITABLE)}, '', 'g')"
    kept = LONGEST_TEXT - len(CUT_NOTE)
    cut = (
        f"case when length({clean}) > {LONGEST_TEXT // 2} and regexp_matches({clean}, {quoted(_BEYOND_BASIC)})"
        f" then left({clean}, {kept // 2}) || {quoted(CUT_NOTE)}"
        f" when length({clean}) > {LONGEST_TEXT} then left({clean}, {kept}) || {quoted(CUT_NOTE)} else {clean} end"
    )
    literal = f"regexp_replace({cut}, {quoted(_ESCAPE_LIKE)}, '_x005F_\\1', 'g')"
    return f"replace(replace(replace({literal}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
