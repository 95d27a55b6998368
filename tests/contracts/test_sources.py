"""One suite for every kind of source: SQLite, DuckDB, a folder of files, PostgreSQL, MariaDB."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pressroom import render
from pressroom.document import Kind
from pressroom.errors import DataError, ParameterError
from pressroom.sources import Source, open_source
from pressroom.workspace import Workspace
from tests.contracts.conftest import AT, ROWS, SERVERS, Place, as_reader


def test_a_source_that_works_passes_its_test(source: Source) -> None:
    source.test()


def test_values_arrive_with_the_types_of_their_columns(source: Source, workspace: Workspace) -> None:
    workspace.load("flights", source, "select * from flights order by id")
    kinds = [column.kind for column in workspace.fields("flights")]
    assert kinds == [Kind.INTEGER, Kind.TEXT, Kind.DECIMAL, Kind.DATE, Kind.TIMESTAMP, Kind.BOOLEAN, Kind.FLOAT]
    rows = list(workspace.rows("flights"))
    assert rows[0] == (
        1,
        "JetBlue",
        Decimal("120.50"),
        date(2013, 7, 1),
        datetime.fromisoformat("2013-07-01T10:00"),
        True,
        12.5,
    )
    assert rows[2][1] == "O'Hare \\ :name % ?"
    assert rows[3] == (4, None, None, None, None, None, None)


def test_an_empty_result_keeps_its_columns_and_their_kinds(source: Source, workspace: Workspace) -> None:
    workspace.load("none", source, "select id, fare, day from flights where id < 0")
    assert [(column.name, column.kind) for column in workspace.fields("none")] == [
        ("id", Kind.INTEGER),
        ("fare", Kind.DECIMAL),
        ("day", Kind.DATE),
    ]
    assert list(workspace.rows("none")) == []


def test_rows_keep_the_order_of_the_query(place: Place, source: Source, workspace: Workspace) -> None:
    workspace.load("down", source, f"select i from ({place.series}) as numbers order by i desc", {"n": 200_000})
    numbers = [row[0] for row in workspace.rows("down")]
    assert numbers == list(range(200_000, 0, -1))


def test_parameters_are_values_and_never_sql(source: Source, workspace: Workspace) -> None:
    sql = "select id from flights where carrier = :carrier or ':carrier' = '' -- :comment\n"
    workspace.load("found", source, sql, {"carrier": "O'Hare \\ :name % ?", "unused": 1})
    assert list(workspace.rows("found")) == [(3,)]
    workspace.load("attack", source, sql, {"carrier": "x' or '1'='1"})
    assert list(workspace.rows("attack")) == []


def test_a_list_can_be_bound(place: Place, source: Source, workspace: Workspace) -> None:
    """In each dialect as docs/report-file.md says."""
    dialects = {"sqlite": "in (select value from json_each(:carriers))", "mysql": "in (:carriers)"}
    among = dialects.get(place.url.partition(":")[0], "= any(:carriers)")
    sql = f"select id from flights where carrier {among} order by id"
    workspace.load("found", source, sql, {"carriers": ["JetBlue", "O'Hare \\ :name % ?", "nobody"]})
    assert list(workspace.rows("found")) == [(1,), (3,)]


def test_dates_numbers_and_decimals_can_be_bound(source: Source, workspace: Workspace) -> None:
    sql = "select id from flights where day >= :start and day < :stop and fare > :fare and id <> :id"
    values = {"start": date(2013, 7, 1), "stop": date(2013, 7, 3), "fare": Decimal("99.00"), "id": 7}
    workspace.load("found", source, sql, values)
    assert list(workspace.rows("found")) == [(1,)]


def test_instants_are_compared_with_columns_that_hold_utc(source: Source, workspace: Workspace) -> None:
    """Whatever the zone of this machine, of the server and of the report."""
    berlin = ZoneInfo("Europe/Berlin")
    values = {
        "first": datetime(2013, 7, 1, 12, tzinfo=berlin).astimezone(UTC),
        "stop": datetime(2013, 7, 4, 1, 59, 59, tzinfo=berlin).astimezone(UTC),
    }
    workspace.load("found", source, "select id from flights where left_at >= :first and left_at < :stop", values)
    assert sorted(workspace.rows("found")) == [(1,), (2,)]


def test_a_parameter_that_is_not_there_is_named(source: Source, workspace: Workspace) -> None:
    with pytest.raises(ParameterError, match=r":carier.*Did you mean :carrier"):
        workspace.load("found", source, "select * from flights where carrier = :carier", {"carrier": "x"})


def test_a_result_above_the_row_limit_is_cut_and_says_so(place: Place, source: Source, tmp_path: Path) -> None:
    with Workspace(tmp_path / "small", row_limit=1000) as small:
        small.load("cut", source, place.series, {"n": 1001})
        small.load("whole", source, place.series, {"n": 1000})
        assert (small.count("cut"), small.is_cut("cut"), small.stopped_at_bytes("cut")) == (1000, True, None)
        assert (small.count("whole"), small.is_cut("whole")) == (1000, False)


def test_a_result_above_the_byte_limit_is_cut_and_says_so(place: Place, source: Source, tmp_path: Path) -> None:
    with Workspace(tmp_path / "small", byte_limit=100_000) as small:
        small.load("cut", source, place.series, {"n": 300_000})
        assert (small.is_cut("cut"), small.stopped_at_bytes("cut")) == (True, 100_000)
        assert 0 < small.count("cut") < 300_000


def test_columns_of_the_same_name_stay_apart(source: Source, workspace: Workspace) -> None:
    workspace.load("twice", source, "select id, id, carrier as id from flights where id = 1")
    assert len({column.name.casefold() for column in workspace.fields("twice")}) == 3
    assert list(workspace.rows("twice")) == [(1, 1, "JetBlue")]


# What each kind calls the same values; a kind without such a type is left out.
UUID_TEXT = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
DUCKDB_VALUES = {
    "exact": "'1234567890123456789012345678.0123456789'::decimal(38,10)",
    "instant": "timestamptz '2024-07-01 10:00:00+00'",
    "wall": "timestamp '2024-07-01 10:00:00'",
    "uuid": f"'{UUID_TEXT}'::uuid",
    "json": """'{"a": 1}'::json""",
    "list": "[1, 2]",
    "bytes": "'\\x00\\xFF'::blob",
    "flag": "true",
    "nan": "'nan'::double",
    "most": "'infinity'::double",
    "least": "'-infinity'::double",
    "long": "repeat('ä', 1000000)",
    "nothing": "null",
    "marked": "'<b>&amp; =1+1 \t #x'",
}
VALUES = {
    "sqlite": {
        "uuid": f"'{UUID_TEXT}'",
        "json": """json('{"a":1}')""",
        "bytes": "x'00ff'",
        "most": "9e999",
        "least": "-9e999",
        "long": "replace(hex(zeroblob(1000000)), '00', 'ä')",
        "nothing": "null",
        "marked": "'<b>&amp; =1+1 \t #x'",
    },
    "duckdb": DUCKDB_VALUES,
    "files": DUCKDB_VALUES,
    "postgresql": {
        **DUCKDB_VALUES,
        "json": """'{"a": 1}'::jsonb""",
        "list": "array[1, 2]",
        "bytes": "'\\x00ff'::bytea",
        "nan": "'NaN'::float8",
        "most": "'Infinity'::float8",
        "least": "'-Infinity'::float8",
    },
    "mysql": {
        "exact": "cast('1234567890123456789012345678.0123456789' as decimal(38,10))",
        "wall": "cast('2024-07-01 10:00:00' as datetime)",
        "uuid": f"cast('{UUID_TEXT}' as uuid)",
        "json": "json_object('a', 1)",
        "bytes": "x'00ff'",
        "long": "repeat('ä', 1000000)",
        "nothing": "null",
        "marked": "'<b>&amp; =1+1 \t #x'",
    },
}
WANTED = {
    "exact": Decimal("1234567890123456789012345678.0123456789"),
    "instant": datetime.fromisoformat("2024-07-01T12:00"),  # in Berlin, the zone of the report
    "wall": datetime.fromisoformat("2024-07-01T10:00"),
    "uuid": UUID_TEXT,
    "list": "[1, 2]",
    "bytes": "00ff",
    "flag": True,
    "most": math.inf,
    "least": -math.inf,
    "long": "ä" * 1_000_000,
    "nothing": None,
    "marked": "<b>&amp; =1+1 \t #x",
}


def test_values_of_every_type_arrive_as_they_are(source: Source, workspace: Workspace) -> None:
    values = VALUES[source.kind]
    workspace.load("types", source, "select " + ", ".join(f"{sql} as {name}_" for name, sql in values.items()))
    names = [field.name.removesuffix("_") for field in workspace.fields("types")]
    (row,) = workspace.rows("types")
    got = dict(zip(names, row, strict=True))
    assert json.loads(got.pop("json")) == {"a": 1}
    assert math.isnan(got.pop("nan", math.nan))
    assert got == {name: WANTED[name] for name in got}


@pytest.mark.parametrize("place", ["duckdb", "files"], indirect=True)
def test_what_arrow_lacks_comes_as_duckdb_writes_it(source: Source, workspace: Workspace) -> None:
    values = {
        "'101'::bit": "101",
        "5::uhugeint": 5,
        "'12:30:00+02'::timetz": "12:30:00+02",
        "'2024-07-01 10:00:00.123456+00'::timestamptz_ns": datetime.fromisoformat("2024-07-01T12:00:00.123456"),
        "[timestamptz '2024-07-01 10:00:00+00']": "['2024-07-01 12:00:00+02']",
        "'POINT(1 2)'::geometry": "POINT (1 2)",
        "1": 1,
    }
    items = ", ".join(f'{sql} as "a""{number}"' for number, sql in enumerate(values))
    workspace.load("odd", source, f"select {items} from range(:rows)", {"rows": 2})
    assert list(workspace.rows("odd")) == [tuple(values.values())] * 2
    workspace.load("large", source, "select 340282366920938463463374607431768211455::uhugeint as n")
    assert list(workspace.rows("large")) == [(float(2**128),)]
    with pytest.raises(DataError, match=r"PIVOT .* IN"):
        workspace.load("pivot", source, "pivot flights on carrier using sum(fare)")


def test_types_of_columns_do_not_hang_on_there_being_rows(source: Source, workspace: Workspace) -> None:
    values = VALUES[source.kind]
    items = ", ".join(f"{sql} as {name}_" for name, sql in values.items())
    for name, end in (("one", ""), ("none", "where id < 0")):
        workspace.load(name, source, f"select * from (select {items}, id from flights) as f {end}")
    one, none = ([(f.name, f.type) for f in workspace.fields(name)] for name in ("one", "none"))
    if source.kind == "sqlite":  # it types values, and has none here
        assert [name for name, _ in none] == [name for name, _ in one]
    else:
        assert none == one
    assert workspace.count("none") == 0


def test_three_hundred_columns_arrive(source: Source, workspace: Workspace) -> None:
    workspace.load("wide", source, "select " + ", ".join(f"{number} as c{number}" for number in range(300)))
    assert [field.name for field in workspace.fields("wide")] == [f"c{number}" for number in range(300)]
    assert list(workspace.rows("wide")) == [tuple(range(300))]


def test_a_query_without_columns_is_refused(source: Source, workspace: Workspace) -> None:
    with pytest.raises(DataError):
        workspace.load("none", source, "select from flights")


# ---- what every source refuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("select id,\n  carrier,\n  fair\nfrom flights", 3),
        ("-- fair\nselect id\nfrom flights\nwhere carrier = :carrier\n  and fair > 1", 5),
        ("select id\nfrom flihgts", 2),
        ("select id,\n  carrier\nfrom flights\nwhere carrier = :carrier\ngroup order by 1", 5),
    ],
)
def test_an_error_points_to_its_line_in_the_query(source: Source, tmp_path: Path, sql: str, line: int) -> None:
    front = "---\ntitle: Lines\nsource: data\nparameters: {carrier: {type: text, default: Delta}}\n---\n"
    report = f"{front}```sql q\n{sql}\n```\n"
    with pytest.raises(DataError) as caught:
        render(
            report, sources={"data": source}, parameters={}, at=AT, out=tmp_path / "out", formats=["csv"], email=False
        )
    assert str(caught.value.place) == f"report.md:{6 + line}"


def test_a_value_of_several_lines_moves_no_line(source: Source, tmp_path: Path) -> None:
    front = "---\ntitle: Lines\nsource: data\nparameters: {carrier: {type: text, default: Delta}}\n---\n"
    sql = "select id\nfrom flights\nwhere carrier = :carrier\n  and fair > 1"
    with pytest.raises(DataError) as caught:
        render(
            f"{front}```sql q\n{sql}\n```\n", sources={"data": source}, parameters={"carrier": "a\nb\nc"}, at=AT,
            out=tmp_path / "out", formats=["csv"], email=False,
        )  # fmt: skip
    assert caught.value.place
    assert caught.value.place.line in (6, 10)  # the block, or the line itself where the word says it


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("selec 1", "sql_syntax"),
        ("select * from flight", "missing_table"),
        ("select carier from flights", "missing_column"),
        ("select from where", "sql_syntax"),
    ],
)
def test_wrong_sql_is_sorted_by_what_is_wrong(source: Source, workspace: Workspace, sql: str, code: str) -> None:
    with pytest.raises(DataError) as caught:
        workspace.load("wrong", source, sql)
    assert caught.value.code == code


ATTACKS = (
    "insert into flights (id) values (9)",
    "update flights set id = 9",
    "delete from flights",
    "drop table flights",
    "create table evil (id integer)",
    "create temp table evil as select 1",
    "select 1; delete from flights",
    "select 1; commit; delete from flights",
    "with gone as (delete from flights returning *) select * from gone",
    "with new as (insert into flights (id) values (9) returning *) select * from new",
    "attach '{folder}/evil.db' as evil",
    "attach 'file:{folder}/evil.db?mode=rwc' as evil",
    "pragma writable_schema = on",
    "pragma query_only = off",
    "vacuum into '{folder}/evil.db'",
    "copy (select 1) to '{folder}/evil.db'",
    "copy flights to '{folder}/evil.db'",
    "select 1) to program 'touch {folder}/evil.db' --",
    "export database '{folder}/evil.db'",
    "set transaction read write",
    "set session characteristics as transaction read write",
    "begin; delete from flights; commit",
    "install httpfs",
    "load '{folder}/evil.so'",
    "call pragma_version()",
    "select load_extension('{folder}/evil.so')",
    "explain analyze delete from flights",
    "/* harmless */ delete from flights",
    "select /* /* */ 1; delete from flights -- */",
    "",
    "   -- nothing\n",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_but_one_select_runs(place: Place, source: Source, workspace: Workspace, attack: str) -> None:
    with pytest.raises(DataError):
        workspace.load("attack", source, attack.format(folder=place.base))
    source.close()
    assert place.rows() == len(ROWS)
    assert not (place.base / "evil.db").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{folder}/outside.csv')",
        "select * from read_text('{folder}/outside.csv')",
        "select * from '{folder}/outside.csv'",
        "select * from glob('{folder}/*')",
        "select pg_read_file('{folder}/outside.csv')",
        "select readfile('{folder}/outside.csv')",
        "select * from enable_logging(storage = 'file', storage_path = '{folder}/evil.db')",
    ],
)
def test_a_query_reads_no_files_beside_its_source(place: Place, workspace: Workspace, sql: str) -> None:
    (place.base / "outside.csv").write_text("a\n1\n")
    # Superusers of PostgreSQL read the files of its server: the document advises a role that may only select.
    reader = open_source(as_reader(place.url), base=place.base)
    with pytest.raises(DataError):
        workspace.load("files", reader, sql.format(folder=place.base))
    reader.close()
    assert not (place.base / "evil.db").exists()


@pytest.mark.parametrize("place", SERVERS, indirect=True)
def test_a_source_warns_of_what_its_user_may_do_besides_reading(place: Place, source: Source) -> None:
    (warning,) = source.test()
    assert "SELECT only" in warning
    assert open_source(as_reader(place.url)).test() == []
