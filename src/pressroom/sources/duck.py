"""DuckDB as a reader: database files, and folders of CSV, Parquet, JSON and Excel files.

A connection is locked before an author's SQL reaches it: no files but the source's own, no settings, no extensions, no
variables of this program. What remains could still write to the permitted paths by COPY, so that only one SELECT is taken.
"""

from __future__ import annotations

import difflib
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
from arro3.core import RecordBatchReader

from pressroom.columns import quoted
from pressroom.errors import DataError, PressroomError
from pressroom.sources.binding import wanted_values
from pressroom.sources.duck_types import carried
from pressroom.sources.faults import DUCKDB_FAULTS, READ_ONLY_REMEDY, cause, placed, sentence, sorted_fault
from pressroom.sources.interruptible import interruptibly
from pressroom.sources.stream import ArrowStream, Hints, limited, tables_of
from pressroom.sources.urls import missing
from pressroom.sql import ParameterStyle, rewrite

_SETTINGS = {"threads": 2, "async_threads": 0, "memory_limit": "512MB", "python_enable_replacements": False}
_LOCKED = (
    "set timezone = 'UTC'",  # not this machine's
    "set enable_progress_bar = false",  # it would be printed
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set allow_persistent_secrets = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)
# The place in the query, drawn with a caret on two lines, does not survive being put on one.
_EXCERPT = re.compile(r"\s*LINE \d+:.*?\n *\^+\s*", re.DOTALL)
_MISSING_TABLE = re.compile(r"Table with name (.+?) does not exist")
_TABLES = """
    select if(table_schema = 'main', table_name, table_schema || '.' || table_name) from information_schema.tables
    where not starts_with(table_name, 'duckdb_') order by 1
"""


class DuckSource(ABC):
    """What both kinds have in common: a locked connection that takes one SELECT at a time."""

    kind = "duckdb"
    _what = "The database"

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._path = path
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._spill: tempfile.TemporaryDirectory[str] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"

    def stream(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, limit_rows: int | None = None
    ) -> ArrowStream:
        """Run one SELECT; its types are DuckDB's."""
        values = wanted_values(sql, parameters)
        connection = self._open()
        self._before(connection, sql)
        try:
            statement = one_select(connection, rewrite(sql, ParameterStyle.DOLLAR_NAME)[0])
            reader, hints = interruptibly(lambda: _begun(connection, statement, values), connection.interrupt)
        except duckdb.Error as error:
            raise self._failed(error) from cause(error)
        tables = limited(tables_of(reader, self._failed), limit_rows)
        return ArrowStream(tables, close=lambda: None, hints=hints)

    def interrupt(self) -> None:
        if self._connection is not None:
            self._connection.interrupt()

    def test(self) -> list[str]:
        with self.stream("select count(*) from duckdb_tables()") as stream:
            for _ in stream:
                pass
        return []

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._spill is not None:
            self._spill.cleanup()
            self._spill = None

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._spill = tempfile.TemporaryDirectory(prefix="presstime-source-")
            try:
                self._connection = self._connect({**_SETTINGS, "temp_directory": self._spill.name})
            except duckdb.Error as error:
                raise self._failed(error) from cause(error)
        return self._connection

    @abstractmethod
    def _connect(self, settings: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        """A locked connection with *settings*."""

    def _before(self, connection: duckdb.DuckDBPyConnection, sql: str) -> None:  # noqa: B027 - most kinds have nothing to do
        """What there is to do before *sql* runs."""

    def _failed(self, error: Exception) -> PressroomError:
        text = str(error)
        said = _EXCERPT.sub("", text)
        missing_table = _MISSING_TABLE.search(text)
        if missing_table is None:
            return sorted_fault(DUCKDB_FAULTS, text, f"DuckDB says: {sentence(said)}")
        return placed(self._missing_table(missing_table[1]), text)

    def _missing_table(self, name: str) -> PressroomError:
        # DuckDB's own proposals are its system tables as often as not.
        message = f'{self._what} has no table "{name}".'
        return DataError(message, remedy=self._nearest_table(name), code="missing_table")

    def _nearest_table(self, name: str) -> str:
        names = self._table_names()
        near = difflib.get_close_matches(name, names, n=1)
        if near:
            return f'Did you mean "{near[0]}"?'
        return f"There are: {', '.join(names[:20])}." if names else "It has no tables."

    def _table_names(self) -> list[str]:
        return [row[0] for row in self._open().execute(_TABLES).fetchall()]


class DuckdbSource(DuckSource):
    """A DuckDB database file, opened read-only."""

    def _connect(self, settings: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        if not self._path.is_file():
            raise missing(self.name, self._path, "file")
        connection = duckdb.connect(str(self._path), read_only=True, config=settings)
        lock(connection)
        return connection


def _begun(
    connection: duckdb.DuckDBPyConnection, statement: str, values: Mapping[str, Any]
) -> tuple[RecordBatchReader, Hints]:
    rows, hints = carried(connection.sql(statement, params=dict(values)))
    return RecordBatchReader.from_stream(rows), hints


def one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """*sql* when it is exactly one SELECT for DuckDB's own parser; DataError (`read_only`) otherwise."""
    # Not `duckdb.extract_statements`: it would start a database of its own for that.
    found = connection.extract_statements(sql)
    if len(found) != 1:
        what = f"has {len(found)} statements" if found else "is empty"
        raise DataError(f"The query {what}, and one SELECT is allowed.", remedy=READ_ONLY_REMEDY, code="read_only")
    kind = found[0].type
    if kind == duckdb.StatementType.MULTI:  # a type of the values is made first
        raise DataError(
            "The query has a PIVOT without its values.", remedy="Name them: PIVOT … ON column IN (…).", code="read_only"
        )
    if kind != duckdb.StatementType.SELECT:
        name = kind.name
        raise DataError(f"The query is not a SELECT but {name}.", remedy=READ_ONLY_REMEDY, code="read_only")
    return sql


def lock(connection: duckdb.DuckDBPyConnection, allowed: Iterable[Path] = ()) -> None:
    """Leave *connection* nothing but its own database and the *allowed* files."""
    paths = ", ".join(quoted(str(path)) for path in allowed)
    if paths:
        connection.execute(f"set allowed_paths = [{paths}]")
    for setting in _LOCKED:
        connection.execute(setting)
