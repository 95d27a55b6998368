"""SQLite files, read with the standard library: opened read-only, guarded by an authorizer, cancelled by `interrupt`."""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from arro3.core import Table

from pressroom.errors import DataError, PressroomError
from pressroom.sources.binding import for_sqlite, wanted_values
from pressroom.sources.faults import READ_ONLY_REMEDY, SQLITE_FAULTS, cause, sentence, sorted_fault
from pressroom.sources.sqlite_guard import DESCRIBING_VIEW, allow_describing, allow_reading
from pressroom.sources.sqlite_rows import LONGEST_VALUE, RowReader, duckdb_type
from pressroom.sources.stream import GUESSED, ArrowStream, Hints, limited
from pressroom.sources.urls import missing
from pressroom.sql import with_nulls
from pressroom.wording import shown

_BUSY_SECONDS = 10.0
_NOT_UTF8 = re.compile(r"Could not decode to UTF-8 column '(?P<column>.*)' with text '(?P<text>.*)'", re.DOTALL)
_STEPS_BETWEEN_LOOKS = 1_000_000  # of SQLite's machine: some 20 ms
_MISSING_TABLE = re.compile(r"no such table: (?:\w+\.)?(.+)")


class SqliteSource:
    """An SQLite file. It must exist: opening never makes one."""

    kind = "sqlite"

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def __repr__(self) -> str:
        return f"SqliteSource({self.name})"

    def stream(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, limit_rows: int | None = None
    ) -> ArrowStream:
        """Run one SELECT; a column's type is its values' and widens when a later value needs it."""
        values = {name: for_sqlite(name, value) for name, value in wanted_values(sql, parameters).items()}
        connection = self._open()
        try:
            cursor = connection.execute(sql, values)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise self._failed(error) from cause(error)
        if cursor.description is None:
            raise DataError("The query gives no columns.", remedy=READ_ONLY_REMEDY, code="read_only")
        names = [column[0] for column in cursor.description]
        hints = Hints(declared=self._declared(sql, len(names)))
        return ArrowStream(limited(self._tables(cursor, names), limit_rows), close=cursor.close, hints=hints)

    def interrupt(self) -> None:
        if self._connection is not None:
            self._connection.interrupt()

    def test(self) -> list[str]:
        with self.stream("select count(*) from sqlite_master") as stream:
            for _ in stream:
                pass
        return []

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _tables(self, cursor: sqlite3.Cursor, names: list[str]) -> Iterator[Table]:
        try:
            yield from RowReader(cursor, names).tables()
        except sqlite3.Error as error:
            raise self._failed(error) from cause(error)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
            self._connection.set_authorizer(allow_reading)
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        if not self._path.is_file():
            raise missing(self.name, self._path, "file")
        address = f"file:{quote(str(self._path))}?mode=ro"
        try:
            # Another thread may interrupt; all else happens in the thread that reads.
            connection = sqlite3.connect(
                address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise self._failed(error) from cause(error)
        if hasattr(
            connection, "setlimit"
        ):  # not in pysqlite3; there ATTACH is guarded and long values are refused later
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        connection.execute("pragma trusted_schema = off")
        # Python sees Ctrl+C only while Python runs; what it raises there ends the query.
        connection.set_progress_handler(lambda: 0, _STEPS_BETWEEN_LOOKS)
        return connection

    def _declared(self, sql: str, width: int) -> dict[int, str]:
        """DuckDB types by position, as the columns behind *sql* are declared.

        The driver does not tell them, but SQLite finds them for a view; a query that cannot be one goes without. Where
        nothing is declared, as of `max(day)` and `date(sold_at)`, texts may turn out to be dates.
        """
        guessed = dict.fromkeys(range(width), GUESSED)
        connection = self._connect()
        connection.set_authorizer(allow_describing)
        try:
            connection.execute(f"create temp view {DESCRIBING_VIEW} as {with_nulls(sql)}")
            columns = connection.execute(f"pragma temp.table_info({DESCRIBING_VIEW})").fetchall()
        except (sqlite3.Error, sqlite3.Warning):
            return guessed
        finally:
            connection.close()
        types = {position: duckdb_type(declared) for position, _, declared, *_ in columns[:width]}
        return guessed | {position: kind for position, kind in types.items() if kind is not None}

    def _failed(self, error: Exception) -> PressroomError:
        text = str(error)
        if match := _NOT_UTF8.search(text):
            return _not_utf8(match["column"], match["text"])
        failure = sorted_fault(SQLITE_FAULTS, text, f"SQLite says: {sentence(text)}")
        if match := _MISSING_TABLE.search(text):
            failure.remedy = self._nearest_table(match[1])
        return failure

    def _nearest_table(self, name: str) -> str:
        sql = "select name from sqlite_master where type in ('table', 'view') order by name"
        names = [row[0] for row in self._open().execute(sql)]
        near = difflib.get_close_matches(name, names, n=1)
        if near:
            return f'Did you mean "{near[0]}"?'
        return f"There are: {', '.join(names[:20])}." if names else "The database has no tables."


def _not_utf8(column: str, text: str) -> DataError:
    return DataError(
        f"The column {shown(column)} has a text that is not UTF-8: {shown(text)}.",
        remedy=f"Correct it in the database, or select its bytes: hex({column}).",
        code="conversion",
    )
