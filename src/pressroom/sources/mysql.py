"""MySQL and MariaDB: rows stream in through PyMySQL and become typed Arrow, the transaction is read-only.

A query is cancelled on the server by `KILL QUERY` from a second connection. Leaving a result early does the same: the protocol
knows no other way than reading it to its end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from arro3.core import Table

from pressroom.errors import DataError, PressroomError, SourceError, SourceMisconfigured
from pressroom.sources.binding import wanted_values
from pressroom.sources.faults import MYSQL_FAULTS, DriverError, clean, sentence, sorted_fault
from pressroom.sources.mysql_session import address_of, check_reading, excess_of, settings_of
from pressroom.sources.mysql_types import Column, RowReader, hints_of
from pressroom.sources.stream import ArrowStream, limited
from pressroom.sources.urls import SourceUrl
from pressroom.sql import Dialect, with_literals

_NO_BACKSLASH_ESCAPES = 512  # of the server's status


class MysqlSource:
    """A MySQL or MariaDB database. Each query has a connection of its own, so that none can loosen the next one's guard."""

    kind = "mysql"

    def __init__(self, url: SourceUrl) -> None:
        self.name = str(url)
        self._address = address_of(url)
        self._running: int | None = None
        self._is_interrupted = False

    def __repr__(self) -> str:
        return f"MysqlSource({self.name})"

    def stream(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, limit_rows: int | None = None
    ) -> ArrowStream:
        """Run one SELECT; its types are the server's."""
        self._is_interrupted = False
        connection = self._connect()
        result = _Result(self, connection)
        try:
            text = _quoted(connection, sql, parameters)
            columns, longest = result.run(text)
        except _failures() as error:
            result.close()
            raise self._failed(error) from _cause(error)
        except BaseException:  # the process may have been told to end: the server must hear of it
            result.close()
            raise
        tables = self._tables(RowReader(result, columns, longest))
        return ArrowStream(limited(tables, limit_rows), close=result.close, hints=hints_of(columns))

    def interrupt(self) -> None:
        self._is_interrupted = True
        if self._running is not None:
            self.kill(self._running)

    def test(self) -> list[str]:
        """Besides: what its user may do that a reader need not."""
        with self.stream("select 1 as works") as stream:
            for _ in stream:
                pass
        excess = excess_of(self._grants())
        if not excess:
            return []
        remedy = "Give the source a user with SELECT only: GRANT SELECT ON database.* TO reader."
        return [f"Its user may do more than read: {', '.join(excess)}. {remedy}"]

    def close(self) -> None:
        self._running = None

    def kill(self, thread: int) -> bool:
        """End the query of the connection *thread* on the server; False when the server cannot be asked."""
        try:
            with contextlib.closing(_driver().connect(**{**self._address.arguments, "read_timeout": 10})) as other:
                other.query(f"KILL QUERY {thread:d}")
        except _failures():
            return False
        return True

    def running(self, thread: int | None) -> None:
        """Remember whose query `interrupt` ends."""
        self._running = thread
        if thread is not None and self._is_interrupted:
            raise _interrupted()

    def _connect(self) -> Any:
        driver = _driver()
        encoders = {kind: write for kind, write in driver.converters.conversions.items() if not isinstance(kind, int)}
        try:
            connection = driver.connect(
                **self._address.arguments, conv=encoders, cursorclass=driver.cursors.SSCursor, autocommit=None
            )
        except _failures() as error:
            raise self._failed(error) from _cause(error)
        try:
            for setting in settings_of(connection.get_server_info(), self._address.statement_seconds):
                connection.query(setting)
        except _failures() as error:
            connection.close()
            raise self._failed(error) from _cause(error)
        return connection

    def _grants(self) -> list[str]:
        connection = self._connect()
        try:
            with contextlib.closing(connection.cursor()) as cursor:
                cursor.execute("SHOW GRANTS")
                return [str(row[0]) for row in cursor.fetchall()]
        except _failures() as error:
            raise self._failed(error) from _cause(error)
        finally:
            connection.close()

    def _tables(self, reader: RowReader) -> Iterator[Table]:
        tables = reader.tables()
        while True:
            try:
                table = next(tables, None)
            except _failures() as error:
                raise self._failed(error) from _cause(error)
            # SLEEP and BENCHMARK end early with a result, as if nothing had happened.
            if self._is_interrupted:
                raise _interrupted()
            if table is None:
                return
            yield table

    def _failed(self, error: Exception) -> PressroomError:
        return sorted_fault(MYSQL_FAULTS, _numbered(error), f"MySQL says: {sentence(_said(error))}")


class _Result:
    """One query on its connection, until it is closed."""

    def __init__(self, source: MysqlSource, connection: Any) -> None:
        self._source = source
        self._connection = connection
        self._cursor = connection.cursor()
        self._is_asked = False  # and not answered yet

    def run(self, text: str) -> tuple[list[Column], int]:
        """Begin the query; its columns, and how long a value can be."""
        self._source.running(self._connection.thread_id())
        self._is_asked = True
        self._cursor.execute(text)
        self._is_asked = False
        # The cursor's description knows neither flags nor character sets.
        fields = self._cursor._result.fields if self._cursor.description else []  # noqa: SLF001
        if not fields:
            raise DataError("The query gives no columns.", code="read_only")
        return [Column.of(field) for field in fields], max(field.length for field in fields)

    def fetchmany(self, size: int) -> Any:
        return self._cursor.fetchmany(size)

    def close(self) -> None:
        """Let go of the connection, on the server too when there is more to come."""
        self._source.running(None)
        result = self._cursor._result  # noqa: SLF001
        has_more = result is not None and result.unbuffered_active
        if has_more or self._is_asked:
            self._source.kill(self._connection.thread_id())
        if has_more:
            result.unbuffered_active = False  # the driver would read the rest, however long it is
        if self._connection.open:
            self._connection.close()


def _quoted(connection: Any, sql: str, parameters: Mapping[str, Any] | None) -> str:
    """*sql*, checked, with its parameters as literals; the driver knows how this server reads a backslash."""
    is_plain = bool(connection.server_status & _NO_BACKSLASH_ESCAPES)
    dialect = Dialect.MYSQL_PLAIN if is_plain else Dialect.MYSQL
    check_reading(sql, dialect)
    values = wanted_values(sql, parameters, dialect)
    return with_literals(sql, {name: _literal(connection, name, value) for name, value in values.items()}, dialect)


def _literal(connection: Any, name: str, value: Any) -> str:
    """*value* as MySQL reads it; a list without brackets, for `in (:list)`."""
    if isinstance(value, list | tuple):
        return ", ".join(_literal(connection, name, item) for item in value) or "NULL"
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC)
    try:
        return str(connection.escape(value))
    except (_driver().Error, TypeError) as error:
        raise DataError(f"MySQL cannot take the parameter :{name}: {clean(str(error))}", code="conversion") from None


def _driver() -> ModuleType:
    try:
        import pymysql.converters
        import pymysql.cursors
    except ImportError:
        raise SourceMisconfigured(
            "MySQL sources need the package pymysql, which is not installed.",
            remedy='Install it with: pip install "presstime[mysql]"',
            code="missing_driver",
        ) from None
    return pymysql


def _failures() -> tuple[type[Exception], ...]:
    """What the driver raises; a RuntimeError when a server asks for a file of this machine (LOCAL INFILE)."""
    return (_driver().Error, RuntimeError)


def _interrupted() -> SourceError:
    return SourceError("MySQL says: Query execution was interrupted.", code="interrupted")


def _said(error: Exception) -> str:
    return str(error.args[-1]) if error.args else str(error)


def _numbered(error: Exception) -> str:
    number = error.args[0] if len(error.args) > 1 else 0
    return f"ERROR {number}: {_said(error)}"


def _cause(error: Exception) -> DriverError:
    return DriverError(clean(_numbered(error)))
