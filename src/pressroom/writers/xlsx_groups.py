"""Groups of a data sheet: where subtotals stand, their formulas, and the outline by which groups fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from xlsxwriter.utility import xl_col_to_name

from pressroom.document import Results, Subtotal, Table, Total
from pressroom.writers.shown import clean
from pressroom.writers.shown_tables import group_name, total_word
from pressroom.writers.xlsx_totals import ERROR, ColumnTotals, Way, digits

MOST_SUBTOTALS: Final = 100_000
# The functions that count what an outline has folded away; 101 to 109 would leave it out.
FUNCTIONS: Final = {Total.SUM: 9, Total.AVG: 1, Total.MIN: 5, Total.MAX: 4, Total.COUNT: 3}


@dataclass(frozen=True, slots=True)
class SubtotalRow:
    """A subtotal on its row of the sheet, counted from 1, over the rows *first* to *last*."""

    row: int
    level: int  # of its group, from 0 for the outermost
    first: int
    last: int
    subtotal: Subtotal


def subtotal_rows(table: Table, results: Results, first_row: int = 2) -> list[SubtotalRow] | None:
    """The subtotals of *table* from top to bottom, the first row of data being *first_row*; None when there are too many."""
    by = [group.field.name for group in table.groups]
    totals = [(column.total, column.field.name) for column in table.columns if column.total]
    levels = [results.subtotals(table.data, by[: level + 1], totals) for level in range(len(by))]
    rows: list[SubtotalRow] = []
    for row in _placed(levels, first_row):
        rows.append(row)
        if len(rows) > MOST_SUBTOTALS:
            return None
    return rows


def _placed(levels: Sequence[Iterator[Subtotal]], first_row: int) -> Iterator[SubtotalRow]:
    """A group ends when its rows are used up; its subtotal follows those of the groups within."""
    row, innermost = first_row, len(levels) - 1
    current: list[Subtotal | None] = [None] * len(levels)
    left, first = [0] * len(levels), [row] * len(levels)
    for group in levels[innermost]:
        for level in range(innermost):
            if not left[level]:
                current[level] = found = next(levels[level])
                left[level], first[level] = found.rows, row
        current[innermost], left[innermost], first[innermost] = group, group.rows, row
        row += group.rows
        for level in reversed(range(len(levels))):
            left[level] -= group.rows
            ended = current[level]
            if not left[level] and ended is not None:
                yield SubtotalRow(row, level, first[level], row - 1, ended)
                row += 1


def data_spans(rows: Sequence[SubtotalRow], levels: int) -> list[tuple[int, int]]:
    """The rows of data between the subtotals, first and last, counted from 0."""
    return [(row.first - 1, row.last - 1) for row in rows if row.level == levels - 1]


class SubtotalXml:
    """Writes subtotals as rows of the sheet's XML."""

    def __init__(self, table: Table, styles: Sequence[str], totals: Sequence[ColumnTotals], locale: str) -> None:
        self._table = table
        self._styles = styles  # of the cells of a subtotal, the groups' columns first
        self._totals = totals  # of the columns that are no groups
        self._locale = locale

    def row(self, row: SubtotalRow) -> str:
        cells = [self._label(row, at) for at in range(len(self._table.groups))]
        values = iter(row.subtotal.values)
        for number, column in enumerate(self._table.columns):
            at = len(self._table.groups) + number
            value = next(values) if column.total else None
            cells.append(self._total(row, at, number, value) if column.total else self._cell(row, at, ""))
        outline = f' outlineLevel="{row.level}"' if row.level else ""
        return f'<row r="{row.row}"{outline}>{"".join(cells)}</row>'

    def _label(self, row: SubtotalRow, at: int) -> str:
        if at != row.level:
            return self._cell(row, at, "")
        name = group_name(self._table.groups[at], row.subtotal.key[-1], self._locale)
        return self._text(row, at, f"{total_word(self._table.columns, self._locale)} {name}")

    def _total(self, row: SubtotalRow, at: int, number: int, value: Any) -> str:
        column, total = self._table.columns[number], self._totals[number].cell(value)
        if total.way is Way.TEXT or column.total is None:
            return self._text(row, at, digits(total.value))
        name = xl_col_to_name(at)
        formula = f"<f>SUBTOTAL({FUNCTIONS[column.total]},{name}{row.first}:{name}{row.last})</f>"
        content = f"{formula if total.way is Way.FORMULA else ''}<v>{digits(total.value)}</v>"
        return self._cell(row, at, content, ' t="e"' if total.value == ERROR else "")

    def _text(self, row: SubtotalRow, at: int, text: str) -> str:
        return self._cell(row, at, f"<is><t>{escape(clean(text))}</t></is>", ' t="inlineStr"')

    def _cell(self, row: SubtotalRow, at: int, content: str, kind: str = "") -> str:
        return f'<c r="{xl_col_to_name(at)}{row.row}" s="{self._styles[at]}"{kind}>{content}</c>'
