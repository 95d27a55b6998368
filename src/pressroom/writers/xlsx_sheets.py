"""The data sheets of a workbook: one for each table, or several where it has more rows than a sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from pressroom.document import Column, Document, Kind, Table, Total, Width
from pressroom.formats import excel_format, format_value
from pressroom.phrases import phrase
from pressroom.workspace import Workspace
from pressroom.writers.headings import headings_of, told_apart
from pressroom.writers.shown import clean, one_line
from pressroom.writers.xlsx_groups import FUNCTIONS as GROUP_FUNCTIONS
from pressroom.writers.xlsx_groups import SubtotalRow, data_spans, subtotal_rows
from pressroom.writers.xlsx_look import Look
from pressroom.writers.xlsx_marks import add_marks
from pressroom.writers.xlsx_page import set_page
from pressroom.writers.xlsx_rows import EXACT_DIGITS
from pressroom.writers.xlsx_totals import Way, digits, totals_of

SHEET_ROWS: Final = 1_048_576
_KEPT_ROWS: Final = 3  # the header, and what a total needs
_LONGEST_NAME: Final = 31
_LONGEST_LABEL: Final = 255
_SAMPLED_ROWS: Final = 200
_NARROWEST, _WIDEST = 8, 60
_FILTER_BUTTON = 5  # characters that the arrow in a header covers
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_PLACES = re.compile(r"DECIMAL\(\d+,\s*(\d+)\)")
_RESERVED = "history"  # by Excel itself
_FUNCTIONS: Final = {Total.SUM: 109, Total.AVG: 101, Total.MIN: 105, Total.MAX: 104, Total.COUNT: 103}
_WORDS: Final = {Total.SUM: "sum", Total.AVG: "average", Total.MIN: "min", Total.MAX: "max", Total.COUNT: "count"}


@dataclass(frozen=True, slots=True)
class DataSheet:
    """Rows *start* to *stop* of a table's query, on a sheet of their own."""

    name: str
    table: Table
    start: int
    stop: int
    is_last: bool  # of the sheets of its table
    subtotals: tuple[SubtotalRow, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """What stands on the sheet: the columns by which rows are grouped come first."""
        return (*self.table.groups, *self.table.columns)

    @property
    def rows(self) -> int:
        return self.stop - self.start

    @property
    def top(self) -> int:
        """How many rows stand above the labels: one where columns have a heading in common."""
        return _top(self.table)

    @property
    def is_whole(self) -> bool:
        return self.start == 0 and self.is_last

    @property
    def has_total_row(self) -> bool:
        """Whether the total stands in the table itself, as formulas."""
        return self.is_whole and self.table.has_totals

    @property
    def last_row(self) -> int:
        """The number of the last row of the table, counted from 1; an empty table keeps one empty row."""
        return self.top + 1 + max(self.rows + len(self.subtotals), 1)

    @property
    def lacks_subtotals(self) -> bool:
        """Whether there are more rows or groups than one sheet can show with subtotals."""
        return bool(self.table.groups) and self.table.has_totals and self.rows > 0 and not self.subtotals

    @property
    def data_spans(self) -> list[tuple[int, int]]:
        """The rows of data, first and last, counted from 0."""
        if self.subtotals:
            return data_spans(self.subtotals, len(self.table.groups))
        return [(self.top + 1, self.top + self.rows)] if self.rows else []


def plan(document: Document, workspace: Workspace, sheet_rows: int = SHEET_ROWS) -> list[DataSheet]:
    """The sheets of all tables in the document's order, with names that Excel takes."""
    sheets: list[DataSheet] = []
    taken = {_RESERVED, *(phrase(document.locale, name).casefold() for name in ("summary", "chart_data"))}
    for table in document.tables():
        count = workspace.count(table.data)
        most = sheet_rows - _KEPT_ROWS - _top(table)
        starts = range(0, max(count, 1), most)
        for number, start in enumerate(starts, start=1):
            stop = min(count, start + most)
            name = _sheet_name(table.title or table.data, taken, number if len(starts) > 1 else 0)
            subtotals = _subtotals(table, workspace, sheet_rows) if len(starts) == 1 else ()
            sheets.append(DataSheet(name, table, start, stop, number == len(starts), subtotals))
    return sheets


def _subtotals(table: Table, workspace: Workspace, sheet_rows: int) -> tuple[SubtotalRow, ...]:
    """The subtotals of a table, none where they and the rows together are more than a sheet has."""
    rows = subtotal_rows(table, workspace, 2 + _top(table)) if table.groups and table.has_totals else None
    fits = rows is not None and workspace.count(table.data) + len(rows) <= sheet_rows - _KEPT_ROWS - _top(table)
    return tuple(rows) if rows and fits else ()


def _top(table: Table) -> int:
    return int(any(column.heading for column in table.columns))


def _sheet_name(wanted: str, taken: set[str], number: int) -> str:
    plain = " ".join(_FORBIDDEN.sub(" ", one_line(wanted)).split()).strip(" '") or "Data"
    end = f" {number}" if number else ""
    name, again = plain[: _LONGEST_NAME - len(end)].strip(" '") + end, 2
    while name.casefold() in taken:
        tail = f"{end} ({again})"
        name, again = plain[: _LONGEST_NAME - len(tail)].strip(" '") + tail, again + 1
    taken.add(name.casefold())
    return name


class SheetFrame:
    """Makes a data sheet without its rows: header, widths, panes, table, total and one row that carries the styles."""

    def __init__(self, workbook: Workbook, workspace: Workspace, look: Look, document: Document) -> None:
        self._workbook = workbook
        self._workspace = workspace
        self._look = look
        self._document = document
        self._locale = document.locale

    def add(self, data: DataSheet, number: int) -> Worksheet:
        sheet: Worksheet = self._workbook.add_worksheet(data.name)
        labels = unique_labels(data.columns)
        self._set_up(sheet, data, labels)
        top = data.top
        if data.subtotals:
            self._add_groups(sheet, data, labels)
        else:
            # XlsxWriter keeps each cell of a table in memory: the true extent is set when the rows are put in.
            last = top + (2 if data.has_total_row else 1)
            sheet.add_table(top, 0, last, len(labels) - 1, self._table(data, labels, number))
        for position, column in enumerate(data.columns):
            wraps = column.width is not None and column.wrap and column.field.kind is Kind.TEXT
            sheet.write_number(
                top + 1, position, 0, self._look.cell(number_format(column, self._locale), column.align, wrap=wraps)
            )
            add_marks(sheet, column, position, data.data_spans, self._look)
        if data.has_total_row:
            self._add_totals(sheet, data, labels, number)
        return sheet

    def _add_groups(self, sheet: Worksheet, data: DataSheet, labels: Sequence[str]) -> None:
        """Header, filter and outline; Excel's tables know no subtotals, so these rows are none."""
        for position, (label, column) in enumerate(zip(labels, data.columns, strict=True)):
            sheet.write_string(data.top, position, label, self._look.header(column.align))
            sheet.write_blank(
                data.top + 3, position, None, self._look.subtotal(_total_format(column, self._locale), column.align)
            )
        sheet.autofilter(data.top, 0, data.last_row - 1, len(labels) - 1)
        sheet.set_row(data.top + 1, None, None, {"level": len(data.table.groups)})

    def _set_up(self, sheet: Worksheet, data: DataSheet, labels: Sequence[str]) -> None:
        for position, width in enumerate(self._widths(data, labels)):
            sheet.set_column(position, position, width)
        for row in range(data.top + 1):
            sheet.set_row(row, 20)
        self._add_headings(sheet, data)
        sheet.freeze_panes(data.top + 1, 0)
        sheet.hide_gridlines(1)
        sheet.set_landscape()
        sheet.repeat_rows(0, data.top)
        set_page(sheet, self._document, left="&A")

    def _add_headings(self, sheet: Worksheet, data: DataSheet) -> None:
        """The row above the labels: cells merged over the columns that a heading holds together."""
        for heading in headings_of([one_line(clean(column.heading)) for column in data.columns]):
            look = self._look.header("center")
            if heading.count > 1:
                sheet.merge_range(0, heading.first, 0, heading.first + heading.count - 1, heading.text, look)
            elif heading.text:
                sheet.write_string(0, heading.first, heading.text, look)
            else:
                sheet.write_blank(0, heading.first, None, look)

    def _table(self, data: DataSheet, labels: Sequence[str], number: int) -> dict[str, Any]:
        columns: list[dict[str, Any]] = [
            {"header": label, "header_format": self._look.header(column.align)}
            for label, column in zip(labels, data.columns, strict=True)
        ]
        if data.has_total_row:
            for position, column in enumerate(data.columns):
                columns[position] |= self._total(data, column, is_first=position == 0)
        return {
            "name": table_name(number),
            "style": "Table Style Light 1",
            "columns": columns,
            "total_row": data.has_total_row,
        }

    def _total(self, data: DataSheet, column: Column, *, is_first: bool) -> dict[str, Any]:
        if column.total is None:
            return {"total_string": phrase(self._locale, "total")} if is_first else {}
        cell = totals_of(column, data.table.data, self._workspace, self._locale).cell(column.total_value)
        if cell.way is Way.TEXT:
            return {"total_string": digits(cell.value)}
        value = cell.value if isinstance(cell.value, str) else float(cell.value)
        # A table knows words and formulas: a number is a formula that says it.
        function = _WORDS[column.total] if cell.way is Way.FORMULA else f"={digits(cell.value)}"
        return {"total_function": function, "total_value": value}

    def _add_totals(self, sheet: Worksheet, data: DataSheet, labels: Sequence[str], number: int) -> None:
        """Write the last row again in bold: the table gives its cells no format."""
        for position, column in enumerate(data.columns):
            look = self._look.total(_total_format(column, self._locale), column.align)
            total = self._total(data, column, is_first=position == 0)
            if "total_function" in total and column.total is not None:
                said = total["total_function"]
                formula = (
                    said
                    if said.startswith("=")
                    else f"=SUBTOTAL({_total_arguments(data, column.total, labels, position, number)})"
                )
                sheet.write_formula(data.top + 2, position, formula, look, total["total_value"])
            elif "total_string" in total:
                sheet.write_string(data.top + 2, position, total["total_string"], look)
            else:
                sheet.write_blank(data.top + 2, position, None, look)

    def _widths(self, data: DataSheet, labels: Sequence[str]) -> Iterator[float]:
        """Widths in characters, from the header and the first rows."""
        names = [field.name for field in self._workspace.fields(data.table.data)]
        rows = list(self._workspace.rows(data.table.data, _SAMPLED_ROWS))
        for column, label in zip(data.columns, labels, strict=True):
            position = names.index(column.field.name)
            texts = sorted(len(self._text(row[position], column)) for row in rows)
            typical = texts[int(len(texts) * 0.98)] if texts else 0
            total = len(column.total_text) if data.table.has_totals else 0
            if column.width:
                yield _characters(column.width)
                continue
            yield min(max(typical * 1.05 + 3, len(label) + _FILTER_BUTTON, total * 1.15 + 3, _NARROWEST), _WIDEST)

    def _text(self, value: Any, column: Column) -> str:
        if column.field.kind in (Kind.DATE, Kind.TIMESTAMP):
            return number_format(column, self._locale)
        return one_line(format_value(value, column.field.kind, column.format, self._locale))[: _WIDEST * 2]


def _characters(width: Width) -> float:
    """A width as Excel counts it: in characters; a sheet is about as wide as a page of 110."""
    return min(width.value * {"%": 1.1, "pt": 1 / 5.4, "ch": 1.0}[width.unit], 255.0)


def _total_arguments(data: DataSheet, total: Total, labels: Sequence[str], position: int, number: int) -> str:
    """Function and reference of a total: the column of the table, or all rows where subtotals stand among them."""
    if data.subtotals:
        name = xl_col_to_name(position)
        return f"{GROUP_FUNCTIONS[total]},{name}{data.top + 2}:{name}{data.last_row}"
    return f"{_FUNCTIONS[total]},{table_name(number)}[{_reference(labels[position])}]"


def table_name(number: int) -> str:
    """The name of a table in formulas."""
    return f"Table_{number}"


def number_format(column: Column, locale: str) -> str:
    """The workbook's number format of a column's cells; decimals without a format have as many places as they are stored with."""
    places = _PLACES.fullmatch(column.field.type) if column.field.kind is Kind.DECIMAL and not column.format else None
    if places:
        return "#,##0." + "0" * min(int(places[1]), EXACT_DIGITS)
    return excel_format(column.format, column.field.kind, locale)


def _total_format(column: Column, locale: str) -> str:
    return "#,##0" if column.total is Total.COUNT else number_format(column, locale)


def unique_labels(columns: Sequence[Column]) -> list[str]:
    """Header texts as a table needs them: on one line, not empty, distinct without regard to case."""
    taken: set[str] = set()
    labels = []
    for position, text in enumerate(told_apart(columns)):
        plain = one_line(clean(text))[: _LONGEST_LABEL - 5] or xl_col_to_name(position)
        label, number = plain, 2
        while label.casefold() in taken:
            label, number = f"{plain} {number}", number + 1
        taken.add(label.casefold())
        labels.append(label)
    return labels


def _reference(label: str) -> str:
    """*label* inside a structured reference, where an apostrophe escapes."""
    return re.sub(r"(['#\[\]@])", r"'\1", label)
