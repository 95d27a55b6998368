"""Results and templates without an end: cut or refused with a word, in bounded memory and time."""

from __future__ import annotations

import resource
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from arro3.core import Array, DataType, RecordBatch, Table

from pressroom.database import not_kept
from pressroom.errors import DataError
from pressroom.sources import Source
from tests.pressroom.given_source import GivenSource
from tests.pressroom.odd_reports import (
    HEAD,
    TABLE,
    made,
    words_of,
)


def batches(count: int, rows: int, width: int) -> Callable[[], Iterator[Table]]:
    """*count* tables of *rows* rows with one text of *width* characters, made when they are asked for."""

    def tables() -> Iterator[Table]:
        array = Array(["x" * width] * rows, DataType.utf8())
        for _ in range(count):
            yield Table.from_batches([RecordBatch.from_arrays([array], names=["word"])])

    return tables


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("formats", [("csv",), ("json",)])
def test_ten_gigabytes_are_cut_at_the_limit_with_bounded_memory(formats: tuple[str, ...], tmp_path: Path) -> None:
    asked = 0

    def counted() -> Iterator[Table]:
        nonlocal asked
        for table in batches(10_000, 1_000, 1_000)():
            asked += 1
            yield table

    before = peak_bytes()
    report = HEAD.format(title="Big") + TABLE.format(sql="select")
    rendered, files = made(report, GivenSource(counted), tmp_path / "out", formats=formats, row_limit=50_000)
    assert rendered.rows == 50_000
    assert asked == 51
    assert rendered.email is not None
    assert "stopped at 50,000 rows" in rendered.email.html
    if formats == ("csv",):
        with zipfile.ZipFile(files["csv"]) as archive:
            assert archive.getinfo("q.csv").file_size == len("\ufeffword\r\n".encode()) + 50_000 * 1_002
    else:
        assert files["json"].stat().st_size > 50_000_000
    assert peak_bytes() - before < 700 << 20


@pytest.mark.parametrize("formats", [("csv", "parquet"), ("parquet",)])
def test_rows_of_ten_kilobytes_are_written_within_the_memory_of_duckdb(
    formats: tuple[str, ...], source: Source, tmp_path: Path
) -> None:
    sql = "select repeat(md5(range::varchar), 312) as word, range as n from range(9000)"
    rendered, files = made(HEAD.format(title="Wide") + TABLE.format(sql=sql), source, tmp_path / "out", formats=formats)
    assert rendered.rows == 9_000
    with duckdb.connect() as connection:
        path = files["parquet"]
        assert connection.execute(f"select count(*), min(length(word)) from '{path}'").fetchall() == [(9_000, 9_984)]
        largest = connection.execute(f"select max(row_group_num_rows) from parquet_metadata('{path}')").fetchall()[0][0]
    assert largest <= 8_192


def test_what_needs_more_memory_than_there_is_says_so_without_duckdb_advice() -> None:
    fault = not_kept(
        "The CSV file of q could not be written", duckdb.OutOfMemoryException("failed\n\nPossible solutions:")
    )
    assert (fault.code, "Possible" in str(fault)) == ("out_of_memory", False)
    assert "row_limit" in fault.remedy


def test_a_chart_of_five_million_points_shows_the_first_and_says_so(source: Source, tmp_path: Path) -> None:
    report = (
        HEAD.format(title="Points")
        + "```sql q\nselect range as x, (range % 977)::double as y from range(5000000)\n```\n"
        + "```chart\ndata: q\ntype: line\nx: x\ny: y\n```\n"
    )
    rendered, files = made(report, source, tmp_path / "out", formats=("html", "pdf"), row_limit=500_000)
    chart = rendered.document.charts()[0]
    assert "The first 5,000 of " in chart.note
    assert "limit was reached" in chart.note
    assert files["html"].stat().st_size < 3_000_000
    assert "Thefirst5,000" in words_of(files["pdf"])


def test_a_template_that_loops_for_ever_is_stopped_with_its_line(source: Source, tmp_path: Path) -> None:
    report = (
        HEAD.format(title="Loop")
        + "One.\n\n{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}\n"
    )
    with pytest.raises(DataError, match="rounds") as caught:
        made(report + "```sql q\nselect 1 as n\n```\n", source, tmp_path / "out")
    assert caught.value.place is not None
    assert caught.value.place.line == 7
