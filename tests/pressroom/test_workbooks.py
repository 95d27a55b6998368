"""Excel workbooks and files of other encodings in a folder that is a source."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from pressroom.errors import DataError
from pressroom.sources import Source, open_source
from pressroom.sources.workbooks import Book
from pressroom.workspace import Workspace


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    (tmp_path / "shelf").mkdir()
    opened = open_source("files:///shelf", base=tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "scratch") as opened:
        yield opened


@pytest.fixture
def shelf(source: Source, tmp_path: Path) -> Path:
    return tmp_path / "shelf"


def book(path: Path, **sheets: list[list[Any]]) -> None:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)


def refusal(source: Source, workspace: Workspace, sql: str) -> DataError:
    with pytest.raises(DataError) as caught:
        workspace.load("refused", source, sql)
    return caught.value


def test_cells_have_the_type_of_their_column(shelf: Path, source: Source, workspace: Workspace) -> None:
    header = ["whole", "real", "text", "flag", "day", "moment", "clock", "span", "mixed", "empty", "late"]
    rows = [
        header,
        [
            1,
            1.5,
            "x",
            True,
            date(2024, 2, 29),
            datetime.fromisoformat("2024-02-29T10:30"),
            time(10, 30),
            timedelta(hours=36),
            5,
            None,
            None,
        ],
        [
            2,
            2,
            "😀 é",
            False,
            date(1999, 12, 31),
            date(2024, 3, 1),
            time(0, 0, 1),
            timedelta(minutes=1),
            "n/a",
            None,
            7,
        ],
        [None] * 11,
        [2**53, None, "", None, None, None, None, None, True, None, 0.5],
    ]
    book(shelf / "cells.xlsx", Cells=rows)
    workspace.load("cells", source, "select * from cells")
    types = {field.name: field.type for field in workspace.fields("cells")}
    assert types == dict(
        zip(
            header,
            [
                "BIGINT",
                "DOUBLE",
                "VARCHAR",
                "BOOLEAN",
                "DATE",
                "TIMESTAMP",
                "TIME",
                "VARCHAR",
                "VARCHAR",
                "VARCHAR",
                "DOUBLE",
            ],
            strict=True,
        )
    ) | {"whole": "DOUBLE"}  # 2**53 and what is above may stand for other numbers
    got = list(workspace.rows("cells"))
    assert got[0] == (
        1,
        1.5,
        "x",
        True,
        date(2024, 2, 29),
        datetime.fromisoformat("2024-02-29T10:30"),
        time(10, 30),
        "36:00:00",
        "5",
        None,
        None,
    )
    assert got[1][5:9] == (datetime.fromisoformat("2024-03-01T00:00"), time(0, 0, 1), "0:01:00", "n/a")
    assert got[2] == (2.0**53, None, None, None, None, None, None, None, "true", None, 0.5)


def test_errors_merged_and_blank_cells_are_empty_and_headers_are_made_distinct(
    shelf: Path, source: Source, workspace: Workspace
) -> None:
    made = xlsxwriter.Workbook(shelf / "odd.xlsx")
    sheet = made.add_worksheet()
    sheet.write_row(2, 1, ["name", "Name", None, 2024, " total "])
    sheet.merge_range(3, 1, 4, 2, "both")
    sheet.write_formula(3, 4, "=1/0", None, "#DIV/0!")
    sheet.write_number(4, 4, 3)
    sheet.write_formula(4, 5, "=1+1", None, 2)
    made.close()
    workspace.load("odd", source, "select * from odd")
    assert [field.name for field in workspace.fields("odd")] == ["name", "Name_2", "column_3", "2024", "total"]
    assert list(workspace.rows("odd")) == [("both", None, None, None, None), (None, None, None, 3, 2)]


def test_each_sheet_is_a_table_and_the_first_one_is_the_book(shelf: Path, source: Source, workspace: Workspace) -> None:
    book(shelf / "sales.xlsx", Nothing=[], January=[["x"], [1]], **{"Q 2": [["x"], [2]]})
    (shelf / "a.csv").write_text("x\n1\n")
    (shelf / "~$sales.xlsx").write_bytes(b"who has it open")
    sql = 'select s.x, j.x, q.x from sales s, Sales.january j, a join sales."Q 2" q on q.x = :two where a.x = 1'
    workspace.load("all", source, sql, {"two": 2})
    assert list(workspace.rows("all")) == [(1, 1, 2)]
    error = refusal(source, workspace, "select * from sales.februar")
    assert (error.code, "sales.January" in str(error)) == ("missing_table", True)
    workspace.load("cte", source, "with sales as (select 5 as x) select * from sales")
    assert list(workspace.rows("cte")) == [(5,)]
    assert source.test() == []


def test_a_sheet_of_many_rows_arrives_whole_and_in_order(shelf: Path, source: Source, workspace: Workspace) -> None:
    made = xlsxwriter.Workbook(shelf / "long.xlsx", {"constant_memory": True})
    sheet = made.add_worksheet()
    sheet.write_row(0, 0, ["n", "half"])
    for number in range(1, 50_001):
        sheet.write_row(number, 0, [number, number / 2])
    made.close()
    workspace.load("long", source, "select n, half from long")
    assert [row[0] for row in workspace.rows("long")] == list(range(1, 50_001))
    assert workspace.fields("long")[1].type == "DOUBLE"


def test_one_cell_at_the_far_end_is_refused_before_room_is_made_for_it(
    shelf: Path, source: Source, workspace: Workspace
) -> None:
    made = openpyxl.Workbook()
    made.active["A1"], made.active["XFD1048576"] = "x", 1
    made.save(shelf / "far.xlsx")
    error = refusal(source, workspace, "select * from far")
    assert (error.code, "17,179,869,184 cells" in error.message) == ("conversion", True)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    book(path, One=[["x"], [1]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(3 << 20))
    with pytest.raises(DataError, match="unpacks to more than 2 MiB"):
        Book(path, most_bytes=2 << 20)
    content = path.read_bytes()
    lying = content.replace((3 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lying != content
    path.write_bytes(lying)
    with pytest.raises(DataError, match="is no workbook"):
        Book(path, most_bytes=2 << 20)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04" + bytes(100), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)]
)
def test_what_is_no_workbook_is_refused_by_its_name_and_the_others_work(
    shelf: Path, source: Source, workspace: Workspace, content: bytes
) -> None:
    (shelf / "bad.xlsx").write_bytes(content)
    (shelf / "a.csv").write_text("x\n1\n")
    error = refusal(source, workspace, "select * from bad")
    assert (error.code, "bad.xlsx" in error.message) == ("conversion", True)
    workspace.load("a", source, "select * from a")
    with pytest.raises(DataError, match=r"bad\.xlsx"):
        source.test()


@pytest.mark.parametrize("damage", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml"])
def test_a_damaged_workbook_is_a_clear_error(tmp_path: Path, damage: str) -> None:
    whole, broken = tmp_path / "whole.xlsx", tmp_path / "broken.xlsx"
    book(whole, One=[["x"], [1]])
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<broken" if name == damage else old.read(name))
    assert outcome(broken) in ("read", "broken.xlsx")


def outcome(path: Path) -> str:
    """`read`, or the file that the error names."""
    try:
        opened = Book(path)
        for sheet in opened.sheets:
            assert [table.num_rows for table in opened.tables(sheet)] == [1]
    except DataError as error:
        return path.name if path.name in error.message else error.message
    return "read"


# ---- encodings of text ----------------------------------------------------------------------------------------------

TEXT = "naïve,price\ncafé €,1\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-le"),
    ],
)
def test_text_in_utf8_and_utf16_is_read(shelf: Path, source: Source, workspace: Workspace, content: bytes) -> None:
    (shelf / "menu.csv").write_bytes(content)
    workspace.load("menu", source, "select * from menu")
    assert [field.name for field in workspace.fields("menu")] == ["naïve", "price"]
    assert list(workspace.rows("menu")) == [("café €", 1)]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("windows-1252"),
        TEXT.replace("€", "").encode("latin-1"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        b"x,y\n" + b"a,1\n" * 300_000 + "café,1\n".encode("latin-1"),
    ],
)
def test_text_in_another_encoding_is_refused_with_its_file_and_the_remedy(
    shelf: Path, source: Source, workspace: Workspace, content: bytes
) -> None:
    (shelf / "menu.csv").write_bytes(content)
    (shelf / "a.csv").write_text("x\n1\n")
    error = refusal(source, workspace, "select * from menu")
    assert error.code == "conversion"
    assert "menu.csv" in error.message
    assert "iconv" in error.remedy
    workspace.load("a", source, "select * from a")


def test_a_workbook_whose_parts_are_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.xlsx"
    book(path, One=[["x"], *([number] for number in range(500))])
    with zipfile.ZipFile(path) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    content = bytearray(path.read_bytes())
    start = part.header_offset + 30 + len(part.filename)
    content[start : start + 40] = b"\xff" * 40
    path.write_bytes(content)
    with pytest.raises(DataError, match="is no workbook"):
        Book(path)
