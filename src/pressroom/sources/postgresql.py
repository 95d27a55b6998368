"""PostgreSQL: rows arrive as Arrow through ADBC, parameters are quoted by psycopg, the transaction is read-only.

ADBC with bound parameters leaves the COPY protocol and loads the whole result (measured: 534 MB against 184 MB for a
million rows), so that values are put in as literals by psycopg, which knows the server's quoting.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Protocol

from arro3.core import RecordBatchReader

from pressroom.errors import DataError, PressroomError, SourceMisconfigured
from pressroom.sources.binding import wanted_values
from pressroom.sources.faults import POSTGRES_FAULTS, DriverError, clean, placed, sentence, sorted_fault
from pressroom.sources.postgresql_powers import POWERS, warnings_of
from pressroom.sources.postgresql_session import check_reading, connection_url
from pressroom.sources.postgresql_types import casts_of, hints_of, with_casts
from pressroom.sources.stream import ArrowStream, limited, tables_of
from pressroom.sources.urls import SourceUrl
from pressroom.sql import ParameterStyle, rewrite, without_end

_QUERY = re.compile(r"\s*Query was: .*(?=\. SQLSTATE:)|\s*Query was: .*", re.DOTALL)
_EXCERPT = re.compile(r"\s*LINE \d+:.*?\n *\^", re.DOTALL)
_PREAMBLE = re.compile(r"^.*?(?:ERROR:|FATAL:|Failed to connect:|connection failed:)\s*", re.DOTALL)
# PostgreSQL 14 and newer have it. It ends with the transaction, since a pooler may hand the session on.
_WATCH = (
    "select pg_catalog.set_config('client_connection_check_interval', '2s', true) "
    "where pg_catalog.current_setting('client_connection_check_interval', true) is not null"
)
_STATE = re.compile(r"\.?\s*SQLSTATE: (\w{5})\s*$")


class _Cursor(Protocol):
    """What is used of ADBC's cursor."""

    def execute(self, operation: str) -> None: ...
    def fetch_arrow(self) -> Any: ...
    def adbc_cancel(self) -> None: ...
    def close(self) -> None: ...


class PostgresqlSource:
    """A PostgreSQL database. Each query has a connection of its own, so that none can loosen the next one's guard."""

    kind = "postgresql"

    def __init__(self, url: SourceUrl) -> None:
        self.name = str(url)
        self._conninfo = connection_url(url)
        self._cursor: _Cursor | None = None

    def __repr__(self) -> str:
        return f"PostgresqlSource({self.name})"

    def stream(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, limit_rows: int | None = None
    ) -> ArrowStream:
        """Run one SELECT; `numeric` without digits takes those that its values have.

        Where Arrow lacks the type of a column, the query is begun again with a cast around it.
        """
        check_reading(sql)
        text = without_end(self._quoted(sql, wanted_values(sql, parameters)))
        reader, close = self._begun(text)
        if casts := casts_of(reader.schema):
            close()
            reader, close = self._begun(with_casts(text, reader.schema.names, casts))
        try:
            hints = hints_of(reader.schema)
        except DataError:
            close()
            raise
        return ArrowStream(limited(tables_of(reader, self._failed), limit_rows), close=close, hints=hints)

    def _begun(self, text: str) -> tuple[RecordBatchReader, Callable[[], None]]:
        """The rows of *text*, which is complete SQL, on a connection of their own, and what lets go of it."""
        adbc, driver = _drivers()
        try:
            connection = adbc.connect(self._conninfo)
        except driver.Error as error:
            raise self._failed(error) from _cause(error)
        cursor: _Cursor = connection.cursor()
        self._cursor = cursor

        def close() -> None:
            self._cursor = None
            cursor.close()
            connection.close()

        try:
            _let_the_server_watch(connection, driver)
            cursor.execute(f"{text}\n")  # the driver puts brackets around it, which a comment would take in
            return RecordBatchReader.from_stream(cursor.fetch_arrow()), close
        except driver.Error as error:
            close()
            raise self._failed(error) from _cause(error)
        except BaseException:  # the process may have been told to end: the server must hear of it
            close()
            raise

    def interrupt(self) -> None:
        cursor = self._cursor
        if cursor is not None:
            cursor.adbc_cancel()

    def test(self) -> list[str]:
        """Besides: what its role may do that a reader need not."""
        with self.stream(POWERS) as stream:
            rows = [row for table in stream for row in table.to_struct_array().to_pylist()]
        return warnings_of(rows[0])

    def close(self) -> None:
        self._cursor = None

    def _quoted(self, sql: str, values: Mapping[str, Any]) -> str:
        """*sql* with *values* as literals."""
        if not values:
            return sql
        psycopg = _imported("psycopg")
        try:
            with psycopg.connect(self._conninfo) as connection:
                cursor = psycopg.ClientCursor(connection)
                return str(cursor.mogrify(rewrite(sql, ParameterStyle.PYFORMAT)[0], values))
        except psycopg.OperationalError as error:
            raise self._failed(error) from _cause(error)
        except psycopg.Error as error:
            raise DataError(f"PostgreSQL cannot take a parameter: {clean(str(error))}", code="conversion") from None

    def _failed(self, error: Exception) -> PressroomError:
        text = _without_query(str(error))
        return placed(sorted_fault(POSTGRES_FAULTS, text, f"PostgreSQL says: {_said(text)}"), str(error))


def _imported(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise SourceMisconfigured(
            f"PostgreSQL sources need the package {module.partition('.')[0]}, which is not installed.",
            remedy='Install it with: pip install "presstime[postgres]"',
            code="missing_driver",
        ) from None


def _drivers() -> tuple[ModuleType, ModuleType]:
    return _imported("adbc_driver_postgresql.dbapi"), _imported("adbc_driver_manager")


def _let_the_server_watch(connection: Any, driver: ModuleType) -> None:
    """Have the server look whether this process is still there: one that is killed says nothing, and its query would run on."""
    with connection.cursor() as cursor:
        try:
            cursor.executescript(_WATCH)  # `execute` would learn of a refusal only from the reader of its rows
        except driver.Error:  # a server whose system cannot tell, such as Windows
            connection.rollback()


def _without_query(text: str) -> str:
    """A driver's *text* without the query in it: the values of parameters stand there."""
    return _EXCERPT.sub("", _QUERY.sub("", text)).strip()


def _said(text: str) -> str:
    """What the server itself said, on one line."""
    return sentence(_PREAMBLE.sub("", _STATE.sub("", text)))


def _cause(error: Exception) -> DriverError:
    return DriverError(clean(_without_query(str(error))))
