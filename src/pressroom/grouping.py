"""SQL that brings the rows of a group together and adds up each group, over a result of the workspace.

Groups stand in the order in which the query first names them, and the rows of a group keep the query's order: an author
who orders by region gets the regions in that order, and one who does not gets each region once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.columns import identifier, reading
from pressroom.document import Field, Kind, Subtotal, Total

POSITION = "position"


def _numbered(name: str, fields: Sequence[Field], zone: ZoneInfo) -> str:
    """The result with its columns as c0, c1, … and its order as `position`: names of columns cannot collide with ours."""
    items = [f"{reading(field, zone)} as c{number}" for number, field in enumerate(fields)]
    return f"(select {', '.join([*items, f'rowid as {POSITION}'])} from {identifier(name)})"  # noqa: S608 - quoted


def _keys(fields: Sequence[Field], by: Sequence[str]) -> list[str]:
    names = [field.name for field in fields]
    return [f"c{names.index(column)}" for column in by]


def grouped_order(keys: Sequence[str]) -> list[str]:
    """What rows are ordered by: where each of their groups first appears, the outermost first."""
    return [
        f"min({POSITION}) over (partition by {', '.join(keys[:level])})" for level in range(1, len(keys) + 1)
    ]  # fmt: skip


def grouped_sql(name: str, fields: Sequence[Field], by: Sequence[str], zone: ZoneInfo, limit: int | None) -> str:
    """All columns of all rows, in groups."""
    items = ", ".join(f"c{number}" for number in range(len(fields)))
    order = ", ".join([*grouped_order(_keys(fields, by)), POSITION])
    end = "" if limit is None else f"limit {int(limit)}"
    return f"select {items} from {_numbered(name, fields, zone)} order by {order} {end}"  # noqa: S608 - own names


def placed_sql(
    name: str, fields: Sequence[Field], by: Sequence[str], zone: ZoneInfo, number: str, first_row: int = 2
) -> str:
    """A subquery of all rows under their own names, in groups, with *number*: their rows on a sheet as text.

    The first has *first_row*, and every group that has ended before a row, of whatever level, has taken one more.
    """
    firsts = [f"first{level}" for level in range(len(by))]
    keys = [reading(next(field for field in fields if field.name == column), zone) for column in by]
    windows = ", ".join(
        f"min(rowid) over (partition by {', '.join(keys[: level + 1])}) as {first}"
        for level, first in enumerate(firsts)
    )
    order = [f"p.{first}" for first in firsts]
    ended = " + ".join(f"dense_rank() over (order by {', '.join(order[: level + 1])})" for level in range(len(by)))
    position = f"row_number() over (order by {', '.join(order)}, p.place)"
    columns = ", ".join(f"t.{identifier(field.name)}" for field in fields)
    placed = f"(select rowid as place, {windows} from {identifier(name)})"  # noqa: S608 - quoted
    return (
        f"(select {columns}, ({position} + {ended} - {len(by) + 1 - first_row})::varchar as {number} "  # noqa: S608 - quoted
        f"from {identifier(name)} t join {placed} p on t.rowid = p.place order by {', '.join(order)}, p.place)"
    )


def subtotals_sql(
    name: str, fields: Sequence[Field], by: Sequence[str], totals: Sequence[tuple[Total, str]], zone: ZoneInfo
) -> str:
    """A row for each group: its key, its number of rows, and two columns for each total (`read_subtotal` takes them)."""
    keys, kinds = _keys(fields, by), {field.name: field.kind for field in fields}
    columns = dict(zip([field.name for field in fields], range(len(fields)), strict=True))
    sums = [item for total, column in totals for item in _aggregates(total, kinds[column], f"c{columns[column]}")]
    firsts = [f"{window} as first{level}" for level, window in enumerate(grouped_order(keys))]
    order = ", ".join(f"min(first{level})" for level in range(len(keys)))
    inner = f"(select *, {', '.join(firsts)} from {_numbered(name, fields, zone)})"  # noqa: S608 - own names
    items = ", ".join([*keys, "count(*)", *sums])
    return f"select {items} from {inner} group by {', '.join(keys)} order by {order}"  # noqa: S608 - own names


def _aggregates(total: Total, kind: Kind, column: str) -> tuple[str, str]:
    # The mean of decimals is made of sum and count: DuckDB's own would be a binary fraction.
    if total is Total.AVG and kind is Kind.DECIMAL:
        return f"sum({column})", f"count({column})"
    return f"{total.value}({column})", "null"


def read_subtotal(row: Sequence[Any], keys: int) -> Subtotal:
    """A row of `subtotals_sql` as it was meant."""
    sums = list(row[keys + 1 :])
    return Subtotal(tuple(row[:keys]), row[keys], tuple(_values(zip(sums[::2], sums[1::2], strict=True))))


def _values(pairs: Iterable[tuple[Any, int | None]]) -> Iterable[Any]:
    for value, count in pairs:
        if count is None:
            yield value
        else:
            yield Decimal(value) / count if count else None
