"""Excel workbooks as tables: the first row with something in it is the header, a column has the type of its cells.

A workbook is a packed archive, and a few kilobytes can unpack to gigabytes or name a cell at the far end of a sheet, which its
reader would make room for. Both are measured before it is opened.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from itertools import islice
from pathlib import Path
from typing import IO, Any

import python_calamine
from arro3.core import Array, DataType, RecordBatch, Table

from pressroom.errors import DataError
from pressroom.sources.stream import distinct

ENDINGS = (".xlsx", ".xlsm")
_MOST_BYTES = 512 << 20  # unpacked
_MOST_CELLS = 16 << 20  # from the first to the last that is used, empty ones too
_CHUNK = 4 << 20
_LONGEST_CELL = 16  # characters of r="XFD1048576"; as many are looked at twice between two chunks
_CELL = re.compile(rb"""\br=["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_BATCH_ROWS = 20_000
_EXACT = 2**53  # whole numbers beyond it are not exact in a workbook either


class Cells(IntEnum):
    """What the cells of a column are; a column of several kinds is text, but for whole numbers among others and days."""

    EMPTY = 0
    INTEGER = 1
    FLOAT = 2
    BOOLEAN = 3
    DAY = 4
    MOMENT = 5
    CLOCK = 6
    TEXT = 7


_ARROW = {
    Cells.EMPTY: DataType.utf8(),
    Cells.INTEGER: DataType.int64(),
    Cells.FLOAT: DataType.float64(),
    Cells.BOOLEAN: DataType.bool(),
    Cells.DAY: DataType.date32(),
    Cells.MOMENT: DataType.timestamp("us"),
    Cells.CLOCK: DataType.time64("us"),
    Cells.TEXT: DataType.utf8(),
}
# zipfile's ways of saying: damaged, cut off, and (RuntimeError) encrypted or packed in a way that it does not know.
_BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)


class Book:
    """A workbook that is small enough, opened; DataError (`conversion`) says why one cannot be read."""

    def __init__(self, path: Path, *, most_bytes: int = _MOST_BYTES, most_cells: int = _MOST_CELLS) -> None:
        self._path = path
        try:
            _check_archive(path, most_bytes, most_cells)
            self._book = python_calamine.CalamineWorkbook.from_path(path)
        except python_calamine.PasswordError as error:
            raise _unreadable(path, "is protected by a password") from error
        except (*_BROKEN_ARCHIVE, python_calamine.CalamineError) as error:
            raise _unreadable(path, "is no workbook") from error
        sheets = [sheet for sheet in self._book.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet]
        sheets.sort(key=lambda sheet: sheet.visible != python_calamine.SheetVisibleEnum.Visible)
        self.sheets = [sheet.name for sheet in sheets]  # hidden ones last

    def tables(self, sheet: str) -> Iterator[Table]:
        """The rows of *sheet* as tables of one schema, none when it is empty; rows without any value are left out."""
        try:
            cells = self._book.get_sheet_by_name(sheet)
        except python_calamine.CalamineError as error:
            raise _unreadable(self._path, f'has a sheet "{sheet}" that cannot be read') from error
        header = next(_rows(cells), None)
        if header is None:
            return
        kinds = _kinds(islice(_rows(cells), 1, None), len(header))
        names = distinct([_text(value).strip() for value in header])
        rows = islice(_rows(cells), 1, None)
        batch = list(islice(rows, _BATCH_ROWS))
        yield _table(batch, names, kinds)
        while batch := list(islice(rows, _BATCH_ROWS)):
            yield _table(batch, names, kinds)


def _rows(cells: python_calamine.CalamineSheet) -> Iterator[Sequence[Any]]:
    """The rows of a sheet that have a value; an error (`#N/A`) and an empty text are none."""
    return (row for row in cells.iter_rows() if any(value != "" for value in row)) if cells.width else iter(())


def _kinds(rows: Iterable[Sequence[Any]], width: int) -> list[Cells]:
    kinds = [Cells.EMPTY] * width
    for row in rows:
        for place, value in enumerate(row):
            if value != "" and kinds[place] is not Cells.TEXT:
                kinds[place] = _wider(kinds[place], _kind(value))
    return kinds


def _kind(value: Any) -> Cells:
    match value:
        case bool():
            return Cells.BOOLEAN
        case int() | float():
            return Cells.INTEGER if float(value).is_integer() and abs(value) < _EXACT else Cells.FLOAT
        case datetime():
            return Cells.MOMENT
        case date():
            return Cells.DAY
        case time():
            return Cells.CLOCK
        case _:
            return Cells.TEXT


def _wider(one: Cells, other: Cells) -> Cells:
    """The kind that holds the values of both."""
    low, high = sorted((one, other))
    if low in (Cells.EMPTY, high) or (low, high) in ((Cells.INTEGER, Cells.FLOAT), (Cells.DAY, Cells.MOMENT)):
        return high
    return Cells.TEXT


def _table(rows: Sequence[Sequence[Any]], names: Sequence[str], kinds: Sequence[Cells]) -> Table:
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    arrays = [_array(values, kind) for values, kind in zip(columns, kinds, strict=True)]
    return Table.from_batches([RecordBatch.from_arrays(arrays, names=list(names))])


def _array(values: Sequence[Any], kind: Cells) -> Array:
    """Moments go through their ISO form, which Arrow reads, as it does not read Python's."""
    given = [None if value == "" else _as(value, kind) for value in values]
    if kind in (Cells.DAY, Cells.MOMENT, Cells.CLOCK):
        return Array(given, DataType.utf8()).cast(_ARROW[kind])
    return Array(given, _ARROW[kind])


def _as(value: Any, kind: Cells) -> Any:
    match kind:
        case Cells.TEXT:
            return _text(value)
        case Cells.INTEGER:
            return int(value)
        case Cells.MOMENT if not isinstance(value, datetime):
            return datetime.combine(value, time()).isoformat()
        case Cells.DAY | Cells.MOMENT | Cells.CLOCK:
            return value.isoformat()
        case _:
            return value


def _text(value: Any) -> str:
    """*value* as a cell shows it: 5 and not 5.0."""
    match value:
        case bool():
            return str(value).lower()
        case float() if _kind(value) is Cells.INTEGER:
            return str(int(value))
        case datetime():
            return value.isoformat(sep=" ")
        case timedelta():
            minutes, seconds = divmod(int(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(value)


# ---- what is measured before a workbook is opened -------------------------------------------------------------------


def _check_archive(path: Path, most_bytes: int, most_cells: int) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > most_bytes:
            raise _too_large(path, f"unpacks to more than {most_bytes >> 20} MiB")
        for part in parts:
            with archive.open(part) as unpacked:
                cells = _cells_spanned(unpacked)
            if cells > most_cells:
                raise _too_large(path, f"has a sheet that spans {cells:,} cells, and {most_cells:,} are read at most")


def _cells_spanned(unpacked: IO[bytes]) -> int:
    """How many cells lie between the first and the last that a part of a workbook names.

    It is read to its end: an unpacked size that the archive misstates does not survive that.
    """
    columns: set[bytes] = set()
    rows: set[bytes] = set()
    tail = b""
    while chunk := unpacked.read(_CHUNK):
        found = _CELL.findall(tail + chunk)
        columns.update(column for column, _ in found)
        rows.update(row for _, row in found)
        tail = chunk[-_LONGEST_CELL:]
    if not columns:
        return 0
    places, numbers = [_place(column) for column in columns], [int(row) for row in rows]
    return (max(places) - min(places) + 1) * (max(numbers) - min(numbers) + 1)


def _place(column: bytes) -> int:
    """The number of a column from its letters: A is 1, XFD is 16384."""
    number = 0
    for letter in column.upper():
        number = number * 26 + letter - 64
    return number


def _too_large(path: Path, what: str) -> DataError:
    remedy = "Delete what is far outside the data, or save the sheet as CSV or Parquet."
    return DataError(f"The workbook {path.name} {what}.", remedy=remedy, code="conversion")


def _unreadable(path: Path, what: str) -> DataError:
    return DataError(
        f"The file {path.name} {what}.", remedy="Save it anew as .xlsx, without a password.", code="conversion"
    )
