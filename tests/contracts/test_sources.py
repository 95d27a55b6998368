"""One suite for every kind of source: SQLite, DuckDB, a folder of files, PostgreSQL, MariaDB."""

from __future__ import annotations

import json
import math
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import LiteralString
from zoneinfo import ZoneInfo

import duckdb
import psycopg
import pymysql
import pytest

from pressroom import render
from pressroom.document import Kind
from pressroom.errors import DataError, ParameterError, SourceError, SourceMisconfigured, SourceUnreachable
from pressroom.sources import Source, open_source
from pressroom.workspace import Workspace
from tests.mariadb_server import MariadbServer, MariadbUnavailable, running_mariadb
from tests.postgres_server import PostgresServer, PostgresUnavailable, running_postgres

KINDS = ("sqlite", "duckdb", "files", "postgresql", "mysql")
SERVERS = ("postgresql", "mysql")
SECRET = "hunter2-secret"
AT = datetime(2026, 11, 24, 8, tzinfo=UTC)

CREATE = """
create table flights (
    id integer, carrier varchar(20), fare decimal(12,2), day date, left_at timestamp, is_late boolean, delay double precision
)
"""
ROWS = [
    (1, "JetBlue", "120.50", "2013-07-01", "2013-07-01 10:00:00", True, 12.5),
    (2, "Delta", "99.00", "2013-07-02", "2013-07-02 11:30:00", False, -3.25),
    (3, "O'Hare \\ :name % ?", "0.10", "2013-07-03", "2013-07-03 23:59:59", True, 0.0),
    (4, None, None, None, None, None, None),
]


@dataclass
class Place:
    """Where a source lies, and how to ask it afterwards whether it is untouched."""

    url: str
    base: Path
    series: str  # a query that gives the whole numbers from 1 to :n
    slow: str  # a query that runs for minutes
    rows: Callable[[], int]
    running: Callable[[], int] = int  # how many queries of sources the server runs

    def open(self) -> Source:
        return open_source(self.url, base=self.base)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    try:
        with running_postgres() as server:
            server.execute("create role reader login")
            server.execute("create sequence counter")
            server.execute("create table taken (id integer)")
            server.execute(
                "create function sneak() returns int language sql as 'insert into taken values (1) returning 1'"
            )
            yield server
    except PostgresUnavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariadbServer]:
    try:
        with running_mariadb() as server:
            yield server
    except MariadbUnavailable as reason:
        pytest.skip(str(reason))


def sqlite_place(folder: Path) -> Place:
    file = folder / "flights.db"
    with sqlite3.connect(file) as connection:
        connection.execute(CREATE)
        connection.executemany("insert into flights values (?,?,?,?,?,?,?)", ROWS)
    connection.close()

    def rows() -> int:
        again = sqlite3.connect(file)
        try:
            return int(again.execute("select count(*) from flights").fetchone()[0])
        finally:
            again.close()

    numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i < {}) select {} from n"
    return Place(
        "sqlite:///flights.db", folder, numbers.format(":n", "i"), numbers.format("1000000000", "max(i)"), rows
    )


def duckdb_place(folder: Path) -> Place:
    file = folder / "flights.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(CREATE)
        connection.executemany("insert into flights values (?,?,?,?,?,?,?)", ROWS)

    def rows() -> int:
        with duckdb.connect(str(file), read_only=True) as again:
            return int(again.execute("select count(*) from flights").fetchall()[0][0])

    return Place("duckdb:///flights.duckdb", folder, *DUCKDB_QUERIES, rows)


DUCKDB_QUERIES = (
    "select i from range(1, :n + 1) as numbers(i)",
    "select sum(a.i * b.i % 7) from range(1000000) a(i), range(1000000) b(i)",
)


def files_place(folder: Path) -> Place:
    shelf = folder / "shelf"
    shelf.mkdir()
    with duckdb.connect() as connection:
        connection.execute(CREATE)
        connection.executemany("insert into flights values (?,?,?,?,?,?,?)", ROWS)
        connection.execute(f"copy flights to '{shelf}/flights.parquet' (format parquet)")
    (shelf / "carriers.csv").write_text("code,name\nB6,JetBlue\nDL,Delta\n")
    (shelf / "airports.ndjson").write_text('{"code": "JFK", "runways": 4}\n{"code": "LGA", "runways": 2}\n')

    def rows() -> int:
        with duckdb.connect() as again:
            return len(again.execute(f"from '{shelf}/flights.parquet'").fetchall())

    return Place("files:///shelf", folder, *DUCKDB_QUERIES, rows)


@pytest.fixture(scope="session")
def flights_database(postgres_server: PostgresServer) -> str:
    """The URL of a database with the flights; one for all tests, since none can change it."""
    url = postgres_server.create_database("flights")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(CREATE)
        connection.cursor().executemany("insert into flights values (%s,%s,%s,%s,%s,%s,%s)", ROWS)
    return url


def postgres_place(url: str, folder: Path) -> Place:
    def count(sql: LiteralString) -> int:
        with psycopg.connect(url) as again:
            found = again.execute(sql).fetchone()
        return int(found[0]) if found else -1

    def rows() -> int:
        return count("select count(*) from flights")

    def running() -> int:
        return count(
            "select count(*) from pg_stat_activity where application_name = 'presstime' and state = 'active'"
            " and pg_sleep(0.02) is not null"
        )

    return Place(
        url,
        folder,
        "select i from generate_series(1, :n) as numbers(i)",
        "select count(*) from generate_series(1, 100000000) a, generate_series(1, 100000) b",
        rows,
        running,
    )


@pytest.fixture(scope="session")
def mariadb_flights(mariadb_server: MariadbServer) -> MariadbServer:
    """A server with the database `flights`, and a user `reader` who may only select."""
    mariadb_server.execute(
        "create database flights",
        "use flights",
        CREATE.replace("timestamp", "datetime"),
        f"create user reader identified by '{SECRET}'",
        "grant select on flights.* to reader",
        "create function sneak() returns int begin insert into flights (id) values (9); return 1; end",
    )
    values = "(%s,%s,%s,%s,%s,%s,%s)"
    with closing(pymysql.connect(port=mariadb_server.port, host="127.0.0.1", user="root", database="flights")) as made:
        made.cursor().executemany(f"insert into flights values {values}", ROWS)
        made.commit()
    return mariadb_server


def mysql_place(server: MariadbServer, folder: Path) -> Place:
    def rows() -> int:
        return int(server.execute("select count(*) from flights", database="flights")[0][0])

    def running() -> int:
        sql = "select count(*) from information_schema.processlist where db = 'flights' and command <> 'Sleep'"
        return int(server.execute("do sleep(0.02)", sql)[0][0])

    return Place(
        server.url_of("flights"),
        folder,
        "select seq as i from seq_1_to_1000000 where seq - 1 < :n",
        "select count(*) from seq_1_to_1000000 as a, seq_1_to_1000000 as b",
        rows,
        running,
    )


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    makers = {"sqlite": sqlite_place, "duckdb": duckdb_place, "files": files_place}
    if request.param == "postgresql":
        return postgres_place(request.getfixturevalue("flights_database"), tmp_path)
    if request.param == "mysql":
        return mysql_place(request.getfixturevalue("mariadb_flights"), tmp_path)
    return makers[request.param](tmp_path)


@pytest.fixture
def source(place: Place) -> Iterator[Source]:
    opened = place.open()
    yield opened
    opened.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "scratch", zone=ZoneInfo("Europe/Berlin")) as opened:
        yield opened


# ---- what every source gives ----------------------------------------------------------------------------------------


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


def as_reader(url: str) -> str:
    """*url* with the user who may only select."""
    return url.replace("//postgres@", "//reader@").replace("//root@", f"//reader:{SECRET}@")


def test_an_interrupted_query_ends_at_once(place: Place, source: Source, workspace: Workspace) -> None:
    timer = threading.Timer(0.3, source.interrupt)
    timer.start()
    with pytest.raises(SourceError) as caught:
        workspace.load("slow", source, place.slow)
    timer.join()
    assert caught.value.code == "interrupted"
    assert_nothing_runs(place)


def assert_nothing_runs(place: Place) -> None:
    """The server's own list of what it runs has nothing of a source; the look itself takes 20 ms."""
    assert any(place.running() == 0 for _ in range(100))


@pytest.mark.parametrize("place", SERVERS, indirect=True)
def test_a_query_ends_on_its_server_at_the_limit_of_the_address(place: Place, workspace: Workspace) -> None:
    source = open_source(f"{place.url}?statement_timeout_seconds=1")
    with pytest.raises(SourceError) as caught:
        workspace.load("slow", source, place.slow)
    assert caught.value.code == "statement_timeout"
    assert_nothing_runs(place)


@pytest.mark.parametrize("place", SERVERS, indirect=True)
def test_a_result_that_is_left_early_ends_on_its_server(place: Place, source: Source) -> None:
    with source.stream(place.series, {"n": 1_000_000}, limit_rows=10) as stream:
        assert [table.num_rows for table in stream] == [10]
    assert_nothing_runs(place)


@pytest.mark.parametrize("place", SERVERS, indirect=True)
def test_a_source_warns_of_what_its_user_may_do_besides_reading(place: Place, source: Source) -> None:
    (warning,) = source.test()
    assert "SELECT only" in warning
    assert open_source(as_reader(place.url)).test() == []


def test_a_source_works_again_after_an_error(source: Source, workspace: Workspace) -> None:
    with pytest.raises(DataError):
        workspace.load("flights", source, "select nothing from nowhere")
    workspace.load("flights", source, "select id from flights order by id")
    assert [row[0] for row in workspace.rows("flights")] == [1, 2, 3, 4]


def test_closing_twice_is_harmless(source: Source) -> None:
    source.test()
    source.close()
    source.close()


# ---- PostgreSQL's own -----------------------------------------------------------------------------------------------


def test_postgresql_types_arrive_exactly(postgres_server: PostgresServer, workspace: Workspace) -> None:
    sql = """
        select 1.5000::numeric(18,4) as fixed, 2.50::numeric as free, avg(x) as mean, 'NaN'::numeric as nan,
               timestamptz '2024-07-01 10:00Z' as instant, 'infinity'::timestamptz as forever, 'infinity'::date as never,
               '6f9619ff-8b86-d011-b42d-00cf4fc964ff'::uuid as uuid, '{"a": 1}'::jsonb as json, array[1, 2] as list,
               'ab'::bytea as bytes, time '10:00' as clock, 9223372036854775807 as long, '10%' as percent
        from (values (1.0::numeric), (2), (2)) v(x)
    """
    workspace.load("types", open_source(postgres_server.url), sql)
    names = [column.name for column in workspace.fields("types")]
    row = dict(zip(names, next(workspace.rows("types")), strict=True))
    assert row.pop("nan") != row.get("nan")
    assert row["fixed"] == Decimal("1.5000")
    assert row["mean"] == Decimal("1.6666666666666667")
    assert row["instant"] == datetime.fromisoformat("2024-07-01T12:00")
    assert (row["forever"], row["never"]) == (None, None)
    assert (row["uuid"], row["json"]) == ("6f9619ff-8b86-d011-b42d-00cf4fc964ff", '{"a": 1}')
    assert (row["list"], row["bytes"], row["long"]) == ("[1, 2]", "6162", 9223372036854775807)


@pytest.mark.parametrize("value", ["inet '10.0.0.1'", "12.5::money", "int4range(1, 3)", "timetz '10:00+02'"])
def test_a_type_that_cannot_be_carried_is_refused_with_the_remedy(
    postgres_server: PostgresServer, workspace: Workspace, value: str
) -> None:
    with pytest.raises(DataError, match="Cast it in the query"):
        workspace.load("odd", open_source(postgres_server.url), f"select {value} as odd")


def test_an_error_in_the_middle_of_a_postgresql_result_is_a_data_error(
    postgres_server: PostgresServer, workspace: Workspace
) -> None:
    sql = "select 1 / (400000 - i) from generate_series(1, 500000) as numbers(i)"
    with pytest.raises(DataError, match="division by zero") as caught:
        workspace.load("middle", open_source(postgres_server.url), sql)
    assert caught.value.code == "conversion"


def test_a_postgresql_session_cannot_turn_its_guard_off(postgres_server: PostgresServer, workspace: Workspace) -> None:
    source = open_source(postgres_server.url)
    workspace.load("later", source, "select set_config('default_transaction_read_only', 'off', false) as done")
    for attack in (
        "select set_config('transaction_read_only', 'off', false) as done",
        "select lo_create(0)",
        "select nextval('counter')",
        "select sneak()",
        "with off as materialized (select set_config('transaction_read_only', 'off', true)) select *, sneak() from off",
    ):
        with pytest.raises(DataError) as caught:
            workspace.load("now", source, attack)
        assert caught.value.code == "read_only"


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        (("{port}", "1"), SourceUnreachable, "connection_refused"),
        (("127.0.0.1", "no.such.host.invalid"), SourceUnreachable, "dns"),
        (("/postgres", "/nowhere"), SourceMisconfigured, "unknown_database"),
        (("postgres:", "nobody_knows:"), SourceMisconfigured, "auth"),
        (("/postgres", "/postgres?sslmode=require"), SourceUnreachable, "tls"),
    ],
)
def test_a_postgresql_that_cannot_be_reached_says_why_without_its_password(
    postgres_server: PostgresServer, change: tuple[str, str], kind: type[SourceError], code: str
) -> None:
    url = f"postgresql://postgres:{SECRET}@127.0.0.1:{postgres_server.port}/postgres"
    old, new = change[0].format(port=postgres_server.port), change[1]
    before, at, after = url.rpartition(old) if old == "/postgres" else url.partition(old)
    source = open_source(before + new + after if at else url)
    with pytest.raises(kind) as caught:
        source.test()
    error = caught.value
    assert error.code == code
    assert SECRET not in f"{error} {error.__cause__!r} {source!r} {source.name}"


# ---- MySQL's and MariaDB's own --------------------------------------------------------------------------------------

ODD = """
create table odd (
    fixed decimal(38,10), huge decimal(65,30), mean decimal(10,4) unsigned, wall datetime(6), instant timestamp null, day date,
    span time, clock time, year year, bit1 bit, bits bit(10), flag boolean, many tinyint(1), small tinyint,
    long_ bigint unsigned, json json, bytes binary(16), id uuid, kind enum('a', 'b'), kinds set('x', 'y'),
    picture blob, words longtext, ratio float, binary_words varchar(5) character set binary
)
"""
ODD_ROWS = """
insert into odd values
    ('1234567890123456789012345678.0123456789', '12345.678', 1.5, '2024-07-01 10:00:00.000001', '2024-07-01 10:00:00',
     '2024-02-29', '-838:59:59', '10:30', 2024, 1, 5, true, 1, -128, 18446744073709551615, '{"a": [1, null]}',
     x'000102030405060708090a0b0c0d0e0f', '6f9619ff-8b86-d011-b42d-00cf4fc964ff', 'b', 'x,y', x'00ff', 'emoji \U0001f600',
     0.1, 'abc'),
    (0, 0, 0, '0000-00-00', null, '0000-00-00', '12:00', '00:00', 0, 0, 0, false, 2, 0, 0, '1',
     '', null, 'a', '', '', '', 0, ''),
    (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
     null, null, null, null, null, null, null, null)
"""


@pytest.fixture(scope="session")
def odd_table(mariadb_flights: MariadbServer) -> str:
    mariadb_flights.execute("set sql_mode = '', time_zone = '+00:00'", ODD, ODD_ROWS, database="flights")
    return mariadb_flights.url_of("flights")


def test_mysql_types_arrive_exactly(odd_table: str, workspace: Workspace) -> None:
    workspace.load("odd", open_source(odd_table), "select * from odd")
    first, second, third = (
        dict(zip([field.name for field in workspace.fields("odd")], row, strict=True)) for row in workspace.rows("odd")
    )
    assert first == {
        "fixed": Decimal("1234567890123456789012345678.0123456789"),
        "huge": Decimal("12345.678"),
        "mean": Decimal("1.5000"),
        "wall": datetime.fromisoformat("2024-07-01T10:00:00.000001"),
        "instant": datetime.fromisoformat("2024-07-01T12:00:00"),  # UTC, read in Berlin
        "day": date(2024, 2, 29),
        "span": "-838:59:59",
        "clock": datetime.fromisoformat("2024-01-01T10:30").time(),
        "year": 2024,
        "bit1": True,
        "bits": 5,
        "flag": True,
        "many": 1,
        "small": -128,
        "long_": 18446744073709551615,
        "json": '{"a": [1, null]}',
        "bytes": "000102030405060708090a0b0c0d0e0f",
        "id": "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        "kind": "b",
        "kinds": "x,y",
        "picture": "00ff",
        "words": "emoji \U0001f600",
        "ratio": 0.1,
        "binary_words": "616263",
    }
    assert (second["wall"], second["day"], second["flag"], second["many"]) == (None, None, False, 2)
    assert set(third.values()) == {None}


def test_mysql_reads_backslashes_as_its_server_does(mariadb_flights: MariadbServer, workspace: Workspace) -> None:
    source = open_source(mariadb_flights.url_of("flights"))
    text = "a\\' or 1=1 -- \n\"`\x00\x1a%"
    workspace.load(
        "escaped", source, r"select :text as t, 'it\'s :text' as u, :list in ('a') as l", {"text": text, "list": ["a"]}
    )
    assert list(workspace.rows("escaped")) == [(text, "it's :text", 1)]
    mode = mariadb_flights.execute("select @@global.sql_mode")[0][0]
    mariadb_flights.execute("set global sql_mode = 'NO_BACKSLASH_ESCAPES'")
    try:
        workspace.load("plain", source, r"select :text as t, 'c:\' as u, :text as v", {"text": text})
    finally:
        mariadb_flights.execute(f"set global sql_mode = '{mode}'")
    assert list(workspace.rows("plain")) == [(text, "c:\\", text)]


def test_lists_and_instants_can_be_bound_in_mysql(odd_table: str, workspace: Workspace) -> None:
    sql = "select count(*) as n from odd where kind in (:kinds) and instant = :at"
    values = {"kinds": ["a", "b"], "at": datetime.fromisoformat("2024-07-01T12:00:00+02:00")}
    workspace.load("found", open_source(odd_table), sql, values)
    assert list(workspace.rows("found")) == [(1,)]
    workspace.load("none", open_source(odd_table), sql, {**values, "kinds": []})
    assert list(workspace.rows("none")) == [(0,)]


MYSQL_ATTACKS = (
    "with gone as (select 1) delete from flights",
    "select 1 into outfile '{folder}/evil.db'",
    "select * from flights into outfile '{folder}/evil.db'",
    "select 1 into dumpfile '{folder}/evil.db'",
    "select id from flights limit 1 into @id",
    "select 1 /*! into outfile '{folder}/evil.db' */",
    "select 1 /*M! into outfile '{folder}/evil.db' */",
    "select id into evil from flights",
    "select 1 # ' \n; delete from flights -- '",
    "select 'a\\\\'; delete from flights; -- '",
    "load data local infile '/etc/hostname' into table flights",
    "replace into flights (id) values (9)",
    "truncate table flights",
    "set session transaction read write",
    "set statement max_statement_time = 0 for delete from flights",
    "start transaction read write; delete from flights",
    "execute immediate 'delete from flights'",
    "handler flights open",
    "do sleep(0)",
    "lock tables flights write",
    "kill query 1",
    "select sneak()",
)


def test_nothing_but_one_select_runs_in_mysql(
    mariadb_flights: MariadbServer, workspace: Workspace, tmp_path: Path
) -> None:
    place = mysql_place(mariadb_flights, tmp_path)
    tmp_path.chmod(0o777)
    for attack in MYSQL_ATTACKS:
        with pytest.raises(DataError) as caught:
            workspace.load("attack", place.open(), attack.format(folder=tmp_path))
        assert caught.value.code in {"read_only", "sql_syntax"}, attack
    assert place.rows() == len(ROWS)
    assert not (tmp_path / "evil.db").exists()


def test_a_mysql_reader_reads_no_files_and_no_other_tables(
    mariadb_flights: MariadbServer, workspace: Workspace
) -> None:
    source = open_source(as_reader(mariadb_flights.url_of("flights")))
    workspace.load("file", source, "select load_file('/etc/hostname') as text")
    assert list(workspace.rows("file")) == [(None,)]
    with pytest.raises(DataError) as caught:
        workspace.load("users", source, "select * from mysql.user")
    assert caught.value.code == "permission"


def test_an_error_in_the_middle_of_a_mysql_result_is_a_data_error(
    mariadb_flights: MariadbServer, workspace: Workspace
) -> None:
    with pytest.raises(DataError, match="out of range") as caught:
        workspace.load("middle", open_source(mariadb_flights.url), "select exp(seq / 100) as e from seq_1_to_100000")
    assert caught.value.code == "conversion"


def test_a_mysql_connection_that_is_lost_in_the_middle_is_unreachable(mariadb_flights: MariadbServer) -> None:
    source = open_source(mariadb_flights.url_of("flights"))
    with source.stream("select seq, repeat('x', 1000) from seq_1_to_100000000") as stream:
        next(iter(stream))
        listed = "select id from information_schema.processlist where db = 'flights' and command = 'Query'"
        ((thread,),) = mariadb_flights.execute(listed)
        mariadb_flights.execute(f"kill connection {thread}")
        with pytest.raises(SourceUnreachable) as caught:
            for _ in stream:
                pass
    assert caught.value.code == "connection_reset"


def test_a_mysql_connection_is_encrypted_as_its_address_says(mariadb_flights: MariadbServer) -> None:
    url, certificate = mariadb_flights.url_of("flights"), mariadb_flights.certificate
    cipher = (
        "select 1 from information_schema.session_status where variable_name = 'ssl_cipher' and variable_value <> ''"
    )
    for options, rows in (
        ("sslmode=disable", 0),
        ("sslmode=prefer", 1),
        ("sslmode=require", 1),
        (f"sslrootcert={certificate}", 1),
        (f"sslmode=verify-full&sslrootcert={certificate}", 1),
    ):
        with open_source(f"{url}?{options}").stream(cipher) as stream:
            assert sum(table.num_rows for table in stream) == rows
    with pytest.raises(SourceUnreachable) as caught:
        open_source(f"{url}?sslmode=verify-full").test()
    assert caught.value.code == "tls"


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        ((":{port}", ":1"), SourceUnreachable, "connection_refused"),
        (("127.0.0.1", "no.such.host.invalid"), SourceUnreachable, "dns"),
        (("/flights", "/nowhere"), SourceMisconfigured, "permission"),
        (("reader", "nobody_knows"), SourceMisconfigured, "auth"),
        ((SECRET, f"{SECRET}x"), SourceMisconfigured, "auth"),
    ],
)
def test_a_mysql_that_cannot_be_reached_says_why_without_its_password(
    mariadb_flights: MariadbServer, change: tuple[str, str], kind: type[SourceError], code: str
) -> None:
    old, new = change[0].format(port=mariadb_flights.port), change[1]
    source = open_source(as_reader(mariadb_flights.url_of("flights")).replace(old, new))
    with pytest.raises(kind) as caught:
        source.test()
    error = caught.value
    assert error.code == code
    assert SECRET not in f"{error} {error.__cause__!r} {source!r} {source.name}"
