"""Large results that only a data file shows: they go straight to it, and nobody can tell from the file."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from arro3.core import Array, DataType, Table

from pressroom import Rendered, parse, render
from pressroom.errors import DataError, RenderError
from pressroom.exports import heads
from pressroom.sources import Source
from pressroom.workspace import Straight, Workspace
from pressroom.writers import csv
from tests.pressroom.given_source import GivenSource
from tests.pressroom.reports import AT, FRONT

BERLIN = ZoneInfo("Europe/Berlin")
COLUMNS = (
    "range as n, '=' || range as word, timestamptz '2026-01-01 00:00:00+00' + to_minutes(range) as at, "
    "(range / 100)::decimal(18,4) as amount, case when range % 3 > 0 then date '2026-01-01' end as day"
)
MANY = f"```sql many\nselect {COLUMNS} from range(300000)\n```\n"
TABLE = "```table\ndata: many\nlimit: 5\n```\n"


def made(body: str, source: Source, out: Path, *formats: str, row_limit: int | None = None) -> Rendered:
    return render(
        FRONT + body, sources={"flights": source}, parameters={}, at=AT, zone=BERLIN, out=out, formats=formats,
        row_limit=row_limit,
    )  # fmt: skip


def answer(sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("format_name", ["csv", "parquet"])
def test_a_file_made_straight_is_the_same_as_one_made_from_kept_rows(
    format_name: str, source: Source, tmp_path: Path
) -> None:
    straight = made(MANY + TABLE, source, tmp_path / "straight", format_name)
    kept = made(MANY + TABLE, source, tmp_path / "kept", *dict.fromkeys([format_name, "csv", "parquet"]))
    one, other = straight.artifacts[0], kept.artifacts[0]
    assert (one.name, one.rows) == (other.name, other.rows)
    assert one.sha256 == hashlib.sha256(one.path.read_bytes()).hexdigest()
    if format_name == "csv":
        assert one.sha256 == other.sha256
        return
    for question in ("select key, value from parquet_kv_metadata('{}')", "select name, type from parquet_schema('{}')"):
        assert answer(question.format(one.path)) == answer(question.format(other.path))
    assert answer(f"(from '{one.path}' except from '{other.path}')") == []


def test_the_first_rows_are_shown_in_the_message(source: Source, tmp_path: Path) -> None:
    rendered = made(MANY + TABLE, source, tmp_path / "out", "csv")
    assert rendered.rows == 300_000
    assert rendered.email is not None
    assert "=4" in rendered.email.html
    assert "=5<" not in rendered.email.html
    assert "300,000" in rendered.email.html


def test_a_limit_cuts_what_goes_straight_and_is_told(source: Source, tmp_path: Path) -> None:
    rendered = made(MANY + TABLE, source, tmp_path / "out", "csv", row_limit=200_001)
    assert rendered.rows == 200_001
    with zipfile.ZipFile(rendered.artifacts[0].path) as archive:
        assert "INCOMPLETE.txt" in archive.namelist()
        lines = archive.read("many.csv").splitlines()
    assert len(lines) == 200_002
    assert lines[-1].startswith(b"200000,")
    assert rendered.email is not None
    assert "stopped at 200,001 rows" in rendered.email.html


def test_an_error_in_the_middle_is_the_sources_and_leaves_no_file(source: Source, tmp_path: Path) -> None:
    body = "```sql many\nselect case when range < 290000 then range else cast('x' as integer) end as n from range(300000)\n```\n"
    body = body.replace("cast('x' as integer)", "(range || 'x')::integer")
    with pytest.raises(DataError) as caught:
        made(body, source, tmp_path / "out", "csv")
    assert caught.value.place is not None
    assert list((tmp_path / "out").iterdir()) == []


def prices(*, last: str) -> GivenSource:
    """150,000 prices as PostgreSQL's `numeric(18,2)` arrives: as text."""

    def tables() -> Iterator[Table]:
        for texts in (["-1.50", "22.00"] * 37_500, ["-1.50", "22.00"] * 37_499 + ["3.00", last]):
            yield Table.from_pydict({"price": Array(texts, DataType.string())})

    return GivenSource(tables, declared={0: "DECIMAL(18,2)"})


def test_declared_decimals_go_straight_as_numbers(tmp_path: Path) -> None:
    with Workspace(tmp_path / "scratch") as workspace:
        straight = Straight(csv.copy, tmp_path / "many.csv", 10)
        workspace.load("many", prices(last="7.25"), "", straight=straight)
        assert workspace.file("many") == tmp_path / "many.csv"
        assert [field.type for field in workspace.fields("many")] == ["DECIMAL(18,2)"]
    lines = (tmp_path / "many.csv").read_text(encoding="utf-8-sig").split()
    assert (lines[:3], lines[-1], len(lines)) == (["price", "-1.50", "22.00"], "7.25", 150_001)


def test_a_value_beyond_its_declared_type_keeps_all_rows_after_all(tmp_path: Path) -> None:
    with Workspace(tmp_path / "scratch") as workspace:
        straight = Straight(csv.copy, tmp_path / "many.csv", 10)
        workspace.load("many", prices(last="NaN"), "", straight=straight)
        assert workspace.file("many") is None
        assert workspace.count("many") == 150_000
        assert [field.type for field in workspace.fields("many")] == ["DOUBLE"]


def test_several_results_go_straight_into_one_archive(source: Source, tmp_path: Path) -> None:
    body = MANY + MANY.replace("many", "more")
    rendered = made(body, source, tmp_path / "out", "csv")
    with zipfile.ZipFile(rendered.artifacts[0].path) as archive:
        assert archive.namelist() == ["many.csv", "more.csv"]
        assert archive.read("many.csv") == archive.read("more.csv")


def test_more_than_the_first_rows_cannot_be_read(source: Source, tmp_path: Path) -> None:
    with Workspace(tmp_path / "scratch") as workspace:
        straight = Straight(csv.copy, tmp_path / "many.csv", 10)
        workspace.load("many", source, f"select {COLUMNS} from range(300000)", straight=straight)
        assert workspace.file("many") == tmp_path / "many.csv"
        assert [row[0] for row in workspace.rows("many", 10)] == list(range(10))
        with pytest.raises(RenderError, match="are kept"):
            list(workspace.rows("many"))


def test_a_small_result_is_kept(source: Source, tmp_path: Path) -> None:
    with Workspace(tmp_path / "scratch") as workspace:
        workspace.load("few", source, "select 1 as n", straight=Straight(csv.copy, tmp_path / "few.csv", 10))
        assert workspace.file("few") is None


@pytest.mark.parametrize(
    ("body", "formats"),
    [
        (MANY + TABLE, ["csv", "parquet"]),
        (MANY + TABLE, ["xlsx"]),
        (MANY + TABLE.replace("limit: 5", "columns: {amount: {total: sum}}"), ["csv"]),
        (MANY + TABLE + "{{ many.rows | length }} rows.\n", ["csv"]),
        (MANY + TABLE + "```kpi\ndata: many\ntiles: [{label: N, value: n}]\n```\n", ["csv"]),
        (MANY + MANY.replace("many", "other") + TABLE.replace("many", "other") + "{{ other.n }} {{ many.n }}", ["csv"]),
    ],
)
def test_what_else_needs_rows_keeps_them(body: str, formats: list[str]) -> None:
    assert heads(parse(FRONT + body), formats) == {}


def test_only_tables_and_reports_without_any_go_straight() -> None:
    assert heads(parse(FRONT + MANY + TABLE), ["csv"]) == {"many": 5}
    assert heads(parse(FRONT + MANY), ["parquet"]) == {"many": 0}
    assert heads(parse(FRONT + MANY + MANY.replace("many", "other") + TABLE), ["csv"]) == {"many": 5}


@pytest.mark.parametrize("formats", [("parquet",), ("parquet", "csv")])
def test_negative_durations_are_texts_in_parquet(formats: tuple[str, ...], source: Source, tmp_path: Path) -> None:
    body = "```sql t\nselect interval '-1 day' as early union all select null order by 1\n```\n```table\ndata: t\n```\n"
    rendered = made(body, source, tmp_path / "out", *formats)
    assert answer(f"select * from '{rendered.artifacts[0].path}'") == [("-1 day",), (None,)]


FAILING_COPIES = """
import duckdb, sys
connection = duckdb.connect()
query = "select case when range < 290000 then range else (range || 'x')::integer end as n from range(300000)"
for _ in range(200):
    try:
        connection.execute(f"copy ({query}) to '{sys.argv[1]}' (format csv)")
    except duckdb.ConversionException:
        continue
    sys.exit("it did not fail")
"""


@pytest.mark.slow
def test_duckdb_gives_up_a_file_without_hanging(tmp_path: Path) -> None:
    """Version 2.0.0 waited for itself after one error in a hundred; an execution then stood until its time limit."""
    command = [sys.executable, "-c", FAILING_COPIES, str(tmp_path / "out.csv")]
    assert subprocess.run(command, timeout=120, check=False).returncode == 0
