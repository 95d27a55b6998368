"""Workbooks read back by openpyxl, cell by cell: every kind of column that a database has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from pressroom import open_source, render
from pressroom.sources import Source

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
EMPTY = ("n", None)
NOT_A_NUMBER = ("e", "#NUM!")
BIG = 9_007_199_254_740_992


def number(value: float) -> tuple[str, Any]:
    return "n", value


def text(value: str) -> tuple[str, Any]:
    return "s", value


def moment(*parts: int) -> tuple[str, Any]:
    return "d", datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - Excel has no zones


# The type of a column, its values as SQL, and the cells that they must become.
COLUMNS: dict[str, tuple[str, Sequence[tuple[str, tuple[str, Any]]]]] = {
    "small": ("tinyint", [("-128", number(-128)), ("127", number(127))]),
    "unsigned": ("utinyint", [("0", number(0)), ("255", number(255))]),
    "whole": ("integer", [("-2147483648", number(-2_147_483_648)), ("0", number(0)), ("2147483647", number(2_147_483_647))]),
    "big": ("bigint", [(str(BIG), number(BIG)), (str(BIG + 1), text(str(BIG + 1))), (str(-BIG - 1), text(str(-BIG - 1)))]),
    "unsigned_big": ("ubigint", [("18446744073709551615", text("18446744073709551615"))]),
    "huge": ("hugeint", [("170141183460469231731687303715884105727", text("170141183460469231731687303715884105727")), ("-1", number(-1))]),
    "money": ("decimal(12,2)", [("0.10", number(0.1)), ("-9999999999.99", number(-9_999_999_999.99))]),
    "exact": ("decimal(18,4)", [("1.25", number(1.25)), ("19999.99", number(19999.99)), ("12345678901234.5678", text("12345678901234.5678"))]),
    "exacter": ("decimal(38,10)", [("12345678901234567890.123456789", text("12345678901234567890.1234567890")), ("-1", number(-1)), ("9999999999999999999999999999.9999999999", text("9999999999999999999999999999.9999999999"))]),
    "long_whole": ("decimal(38,0)", [("99999999999999999999999999999999999999", text("9" * 38)), ("42", number(42))]),
    "single": ("float", [("1.5", number(1.5)), ("'nan'", NOT_A_NUMBER), ("'inf'", NOT_A_NUMBER), ("'-inf'", NOT_A_NUMBER)]),
    "double_": ("double", [("0.1", number(0.1)), ("1e300", number(1e300)), ("5e-324", number(5e-324)), ("-0.0", number(0)), ("'nan'", NOT_A_NUMBER), ("'inf'", NOT_A_NUMBER)]),
    "yes": ("boolean", [("true", ("b", True)), ("false", ("b", False))]),
    "day": ("date", [("'2026-02-28'", moment(2026, 2, 28)), ("'1900-03-01'", moment(1900, 3, 1)), ("'9999-12-31'", moment(9999, 12, 31)), ("'1899-01-01'", text("1899-01-01"))]),
    "clock": ("time", [("'00:00'", ("d", time(0))), ("'13:05:06.5'", ("d", time(13, 5, 6, 500_000)))]),
    "at": ("timestamp", [("'2026-03-01 12:34:56.789'", moment(2026, 3, 1, 12, 34, 56, 789_000)), ("'1969-12-31 23:59:59'", moment(1969, 12, 31, 23, 59, 59)), ("'1815-06-18 11:35'", text("1815-06-18 11:35:00"))]),
    "seconds": ("timestamp_s", [("'2026-03-01 12:34:56'", moment(2026, 3, 1, 12, 34, 56))]),
    # The clock of Berlin, as the report says: winter, summer, and both sides of the hour that comes twice.
    "instant": ("timestamptz", [("'2026-03-01 12:00:00Z'", moment(2026, 3, 1, 13)), ("'2026-07-01 12:00:00Z'", moment(2026, 7, 1, 14)), ("'2026-10-25 00:30:00Z'", moment(2026, 10, 25, 2, 30)), ("'2026-10-25 01:30:00Z'", moment(2026, 10, 25, 2, 30))]),
    "words": ("varchar", [("''", text("")), ("' x '", text(" x ")), ("'naïve 日本 😀'", text("naïve 日本 😀")), ("repeat('x', 10000)", text("x" * 10_000)), ("'007'", text("007")), ("'1e5'", text("1e5")), ("'http://example.org'", text("http://example.org"))]),
    "formula": ("varchar", [("'=1+1'", text("=1+1")), ("'+1'", text("+1")), ("'-1'", text("-1")), ("'@SUM(A1)'", text("@SUM(A1)")), ("chr(9) || '=1'", text("\t=1"))]),
    "markup": ("varchar", [("'<b>&\"''</b>'", text("<b>&\"'</b>")), ("'_x0041_'", text("_x0041_")), ("']]>'", text("]]>"))]),
    "control": ("varchar", [("'a' || chr(1) || 'b'", text("ab")), ("'a' || chr(9) || chr(10) || 'b'", text("a\t\nb")), ("'a' || chr(13) || chr(10) || 'b'", text("a\nb"))]),
    "key": ("uuid", [("'c0ffee00-0000-4000-8000-000000000001'", text("c0ffee00-0000-4000-8000-000000000001"))]),
    "document": ("json", [("""'{"a": [1, null]}'""", text('{"a": [1, null]}')), ("""'"=2+2"'""", text('"=2+2"')), ("'null'", text("null"))]),
    "length": ("interval", [("'1 day 02:03:04'", text("1 day 02:03:04")), ("'-3 months'", text("-3 months")), ("'0 seconds'", text("00:00:00"))]),
    "bytes": ("blob", [("'abc\\xFF'", text("616263ff")), ("''", text(""))]),
    "list": ("integer[]", [("[1, null]", text("[1, NULL]")), ("[]", text("[]"))]),
    "record": ("struct(k varchar)", [("{'k': '=1'}", text("{'k': '=1'}"))]),
    "choice": ("enum('low', '=high')", [("'=high'", text("=high"))]),
}  # fmt: skip


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    folder = tmp_path_factory.mktemp("cells")
    with duckdb.connect(str(folder / "cells.duckdb")) as connection:
        connection.execute("set timezone = 'UTC'")
        for name, (type_, values) in COLUMNS.items():
            rows = ", ".join(f"({place}, ({value})::{type_})" for place, (value, _) in enumerate(values))
            connection.execute(f'create table "{name}" as select * from (values {rows}, (-1, null)) t(place, value)')
    opened = open_source("duckdb:///cells.duckdb", base=folder)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def book(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Iterator[openpyxl.Workbook]:
    blocks = "".join(
        f'```sql {name}_rows\nselect value, 7 as last from "{name}" order by place desc\n```\n```table\ndata: {name}_rows\n```\n'
        for name in COLUMNS
    )
    rendered = render(
        f"---\ntitle: Cells\nsource: data\nformats: [xlsx]\n---\n{blocks}", sources={"data": source}, parameters={},
        at=AT, out=tmp_path_factory.mktemp("out"), zone=ZoneInfo("Europe/Berlin"), email=False,
    )  # fmt: skip
    (file,) = rendered.artifacts
    opened = openpyxl.load_workbook(file.path)
    yield opened
    opened.close()


def read(cell: Any) -> tuple[str, Any]:
    value = unescape(cell.value) if cell.data_type == "s" and cell.value else cell.value
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return cell.data_type, value


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_is_read_back_as_it_was(name: str, book: openpyxl.Workbook) -> None:
    sheet = book[f"{name}_rows"]
    expected = [cell for _, cell in reversed(COLUMNS[name][1])]
    assert [read(row[0]) for row in sheet.iter_rows(min_row=2)] == [*expected, EMPTY]
    assert {row[1].value for row in sheet.iter_rows(min_row=2)} == {7}


def test_decimals_have_the_places_that_they_are_stored_with(book: openpyxl.Workbook) -> None:
    formats = {
        name: book[f"{name}_rows"]["A2"].number_format for name in ("money", "exact", "exacter", "whole", "double_")
    }
    assert formats == {
        "money": "#,##0.00", "exact": "#,##0.0000", "exacter": "#,##0.0000000000", "whole": "#,##0", "double_": "#,##0.00",
    }  # fmt: skip


def test_no_cell_of_the_workbook_is_a_formula(book: openpyxl.Workbook) -> None:
    assert [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []


# ---- totals ---------------------------------------------------------------------------------------------------------

VALUES = """select * from (values
  ('a', 9007199254740993, 1.5, 'nan'::double, 'inf'::double, 7, 0.5),
  ('a', -9007199254740992, 2.5, 4.0, 2.0, 8, 0.5),
  ('b', 9007199254740995, 3.5, 2.0, 5.0, 9, null)) as t(name, long, fine, holes, endless, plain, gaps)"""
TOTALS = ("long", "fine", "holes", "endless", "plain", "gaps")


def with_totals(source: Source, out: Path, kind: str, group: str) -> list[list[tuple[Any, Any]]]:
    """The rows of totals of a sheet: what each cell holds and what it is known to come to."""
    columns = "".join(f"  {name}: {{total: {kind}}}\n" for name in TOTALS)
    text = (
        f"---\ntitle: Totals\nsource: data\nformats: [xlsx]\n---\n```sql d\n{VALUES}\n```\n"
        f"```table\ndata: d\n{group}columns:\n  name: {{}}\n{columns}```\n"
    )
    rendered = render(text, sources={"data": source}, parameters={}, at=AT, out=out, zone=ZoneInfo("UTC"), email=False)
    kinds = [openpyxl.load_workbook(rendered.artifacts[0].path, data_only=known)["d"] for known in (False, True)]
    rows = zip(*(sheet.iter_rows(min_row=2) for sheet in kinds), strict=True)
    return [
        [(a.value, b.value) for a, b in zip(*pair, strict=True)][1:]
        for pair in rows
        if "otal" in str(pair[0][0].value) or "aximum" in str(pair[0][0].value) or "inimum" in str(pair[0][0].value)
    ]


def ways(cells: list[tuple[Any, Any]]) -> list[Any]:
    """What the cells come to; a text stands between bars, a number of no function after its sign."""
    found = []
    for written, known in cells:
        is_function = str(written).startswith("=SUBTOTAL(")
        found.append(known if is_function else f"|{written}|" if isinstance(known, str) else f"={known:g}")
    return found


def test_a_sum_is_what_excel_comes_to_or_has_all_its_digits(source: Source, tmp_path: Path) -> None:
    (cells,) = with_totals(source, tmp_path, "sum", "")
    assert ways(cells) == ["|9007199254740996|", 7.5, "#NUM!", "#NUM!", 24, 1]


def test_a_least_value_beside_what_is_no_number_is_said_as_a_number(source: Source, tmp_path: Path) -> None:
    (cells,) = with_totals(source, tmp_path, "min", "")
    assert ways(cells) == ["=-9.0072e+15", 1.5, "=2", "=2", 7, 0.5]
    assert cells[0][1] == -(2**53)


def test_a_count_counts_texts_and_errors_too(source: Source, tmp_path: Path) -> None:
    (cells,) = with_totals(source, tmp_path, "count", "")
    assert ways(cells) == [3, 3, 3, 3, 3, 2]


def test_subtotals_follow_the_same_rules(source: Source, tmp_path: Path) -> None:
    first, second, whole = with_totals(source, tmp_path, "sum", "group: name\n")
    assert ways(first) == ["=1", 4, "#NUM!", "#NUM!", 15, 1]
    assert ways(second) == ["|9007199254740995|", 3.5, 2, 5, 9, "|–|"]  # noqa: RUF001
    assert ways(whole) == ["|9007199254740996|", 7.5, "#NUM!", "#NUM!", 24, 1]
