"""Source URLs, their secrets and their borders; what is particular to one kind of source."""

from __future__ import annotations

import pickle
import sqlite3
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.errors import DataError, ParameterError, SourceError, SourceMisconfigured, SourceUnreachable
from pressroom.sources import mask_url, open_source
from pressroom.sources.binding import for_sqlite
from pressroom.sources.faults import MYSQL_FAULTS, POSTGRES_FAULTS, SQLITE_FAULTS, sorted_fault
from pressroom.sources.postgresql_session import check_reading
from pressroom.sql import Dialect, ParameterStyle, named_parameters, rewrite, scan, statements, with_nulls
from pressroom.workspace import Workspace

SECRET = "hunter2-secret"


# ---- URLs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("postgresql://ann:pw@host/db", "postgresql://ann:***@host/db"),
        ("postgresql://ann:p@s:s/w@host/db", "postgresql://ann:***@host/db"),
        ("postgresql://:pw@host/db", "postgresql://:***@host/db"),
        ("postgresql://ann@host/db", "postgresql://ann@host/db"),
        ("postgresql://host/db?sslpassword=pw&sslmode=require", "postgresql://host/db?sslpassword=***&sslmode=require"),
        ("files:///folder/a:b@c", "files:///folder/a:b@c"),
        ("sqlite:///file.db", "sqlite:///file.db"),
    ],
)
def test_a_masked_url_shows_all_but_its_secrets(url: str, masked: str) -> None:
    assert mask_url(url) == masked


@given(st.text(alphabet="abz19@:/?#%&=+ ", min_size=1, max_size=12).map(lambda tail: f"{SECRET}{tail}"))
def test_no_password_survives_masking_however_it_is_written(password: str) -> None:
    assert SECRET not in mask_url(f"postgresql://ann:{password}@host:5432/db")


@pytest.mark.parametrize(
    "password", [SECRET, f"{SECRET}@x", f"{SECRET}:1/x", f"{SECRET}#x", f"{SECRET}%zz", f"[{SECRET}"]
)
@pytest.mark.parametrize(
    "form",
    ["postgresql://ann:{}@host/db", "mysql://ann:{}@host/db", "postgresq://ann:{}@host/db", "postgresql://ann:{}@"],
)
def test_no_error_and_no_repr_shows_a_password(form: str, password: str) -> None:
    try:
        shown = repr(source := open_source(form.format(password))) + source.name
    except SourceMisconfigured as error:
        shown = f"{error} {error!r} {error.__cause__!r}"
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("sqlite3:///file.db", "sqlite:///file.db"),
        ("postgress://host/db", "postgresql://user:password@host/database"),
        ("duck:///file.duckdb", "duckdb:///file.duckdb"),
        ("oracle://host/db", "Allowed are"),
        ("flights.db", "Allowed are"),
        ("sqlite://file.db", "sqlite:///file.db"),
        ("sqlite:///file.db?mode=rwc", "there are no options"),
        ("sqlite:///", "sqlite:///file.db"),
        ("postgresql://host", "postgresql://user:password@host/database"),
        ("postgresql://host/db?options=-c%20x%3Dy", "statement_timeout_seconds"),
        ("postgresql://host/db?statement_timeout_seconds=soon", "whole number of seconds"),
        ("postgresql://host:port/db", "host:5432"),
        ("mysql://host", "mysql://user:password@host/database"),
        ("mysql://host/db?local_infile=1", "sslmode, sslrootcert"),
        ("mysql://host/db?sslmode=on", "verify-full"),
        ("mysql://host/db?connect_timeout=0", "whole number of seconds"),
        ("mariadb://host/db?statement_timeout_seconds=-1", "whole number of seconds"),
    ],
)
def test_a_wrong_url_is_refused_with_the_right_form(url: str, remedy: str) -> None:
    with pytest.raises(SourceMisconfigured) as caught:
        open_source(url)
    assert remedy in str(caught.value)
    assert caught.value.code == "bad_url"


def test_a_certificate_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceMisconfigured, match="sslrootcert") as caught:
        open_source(f"mysql://ann:{SECRET}@host/db?sslrootcert={tmp_path}/none.pem")
    assert caught.value.code == "missing_file"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite:///none.db", "duckdb:///none.duckdb", "files:///none"])
def test_a_file_that_is_not_there_is_missing_and_is_not_made(tmp_path: Path, url: str) -> None:
    source = open_source(url, base=tmp_path)
    with pytest.raises(SourceMisconfigured, match=str(tmp_path)) as caught:
        source.test()
    source.close()
    assert caught.value.code == "missing_file"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, scheme: str) -> None:
    (tmp_path / "letter.txt").write_text("Dear reader, " * 1000)
    source = open_source(f"{scheme}:///letter.txt", base=tmp_path)
    with pytest.raises(SourceMisconfigured):
        source.test()
    source.close()


def make_database(path: Path) -> Path:
    connection = sqlite3.connect(path)
    connection.execute("create table t (a integer)")
    connection.commit()
    connection.close()
    return path


@pytest.mark.parametrize(
    "path",
    ["../secret.db", "/{outside}/secret.db", "link.db", "linked/secret.db", "%2e%2e/secret.db", "a/../../secret.db"],
)
def test_a_path_outside_the_roots_is_refused(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    make_database(tmp_path / "secret.db")
    (root / "link.db").symlink_to(tmp_path / "secret.db")
    (root / "linked").symlink_to(tmp_path)
    url = f"sqlite:///{path.format(outside=str(tmp_path).lstrip('/'))}"
    with pytest.raises(SourceMisconfigured, match="outside the folders"):
        open_source(url, roots=[root], base=root)


def test_a_path_inside_a_root_is_taken_also_through_a_linked_root(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    make_database(tmp_path / "real" / "good.db")
    (tmp_path / "root").symlink_to(tmp_path / "real")
    source = open_source("sqlite:///good.db", roots=[tmp_path / "root"], base=tmp_path / "root")
    source.test()
    source.close()


# ---- SQL ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select :a, :b, :a", ["a", "b"]),
        ("select ':a', \":b\", `:c`, 1 -- :d\n, :e /* :f */", ["e"]),
        ("select x::date, y ::int, :z::date", ["z"]),
        ("select $$ :a $$, $tag$ :b $other$ :c $tag$, :d", ["d"]),
        ("select 'it''s :a', :b", ["b"]),
        (r"select E'\' :a', :b", ["b"]),
        (r"select 'c:\', :b", ["b"]),
        ("select list[1:n], list[x:y], {'k':v}, f(x):g", []),
        ("select a := :b", ["b"]),
        ("select ':never closed", []),
        ("select 1 /* :never closed", []),
        ("select 12:30, :_x1", ["_x1"]),
    ],
)
def test_parameters_are_found_where_they_bind_and_nowhere_else(sql: str, names: list[str]) -> None:
    assert named_parameters(sql) == names


@pytest.mark.parametrize(
    ("sql", "names", "plain"),
    [
        (r"select 'it\'s :a', :b", ["b"], ["a"]),
        (r'select "\", :a, " :b', ["b"], ["a"]),
        (r"select 'c:\\', :b", ["b"], ["b"]),
        ("select 5--3, :a # :b\n, :c -- :d\n, `:e`", ["a", "c"], ["a", "c"]),
        ("select $$ :a, $$ /* :b */", ["a"], ["a"]),
    ],
)
def test_parameters_are_found_as_mysql_reads_them(sql: str, names: list[str], plain: list[str]) -> None:
    assert named_parameters(sql, Dialect.MYSQL) == names
    assert named_parameters(sql, Dialect.MYSQL_PLAIN) == plain


def test_a_query_is_rewritten_for_each_driver() -> None:
    sql = "select :a, ':a', 10 % :b, :a"
    assert rewrite(sql, ParameterStyle.COLON) == (sql, ["a", "b"])
    assert rewrite(sql, ParameterStyle.DOLLAR_NAME)[0] == "select $a, ':a', 10 % $b, $a"
    assert rewrite(sql, ParameterStyle.DOLLAR_NUMBER)[0] == "select $1, ':a', 10 % $2, $1"
    assert rewrite(sql, ParameterStyle.PYFORMAT)[0] == "select %(a)s, ':a', 10 %% %(b)s, %(a)s"
    assert with_nulls(sql) == "select NULL, ':a', 10 % NULL, NULL"


@given(st.text(alphabet="ab:;'\"$-/*\n% \\`#E1", max_size=40), st.sampled_from(Dialect))
def test_the_parts_of_a_query_make_up_the_query(sql: str, dialect: Dialect) -> None:
    assert "".join(token.text for token in scan(sql, dialect)) == sql


def test_statements_are_counted_without_comments_and_blanks() -> None:
    assert statements("select ';' ; -- one;\n ; /* ; */") == ["select ';'"]
    assert len(statements("select 1; select 2;")) == 2
    assert statements(" -- nothing\n") == []


@pytest.mark.parametrize(
    "sql", ["(select 1)", "with a as (select 1) select * from a;", "values (1)", "/* x */ table t"]
)
def test_reading_statements_pass_the_check(sql: str) -> None:
    check_reading(sql)


# ---- SQLite ---------------------------------------------------------------------------------------------------------


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
    assert for_sqlite("x", ["a", date(2024, 1, 2)]) == '["a", "2024-01-02"]'
    with pytest.raises(ParameterError, match="64 bits"):
        for_sqlite("x", 2**63)
    with pytest.raises(ParameterError, match="set"):
        for_sqlite("x", {1})


def test_a_locked_database_is_unreachable_not_wrong() -> None:
    assert isinstance(sorted_fault(SQLITE_FAULTS, "database is locked", "x"), SourceUnreachable)


# ---- files ----------------------------------------------------------------------------------------------------------


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


# ---- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("FATAL:  password authentication failed for user x", SourceMisconfigured, "auth"),
        ("could not receive data from server: Connection reset by peer", SourceUnreachable, "connection_reset"),
        ("timeout expired", SourceUnreachable, "connection_timeout"),
        ("SSL error: certificate verify failed", SourceUnreachable, "tls"),
        ("ERREUR:  la relation n'existe pas. SQLSTATE: 42P01", DataError, "missing_table"),
        ("ERROR:  permission denied for table t. SQLSTATE: 42501", DataError, "permission"),
        ("ERROR:  canceling statement due to user request", SourceError, "interrupted"),
        ("FATAL:  sorry, too many clients already", SourceUnreachable, "connection_refused"),
    ],
)
def test_what_postgresql_says_is_sorted(text: str, kind: type[Exception], code: str) -> None:
    error = sorted_fault(POSTGRES_FAULTS, text, text)
    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("ERROR 2003: Can't connect to MySQL server on 'h' (timed out)", SourceUnreachable, "connection_timeout"),
        ("ERROR 2003: Can't connect ([Errno -3] Temporary failure in name resolution)", SourceUnreachable, "dns"),
        ("ERROR 2003: Can't connect ([SSL: CERTIFICATE_VERIFY_FAILED])", SourceUnreachable, "tls"),
        ("ERROR 2013: Lost connection to MySQL server during query", SourceUnreachable, "connection_reset"),
        ("ERROR 1040: Too many connections", SourceUnreachable, "connection_refused"),
        ("ERROR 1205: Lock wait timeout exceeded", SourceUnreachable, "locked"),
        ("ERROR 1213: Deadlock found", SourceUnreachable, "locked"),
        ("ERROR 1049: Unknown database 'x'", SourceMisconfigured, "unknown_database"),
        ("ERROR 1142: SELECT command denied", DataError, "permission"),
        ("ERROR 1792: Cannot execute statement in a READ ONLY transaction", DataError, "read_only"),
        ("ERROR 3024: Query execution was interrupted, maximum execution time", SourceError, "statement_timeout"),
        ("ERROR 1064: You have an error in your SQL syntax", DataError, "sql_syntax"),
        ("ERROR 0: Received LOAD_LOCAL packet but local_infile option is false", SourceMisconfigured, "permission"),
    ],
)
def test_what_mysql_says_is_sorted(text: str, kind: type[Exception], code: str) -> None:
    error = sorted_fault(MYSQL_FAULTS, text, text)
    assert (type(error), error.code) == (kind, code)


def test_errors_of_sources_survive_the_way_to_another_process() -> None:
    error = sorted_fault(SQLITE_FAULTS, "no such table: t", "SQLite says: no such table: t.")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (str(again), again.code) == (str(error), "missing_table")
