"""XLSX: a summary with tiles and native charts, and one sheet for each table with all its rows as typed cells.

XlsxWriter makes the workbook without its rows, DuckDB makes the rows as XML, ISA-L compresses them. A million rows of ten
columns take seconds and the memory of a thousand; XlsxWriter alone took 42 s for them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Final

from xlsxwriter import Workbook

from pressroom.document import Document, Results
from pressroom.phrases import phrase
from pressroom.workspace import Workspace
from pressroom.writers import theme
from pressroom.writers.archive import entry, member
from pressroom.writers.queries import workspace_of, writing
from pressroom.writers.xlsx_charts import ChartData
from pressroom.writers.xlsx_groups import SubtotalXml
from pressroom.writers.xlsx_look import Look
from pressroom.writers.xlsx_rows import Styled, grouped_rows, rows
from pressroom.writers.xlsx_sheets import SHEET_ROWS, DataSheet, SheetFrame, plan
from pressroom.writers.xlsx_summary import Summary
from pressroom.writers.xlsx_totals import ColumnTotals, totals_of

FILE_NAME: Final = "report.xlsx"
_ROW = re.compile(r'<row r="(\d+)"[^>]*>.*?</row>', re.DOTALL)
_STYLE = re.compile(r'<c r="[A-Z]+\d" s="(\d+)"')
_TABLE_FILE = re.compile(r"xl/tables/table(\d+)\.xml")
_EXTENT = re.compile(rb'(ref="[A-Z]+\d:[A-Z]+)(\d)"')
_SHEET_FILE = "xl/worksheets/sheet{}.xml"


def write(document: Document, results: Results, folder: Path) -> Path:
    """Write the workbook into *folder*."""
    return write_workbook(document, workspace_of(results), folder / FILE_NAME)


def write_workbook(document: Document, workspace: Workspace, path: Path, *, sheet_rows: int = SHEET_ROWS) -> Path:
    """Write the workbook to *path*; a table of more than *sheet_rows* rows goes on over several sheets."""
    sheets = plan(document, workspace, sheet_rows)
    frame = _frame(document, workspace, sheets)
    # The summary is the first sheet, the data sheets follow in order.
    files = {_SHEET_FILE.format(number): (number - 1, sheet) for number, sheet in enumerate(sheets, start=2)}
    with writing("The workbook"), zipfile.ZipFile(frame) as source, zipfile.ZipFile(path, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename not in files:
                target.writestr(entry(info.filename, document.prepared_at), _grown(info.filename, content, sheets))
                continue
            with member(target, info.filename, document.prepared_at) as stream:
                for text in _filled(content.decode(), files[info.filename][1], workspace, document.locale):
                    stream.write(text.encode())
    return path


def _frame(document: Document, workspace: Workspace, sheets: Sequence[DataSheet]) -> io.BytesIO:
    """The workbook with everything but the rows of its data sheets."""
    memory = io.BytesIO()
    workbook = Workbook(memory, {"in_memory": True})
    look = Look(workbook, theme.look_of(document.theme), document.locale)
    workbook.set_properties(
        {
            "title": document.title,
            "subject": document.subtitle,
            "author": document.author,
            "created": document.prepared_at.astimezone(UTC).replace(tzinfo=None),
        }
    )
    summary = workbook.add_worksheet(phrase(document.locale, "summary"))
    frame = SheetFrame(workbook, workspace, look, document)
    for number, sheet in enumerate(sheets, start=1):
        frame.add(sheet, number)
    chart_data = ChartData(workbook, look, document)
    Summary(summary, look, chart_data).write(document, workspace, sheets)
    workbook.close()
    memory.seek(0)
    return memory


def _grown(name: str, content: bytes, sheets: Sequence[DataSheet]) -> bytes:
    """A part of the workbook with its table, if it is one, as long as its rows."""
    match = _TABLE_FILE.fullmatch(name)
    if match is None:
        return content
    tables = [sheet for sheet in sheets if not sheet.subtotals]
    return _EXTENT.sub(partial(_extent, tables[int(match[1]) - 1]), content)


def _extent(sheet: DataSheet, match: re.Match[bytes]) -> bytes:
    """The extent of a table: its frame has one row of data, and one more for a total."""
    last = sheet.last_row + int(match[2]) - 2 - sheet.top
    return match[1] + str(last).encode() + b'"'


def _filled(sheet_xml: str, sheet: DataSheet, workspace: Workspace, locale: str) -> Iterator[str]:
    """The XML of a data sheet with its rows."""
    before, rest = sheet_xml.split("<sheetData>", 1)
    frame, after = rest.split("</sheetData>", 1)
    parts: Mapping[str, str] = {match[1]: match[0] for match in _ROW.finditer(frame)}
    head = sheet.top + 1
    styles = _STYLE.findall(parts[str(head + 1)])
    columns = [Styled(column.field, style) for column, style in zip(sheet.columns, styles, strict=True)]
    yield re.sub(r'(<dimension ref="A1:[A-Z]+)\d+', rf"\g<1>{sheet.last_row + sheet.has_total_row}", before)
    yield f"<sheetData>{''.join(parts[str(row)] for row in range(1, head + 1))}"
    if sheet.subtotals:
        subtotals = SubtotalXml(
            sheet.table, _STYLE.findall(parts[str(head + 3)]), _totals(sheet, workspace, locale), locale
        )
        yield from _grouped(sheet, workspace, columns, subtotals)
    else:
        yield from rows(workspace, sheet.table.data, columns, sheet.start, sheet.stop, head + 1)
    if total := parts.get(str(head + 2)):
        last = sheet.last_row + 1
        yield re.sub(rf'(<row r="|<c r="[A-Z]+){head + 2}"', rf'\g<1>{last}"', total)
    yield f"</sheetData>{after}"


def _totals(sheet: DataSheet, workspace: Workspace, locale: str) -> list[ColumnTotals]:
    return [totals_of(column, sheet.table.data, workspace, locale) for column in sheet.table.columns]


def _grouped(
    sheet: DataSheet, workspace: Workspace, columns: Sequence[Styled], subtotals: SubtotalXml
) -> Iterator[str]:
    """Rows and subtotals as they follow each other."""
    by = [group.field.name for group in sheet.table.groups]
    coming = iter(sheet.subtotals)
    due = next(coming, None)
    for number, xml in grouped_rows(workspace, sheet.table.data, columns, by, sheet.top + 2):
        while due is not None and due.row < number:
            yield subtotals.row(due)
            due = next(coming, None)
        yield xml
    while due is not None:
        yield subtotals.row(due)
        due = next(coming, None)
