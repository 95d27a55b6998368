"""What only MySQL and MariaDB have as sources: their types, their guard, their refusals."""

from __future__ import annotations

import signal
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import FrameType

import pytest

from pressroom.errors import DataError, SourceError, SourceMisconfigured, SourceUnreachable
from pressroom.sources import open_source
from pressroom.workspace import Workspace
from tests.contracts.conftest import ROWS, SECRET, as_reader, assert_refused, mysql_place
from tests.mariadb_server import MariadbServer

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
    "select * from flights for update",
    "select * from flights lock /* gently */ in share mode",
    "select * from flights for share",
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


class Told(BaseException):
    """Stands for SystemExit and KeyboardInterrupt."""


def test_a_mysql_query_ends_on_its_server_when_its_process_is_told_to_end(
    mariadb_flights: MariadbServer, workspace: Workspace, tmp_path: Path
) -> None:
    place = mysql_place(mariadb_flights, tmp_path)

    def tell(_number: int, _frame: FrameType | None) -> None:
        raise Told

    before = signal.signal(signal.SIGALRM, tell)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(Told):
            workspace.load("slow", place.open(), place.slow)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert any(place.running() == 0 for _ in range(100))


def test_words_that_lock_rows_may_stand_in_texts_and_names(
    mariadb_flights: MariadbServer, workspace: Workspace
) -> None:
    source = open_source(mariadb_flights.url_of("flights"))
    workspace.load("texts", source, "select 'for update' as a, id as `lock in share mode` from flights where id = 1")
    assert list(workspace.rows("texts")) == [("for update", 1)]


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
    assert_refused(source, kind, code)


def test_columns_of_mixed_encodings_come_as_the_same_letters(
    mariadb_flights: MariadbServer, workspace: Workspace
) -> None:
    columns = "one varchar(9) character set latin1, two varchar(9) character set cp1251, three varchar(9) character set ucs2, four text"
    words = ("Zoë", "Зоя", "日本", "👩 Zoë")
    mariadb_flights.execute(
        f"create table letters ({columns})",
        "insert into letters values ({})".format(", ".join(f"'{word}'" for word in words)),
        database="flights",
    )
    workspace.load("letters", open_source(mariadb_flights.url_of("flights")), "select * from letters")
    assert list(workspace.rows("letters")) == [words]


def test_bytes_that_are_no_text_are_hexadecimal(mariadb_flights: MariadbServer, workspace: Workspace) -> None:
    source = open_source(mariadb_flights.url_of("flights"))
    workspace.load("bytes", source, "select cast(x'5a6feb' as char character set binary) as raw, x'5a6feb' as also")
    assert list(workspace.rows("bytes")) == [("5a6feb", "5a6feb")]
