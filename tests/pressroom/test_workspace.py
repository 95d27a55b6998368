"""The workspace: results as Python values, totals, names, and nothing left behind."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pressroom import database
from pressroom.columns import kind_of
from pressroom.document import Kind, Results, Total
from pressroom.errors import DataError, LayoutError
from pressroom.sources import Source
from pressroom.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "scratch", zone=ZoneInfo("America/New_York")) as opened:
        yield opened


def test_a_workspace_is_what_writers_read_from(workspace: Workspace) -> None:
    results: Results = workspace
    assert results.names() == []


def test_names_keep_the_order_of_loading(workspace: Workspace, source: Source) -> None:
    for name in ("b", "a", "select", 'quo"ted'):
        workspace.load(name, source, "select 1 as x")
    assert workspace.names() == ["b", "a", "select", 'quo"ted']
    assert list(workspace.rows('quo"ted')) == [(1,)]


def test_two_results_of_one_name_are_refused(workspace: Workspace, source: Source) -> None:
    workspace.load("totals", source, "select 1 as x")
    with pytest.raises(LayoutError, match="two queries"):
        workspace.load("Totals", source, "select 1 as x")


def test_unknown_names_are_refused_with_the_nearest_right_one(workspace: Workspace, source: Source) -> None:
    workspace.load("totals", source, "select 1 as flights, 2 as late")
    with pytest.raises(LayoutError, match='Did you mean "totals"'):
        workspace.fields("total")
    with pytest.raises(LayoutError, match='Did you mean "flights"'):
        workspace.scalar("totals", Total.SUM, "flight")


def test_instants_are_read_in_the_zone_of_the_report(workspace: Workspace, source: Source) -> None:
    workspace.load(
        "t", source, "select timestamptz '2024-07-01 03:00:00Z' as at, timestamp '2024-07-01 03:00' as local"
    )
    assert next(workspace.rows("t")) == (
        datetime.fromisoformat("2024-06-30T23:00"),
        datetime.fromisoformat("2024-07-01T03:00"),
    )
    assert workspace.scalar("t", Total.MAX, "at") == datetime.fromisoformat("2024-06-30T23:00")


def test_values_without_a_place_in_python_are_empty(workspace: Workspace, source: Source) -> None:
    sql = "select date 'infinity' as a, timestamp '-infinity' as b, date '0044-03-15 (BC)' as c, timestamptz 'infinity' as d"
    workspace.load("t", source, sql)
    assert next(workspace.rows("t")) == (None, None, None, None)


def test_everything_shown_as_text_is_read_as_text(workspace: Workspace, source: Source) -> None:
    sql = "select [1, 2] as a, {'k': 'v'} as b, 'ab'::blob as c, interval 90 minute as d, 'x'::enum('x', 'y') as e"
    workspace.load("t", source, sql)
    assert next(workspace.rows("t")) == ("[1, 2]", "{'k': v}", "6162", "01:30:00", "x")
    assert {field.kind for field in workspace.fields("t")} == {Kind.TEXT}


def test_sums_of_whole_numbers_stay_whole(workspace: Workspace, source: Source) -> None:
    workspace.load(
        "t", source, "select sum(i) as total, 170141183460469231731687303715884105 as huge from range(5) x(i)"
    )
    row = next(workspace.rows("t"))
    assert row == (10, 170141183460469231731687303715884105)
    assert all(type(value) is int for value in row)
    assert [field.kind for field in workspace.fields("t")] == [Kind.INTEGER, Kind.INTEGER]


def test_totals_leave_out_what_is_empty_and_stay_decimal(workspace: Workspace, source: Source) -> None:
    workspace.load("t", source, "select * from (values (1.10, 'a'), (2.25, 'b'), (null, null)) x(amount, name)")
    assert workspace.scalar("t", Total.SUM, "amount") == Decimal("3.35")
    assert workspace.scalar("t", Total.AVG, "amount") == Decimal("1.675")
    assert workspace.scalar("t", Total.COUNT, "name") == 2
    assert workspace.scalar("t", Total.MAX, "name") == "b"
    with pytest.raises(LayoutError, match="needs numbers"):
        workspace.scalar("t", Total.SUM, "name")


def test_totals_of_nothing_are_nothing(workspace: Workspace, source: Source) -> None:
    workspace.load("t", source, "select 1.5 as a where false")
    assert workspace.scalar("t", Total.SUM, "a") is None
    assert workspace.scalar("t", Total.AVG, "a") is None
    assert workspace.scalar("t", Total.COUNT, "a") == 0


def test_rows_may_be_read_while_other_queries_run(workspace: Workspace, source: Source) -> None:
    workspace.load("t", source, "select i from range(10000) x(i)")
    seen = 0
    for number, (value,) in enumerate(workspace.rows("t")):
        assert value == number
        seen += workspace.scalar("t", Total.COUNT, "i") == 10_000 if number % 2500 == 0 else 0
    assert seen == 4


def test_not_a_number_stays_one(workspace: Workspace, source: Source) -> None:
    workspace.load("t", source, "select 'nan'::double as a, 'inf'::double as b")
    nan, infinity = next(workspace.rows("t"))
    assert math.isnan(nan)
    assert math.isinf(infinity)


def test_closing_leaves_no_database_behind(tmp_path: Path, source: Source) -> None:
    scratch = tmp_path / "other"
    with Workspace(scratch) as workspace:
        workspace.load("t", source, "select i from range(1000) x(i)")
    assert [path for path in scratch.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("UTINYINT", Kind.INTEGER),
        ("HUGEINT", Kind.INTEGER),
        ("DECIMAL(38,0)", Kind.INTEGER),
        ("DECIMAL(18,4)", Kind.DECIMAL),
        ("FLOAT", Kind.FLOAT),
        ("TIMESTAMP_NS", Kind.TIMESTAMP),
        ("TIMESTAMP WITH TIME ZONE", Kind.TIMESTAMP),
        ("TIME", Kind.TIME),
        ("TIME WITH TIME ZONE", Kind.TEXT),
        ("UUID", Kind.TEXT),
        ("INTEGER[]", Kind.TEXT),
        ("STRUCT(a INTEGER)", Kind.TEXT),
    ],
)
def test_every_type_has_a_kind(type_: str, kind: Kind) -> None:
    assert kind_of(type_) is kind


def test_results_move_to_disk_when_they_have_become_much(tmp_path: Path, source: Source) -> None:
    with Workspace(tmp_path / "scratch", zone=ZoneInfo("Asia/Tokyo")) as workspace:
        workspace.load("small", source, "select 'a' as x, timestamptz '2026-01-01 00:00:00Z' as at")
        reading = workspace.rows("small")
        file = tmp_path / "scratch" / "workspace.duckdb"
        assert not file.exists()
        workspace.load("results on disk", source, "select range as n, repeat('x', 100) as t from range(200000)")
        assert file.exists()
        assert list(reading) == list(workspace.rows("small")) == [("a", datetime(2026, 1, 1, 9))]  # noqa: DTZ001
        assert [n for n, _ in workspace.rows("results on disk")] == list(range(200_000))
        workspace.load("after", source, "select 3 as x")
        assert list(workspace.rows("after")) == [(3,)]
        assert workspace.connection.execute(
            "select count(*) from duckdb_tables() where database_name = 'memory'"
        ).fetchall() == [(0,)]
    assert not file.exists()


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[database._Engine]:
    """The engines that wait for the next run: none so far."""
    engines: list[database._Engine] = []
    monkeypatch.setattr(database, "_free", engines)
    return engines


def test_an_engine_is_used_again_and_keeps_nothing_of_the_run_before(
    tmp_path: Path, source: Source, free: list[database._Engine]
) -> None:
    with Workspace(tmp_path / "one", zone=ZoneInfo("Asia/Tokyo")) as workspace:
        workspace.load("a", source, "select timestamptz '2026-01-01 00:00:00Z' as at")
        assert list(workspace.rows("a")) == [(datetime(2026, 1, 1, 9),)]  # noqa: DTZ001
        assert not free
        with Workspace(tmp_path / "beside") as beside:
            beside.load("a", source, "select 2 as x")
            assert beside.connection is not workspace.connection
            assert workspace.field("a", "at").kind is Kind.TIMESTAMP
    assert len(free) == 2
    kept = free[-1].connection
    with Workspace(tmp_path / "two", zone=ZoneInfo("America/New_York")) as workspace:
        assert workspace.connection is kept
        workspace.load("a", source, "select timestamptz '2026-01-01 00:00:00Z' as at")
        assert list(workspace.rows("a")) == [(datetime(2025, 12, 31, 19),)]  # noqa: DTZ001
        assert workspace.connection.execute("select strftime(timestamptz '2026-01-01 00:00:00Z', '%H')").fetchall() == [
            ("19",)
        ]
    assert kept.execute("select count(*) from duckdb_tables()").fetchall() == [(0,)]


def test_an_engine_that_waits_has_no_threads(tmp_path: Path, source: Source, free: list[database._Engine]) -> None:
    before = set(Path("/proc/self/task").iterdir())
    with Workspace(tmp_path / "scratch") as workspace:
        workspace.load("a", source, "select range as n from range(200000)")  # enough for two
    source.close()
    assert len(free) == 1
    assert set(Path("/proc/self/task").iterdir()) <= before


def test_a_load_that_fails_half_way_leaves_nothing_to_the_next_run(
    tmp_path: Path, source: Source, free: list[database._Engine]
) -> None:
    for _ in range(2):
        with Workspace(tmp_path / "scratch") as workspace, pytest.raises(DataError):
            workspace.load("a", source, "select if(range = 250000, error('no'), 'yes') as x from range(300000)")
    assert len(free) == 1
    with Workspace(tmp_path / "scratch") as workspace:
        workspace.load("a", source, "select 1 as x")
        assert list(workspace.rows("a")) == [(1,)]


def test_an_engine_that_used_the_disk_is_not_kept(tmp_path: Path, source: Source, free: list[database._Engine]) -> None:
    with Workspace(tmp_path / "scratch") as workspace:
        workspace.load("a", source, "select range as n, repeat('x', 100) as t from range(200000)")
    assert not free
    with Workspace(tmp_path / "scratch") as workspace:
        workspace.load("a", source, "select 1 as x")
        (tmp_path / "scratch" / "spill").mkdir()
    assert not free


def test_an_engine_that_failed_for_good_is_closed(
    tmp_path: Path, source: Source, free: list[database._Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    def drop(*_: object) -> None:
        raise duckdb.FatalException("database has been invalidated")

    with Workspace(tmp_path / "scratch") as workspace:
        workspace.load("a", source, "select 1 as x")
        monkeypatch.setattr(database._Engine, "drop", drop)
    assert not free
    with pytest.raises(duckdb.ConnectionException):
        workspace.connection.execute("select 1")


def test_a_forked_child_leaves_the_engines_of_its_parent_alone(
    tmp_path: Path, source: Source, free: list[database._Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_of_parents", parents := [])
    with Workspace(tmp_path / "scratch") as workspace:
        workspace.load("a", source, "select 1 as x")
    (engine,) = free
    child = os.fork()
    if not child:
        os._exit(0 if not free and parents == [engine] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert free == [engine]
    assert not parents


def test_the_rows_of_a_short_result_are_read_once(workspace: Workspace, source: Source) -> None:
    workspace.load("short", source, "select range as n from range(3)")
    workspace.load("long", source, "select range as n from range(2001)")
    for name, times in (("short", 3), ("long", 2001)):
        assert list(workspace.rows(name)) == [(n,) for n in range(times)]
        assert list(workspace.rows(name, 2)) == [(0,), (1,)]
    workspace.connection.execute("drop table short; drop table long")
    assert list(workspace.rows("short")) == [(0,), (1,), (2,)]
    with pytest.raises(duckdb.CatalogException):
        list(workspace.rows("long"))
