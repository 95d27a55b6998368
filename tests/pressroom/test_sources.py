"""Addresses of sources: their secrets, their borders, and errors that survive the way to another process."""

from __future__ import annotations

import pickle
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.errors import DataError, SourceError, SourceMisconfigured, SourceUnreachable
from pressroom.sources import mask_url, open_source
from pressroom.sources.faults import MYSQL_FAULTS, POSTGRES_FAULTS, SQLITE_FAULTS, clean, sorted_fault

SECRET = "hunter2-secret"


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


@pytest.mark.parametrize(
    "text",
    [
        "postgres//ann:hunter2@host/db",
        "ann:hunter2@host/db",
        "host=h password=hunter2 dbname=db",
        "//ann:hunter2@host/db",
        "?password=hunter2",
    ],
)
def test_what_does_not_begin_like_a_url_is_not_shown_with_its_password(text: str) -> None:
    with pytest.raises(SourceMisconfigured) as caught:
        open_source(text)
    assert "hunter2" not in str(caught.value)
    assert "postgresql://user:password@host/database" in str(caught.value)


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


def test_lines_of_a_server_become_sentences_of_one_line() -> None:
    libpq = (
        'connection to server at "127.0.0.1", port 1 failed: Connection refused\n\tIs the server running on that host?'
    )
    assert clean(libpq) == (
        'connection to server at "127.0.0.1", port 1 failed: Connection refused. Is the server running on that host?'
    )
    assert clean("does not exist!\nDid you mean x?\n\nLINE 1: select y\n               ^") == (
        "does not exist! Did you mean x? LINE 1: select y ^"
    )
