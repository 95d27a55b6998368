"""What is particular to SQLite databases and to folders of files."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pressroom.errors import DataError, ParameterError, SourceMisconfigured, SourceUnreachable
from pressroom.sources import open_source
from pressroom.sources.binding import for_sqlite
from pressroom.sources.faults import SQLITE_FAULTS, sorted_fault
from pressroom.workspace import Workspace


def loaded(tmp_path: Path, create: str, rows: list[tuple[object, ...]], sql: str = "select * from t") -> Workspace:
    connection = sqlite3.connect(tmp_path / "t.db")
    connection.execute(create)
    connection.executemany(f"insert into t values ({','.join('?' * len(rows[0]))})", rows)
    connection.commit()
    connection.close()
    source = open_source("sqlite:///t.db", base=tmp_path)
    workspace = Workspace(tmp_path / "scratch")
    workspace.load("t", source, sql)
    source.close()
    return workspace


def types(workspace: Workspace) -> list[str]:
    return [field.type for field in workspace.fields("t")]


def test_a_column_widens_when_a_later_value_needs_it(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [(number, number, None) for number in range(60_000)]
    rows += [(0.5, "n/a", b"\x01\xff"), (None, b"\x0a", None)]
    with loaded(tmp_path, "create table t (a, b, c)", rows) as workspace:
        assert types(workspace) == ["DOUBLE", "VARCHAR", "BLOB"]
        got = list(workspace.rows("t"))
    assert got[0] == (0.0, "0", None)
    assert got[59_999] == (59_999.0, "59999", None)
    assert got[60_000:] == [(0.5, "n/a", "01ff"), (None, "0a", None)]


def test_binary_values_beside_others_become_hexadecimal_text(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [(b"\x01",)] * 2_000 + [(7,)]
    with loaded(tmp_path, "create table t (a blob)", rows) as workspace:
        assert types(workspace) == ["VARCHAR"]
        got = [row[0] for row in workspace.rows("t")]
    assert (got[0], got[-1]) == ("01", "7")


@pytest.mark.parametrize(
    ("declared", "values", "type_", "first"),
    [
        ("date", ["2024-02-29"], "DATE", date(2024, 2, 29)),
        ("date", ["2024-02-30"], "VARCHAR", "2024-02-30"),
        ("date", ["2024-02-29", "soon"], "VARCHAR", "2024-02-29"),
        ("datetime", ["2024-02-29 10:00:00.5"], "TIMESTAMP", datetime.fromisoformat("2024-02-29T10:00:00.500000")),
        ("datetime", ["2024-02-29"], "TIMESTAMP", datetime.fromisoformat("2024-02-29")),
        (
            "timestamp",
            ["2024-07-01T10:00:00+02:00"],
            "TIMESTAMP WITH TIME ZONE",
            datetime.fromisoformat("2024-07-01T08:00"),
        ),
        ("bool", [1, 0, None], "BOOLEAN", True),
        ("boolean", [1, 2], "BIGINT", 1),
        ("decimal(10,2)", [12.5, 7], "DECIMAL(10,2)", Decimal("12.50")),
        ("decimal(10,2)", [0.1 + 0.2], "DECIMAL(10,2)", Decimal("0.30")),
        ("decimal(10,2)", [12.345], "DOUBLE", 12.345),
        ("decimal(4,2)", [123456], "BIGINT", 123456),
        ("numeric", [12.5], "DOUBLE", 12.5),
        ("integer", [2**63 - 1], "BIGINT", 2**63 - 1),
        ("varchar(5)", ["longer than five"], "VARCHAR", "longer than five"),
        ("time", ["10:30"], "TIME", datetime.fromisoformat("2024-01-01T10:30").time()),
    ],
)
def test_a_declared_type_holds_when_every_value_fits(
    tmp_path: Path, declared: str, values: list[object], type_: str, first: object
) -> None:
    with loaded(tmp_path, f"create table t (a {declared})", [(value,) for value in values]) as workspace:
        assert types(workspace) == [type_]
        assert next(workspace.rows("t"))[0] == first


def test_declared_types_reach_through_views_joins_and_parameters(tmp_path: Path) -> None:
    sql = "with x as (select day, amount from t where day >= '2024-01-01') select day, amount * 2 as twice, day as again from x"
    rows: list[tuple[object, ...]] = [("2024-01-02", 1.5)]
    with loaded(tmp_path, "create table t (day date, amount decimal(8,2))", rows, sql) as workspace:
        assert types(workspace) == ["DATE", "DOUBLE", "DATE"]


@pytest.mark.parametrize(
    ("expression", "type_"),
    [
        ("max(day)", "DATE"),
        ("date(sold_at)", "DATE"),
        ("datetime(sold_at, '+1 hour')", "TIMESTAMP"),
        ("sold_at", "TIMESTAMP"),
        ("strftime('%Y-%m', day)", "VARCHAR"),
        ("day || ''", "DATE"),
        ("day || ' or so'", "VARCHAR"),
        ("coalesce(max(gone), gone)", "VARCHAR"),
        ("count(*)", "BIGINT"),
    ],
)
def test_texts_that_sqlite_declares_nothing_of_are_dates_when_all_are(
    tmp_path: Path, expression: str, type_: str
) -> None:
    rows: list[tuple[object, ...]] = [("2024-02-29", "2024-02-29 10:00:00", None)]
    sql = f"select {expression} as a from t"
    with loaded(tmp_path, "create table t (day date, sold_at text, gone text)", rows, sql) as workspace:
        assert types(workspace) == [type_]


def test_a_slash_that_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "shop.db").touch()
    with pytest.raises(SourceMisconfigured) as caught:
        open_source(f"sqlite://{tmp_path}/shop.db", base=tmp_path).test()
    assert caught.value.remedy is not None
    assert f"Four slashes begin an absolute path: sqlite:///{tmp_path}/shop.db." in caught.value.remedy


def test_text_that_is_not_utf8_is_a_conversion_error(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        loaded(tmp_path, "create table t (a)", [(1,)], "select cast(x'ff' as text) as a from t")
    assert caught.value.code == "conversion"


def test_a_bomb_of_a_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        loaded(tmp_path, "create table t (a)", [(1,)], "select zeroblob(900000000) as a from t")
    assert caught.value.code == "conversion"


def test_values_of_parameters_become_what_sqlite_stores() -> None:
    assert for_sqlite("x", value=True) == 1
    assert for_sqlite("x", Decimal("12.50")) == 12.5
    assert for_sqlite("x", Decimal("12.00")) == 12
    assert for_sqlite("x", date(2024, 1, 2)) == "2024-01-02"
    assert for_sqlite("x", datetime.fromisoformat("2024-01-02T03:04:05")) == "2024-01-02 03:04:05"
    assert for_sqlite("x", datetime.fromisoformat("2024-07-02T00:00:00+02:00")) == "2024-07-01 22:00:00"
    assert for_sqlite("x", ["a", date(2024, 1, 2)]) == '["a", "2024-01-02"]'
    with pytest.raises(ParameterError, match="64 bits"):
        for_sqlite("x", 2**63)
    with pytest.raises(ParameterError, match="set"):
        for_sqlite("x", {1})


def test_an_index_of_full_text_is_read_and_not_written(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "texts.db")
    connection.execute("create virtual table notes using fts5(text)")
    connection.execute("insert into notes values ('late again'), ('on time')")
    connection.commit()
    connection.close()
    source = open_source("sqlite:///texts.db", base=tmp_path)
    with Workspace(tmp_path / "scratch") as workspace:
        workspace.load("found", source, "select text from notes where notes match 'late'")
        assert list(workspace.rows("found")) == [("late again",)]
        for attack in (
            "insert into notes values ('x')",
            "insert into notes(notes) values ('rebuild')",
            "pragma data_version = 2",
        ):
            with pytest.raises(DataError):
                workspace.load("attack", source, attack)
    source.close()


def test_a_locked_database_is_unreachable_not_wrong() -> None:
    assert isinstance(sorted_fault(SQLITE_FAULTS, "database is locked", "x"), SourceUnreachable)


def test_files_are_tables_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,day\n1,2024-01-01\n")
    (tmp_path / "b.json").write_text('[{"x": 1}]')
    (tmp_path / "c d.tsv").write_text("x\ty\n1\t2\n")
    (tmp_path / "notes.txt").write_text("not a table")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "e.csv").write_text("x\n1\n")
    source = open_source("files:///.", base=tmp_path)
    with Workspace(tmp_path / "scratch") as workspace:
        workspace.load("all", source, 'select a.x, a.day, b.x as bx, c.y from a, b, "c d" c')
        assert list(workspace.rows("all")) == [(1, date(2024, 1, 1), 1, 2)]
        for absent in ("notes", "e"):
            with pytest.raises(DataError) as caught:
                workspace.load(absent, source, f"select * from {absent}")
            assert caught.value.code == "missing_table"
    source.close()


def test_a_link_out_of_the_folder_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("x\n1\n")
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "a.csv").write_text("x\n1\n")
    (shelf / "secret.csv").symlink_to(tmp_path / "secret.csv")
    source = open_source("files:///shelf", base=tmp_path)
    with Workspace(tmp_path / "scratch") as workspace:
        for sql in ("select * from secret", f"select * from read_csv('{shelf}/secret.csv')"):
            with pytest.raises(DataError):
                workspace.load("secret", source, sql)
    source.close()


def test_two_files_of_one_name_are_refused_by_both_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    duckdb.connect().execute(f"copy (select 1 as x) to '{tmp_path}/a.parquet'").close()
    source = open_source(f"files:///{tmp_path}")
    with pytest.raises(SourceMisconfigured, match=r"a\.csv and a\.parquet"):
        source.test()
    source.close()


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    source = open_source(f"files:///{tmp_path}")
    with pytest.raises(SourceMisconfigured, match="holds no table"):
        source.test()
    source.close()


def test_a_value_that_does_not_fit_its_csv_column_is_a_conversion_error(tmp_path: Path) -> None:
    lines = ["x", *("1" for _ in range(150_000)), "many"]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    source = open_source(f"files:///{tmp_path}")
    with Workspace(tmp_path / "scratch") as workspace, pytest.raises(DataError) as caught:
        workspace.load("a", source, "select * from a")
    source.close()
    assert caught.value.code == "conversion"
