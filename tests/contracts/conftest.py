"""One place of every kind, with the same rows: SQLite, DuckDB, a folder of files, PostgreSQL, MariaDB."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString
from zoneinfo import ZoneInfo

import duckdb
import psycopg
import pymysql
import pytest

from pressroom.errors import SourceError
from pressroom.sources import Source, open_source
from pressroom.workspace import Workspace
from tests.mariadb_server import MariadbServer
from tests.postgres_server import PostgresServer
from tests.servers import mariadb_or_skip, postgres_or_skip

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
    with postgres_or_skip() as server:
        server.execute("create role reader login")
        server.execute("create sequence counter")
        server.execute("create table taken (id integer)")
        server.execute("create function sneak() returns int language sql as 'insert into taken values (1) returning 1'")
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariadbServer]:
    with mariadb_or_skip() as server:
        yield server


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


def assert_refused(source: Source, kind: type[SourceError], code: str) -> None:
    """*source* cannot be reached, for the reason *code*, and nothing that is said or shown of it holds its password."""
    with pytest.raises(kind) as caught:
        source.test()
    error = caught.value
    assert error.code == code
    assert SECRET not in f"{error} {error.__cause__!r} {source!r} {source.name}"


def as_reader(url: str) -> str:
    """*url* with the user who may only select."""
    return url.replace("//postgres@", "//reader@").replace("//root@", f"//reader:{SECRET}@")
