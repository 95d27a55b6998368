"""Where the results of one run are kept: in memory while they are small, then in a file.

To start DuckDB and to end it takes longer than to set two pages, and so does making a file, writing it safely and
removing it: an engine that is free waits for the next run of its process.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from pressroom.columns import identifier, quoted
from pressroom.errors import RenderError

MEMORY_BYTES: Final = 8 << 20  # of all results together, from where on they are kept on disk
SHORT_BYTES: Final = 1 << 20  # up to where one thread is faster than several that must be told
_THREADS: Final = 2
_WIDE_ROW: Final = 400  # bytes
_GROUP: Final = 122_880  # rows that a Parquet file keeps together, as DuckDB has it; all of them are in memory at once
_LEAST_GROUP: Final = 2_048
_GROUP_BYTES: Final = 64 << 20
ON_DISK: Final = "results on disk"
_FREE_ENGINES: Final = 2  # that wait
# What is closed is thrown away: the checkpoint before it would compress every value first.
_SETUP: Final = "set enable_progress_bar = false; pragma disable_checkpoint_on_shutdown"
_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "async_threads": 0,  # it reads no files
    "memory_limit": "512MB",
    "preserve_insertion_order": True,
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_free: list[_Engine] = []
_of_parents: list[_Engine] = []  # their threads did not come along: neither used nor closed


class _Engine:
    """A DuckDB of its own in memory, and those of its cursors that nobody reads from."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(":memory:", config=_SETTINGS)
        self.connection.execute(_SETUP)
        self.idle: list[duckdb.DuckDBPyConnection] = []

    def drop(self, tables: Iterable[str]) -> None:
        for name in tables:
            self.connection.execute(f"drop table if exists memory.main.{identifier(name)}")

    def close_cursors(self) -> None:
        while self.idle:
            self.idle.pop().close()


class Database:
    """A DuckDB database whose files, if it needs any, lie in *scratch*; instants are read in *zone*.

    No other run uses its engine meanwhile. Whoever makes a table puts its name into `tables` before.
    """

    def __init__(self, scratch: Path, *, zone: ZoneInfo) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        self._file = scratch / "workspace.duckdb"
        self._spill = scratch / "spill"
        self.tables: set[str] = set()
        self._bytes = 0
        self._is_on_disk = False
        self._is_short = True
        self.group_rows = _GROUP
        self._engine = _engine()
        self.connection = self._engine.connection
        self.connection.execute(
            f"set temp_directory = {quoted(str(self._spill))}; set global timezone = {quoted(zone.key)}"
        )

    def close(self) -> None:
        """Let go of all results, of the engine, and of the file, if there is one."""
        has_room = not self._is_on_disk and not self._spill.exists() and len(_free) < _FREE_ENGINES
        if has_room and self._is_emptied():
            _free.append(self._engine)
        else:
            self._engine.close_cursors()
            self.connection.close()
        for path in (self._file, self._file.with_name(f"{self._file.name}.wal")):
            path.unlink(missing_ok=True)

    def _is_emptied(self) -> bool:
        """Whether the engine is as it was; one that has failed for good says so only when it is asked for something."""
        try:
            self._engine.drop(self.tables)
            if not self._is_short:
                self.connection.execute("set threads = 1")
        except duckdb.Error:  # it is closed instead, and the next run gets another
            return False
        return True

    def keep(self, size: int) -> None:
        """Count *size* bytes more; with much, use all threads, and with more, move everything to disk."""
        self._bytes += size
        if self._is_short and self._bytes > SHORT_BYTES:
            self._is_short = False
            self.connection.execute(f"set threads = {_THREADS}")
        if self._is_on_disk or self._bytes <= MEMORY_BYTES:
            return
        disk = identifier(ON_DISK)
        self.connection.execute(f"attach {quoted(str(self._file))} as {disk}; copy from database memory to {disk}")
        self._engine.drop(self.tables)
        self.connection.execute(f"use {disk}")
        self._is_on_disk = True
        self._engine.close_cursors()

    @contextmanager
    def paced(self, row_bytes: int, *, is_stream: bool = False, is_quick: bool = True) -> Iterator[None]:
        """While rows of about *row_bytes* are written: threads and rows kept together such that memory holds them.

        Two threads wait for each other with batches in hand: 340 MB instead of 140 for a million rows of a slow server. Of
        rows of a kilobyte the batches alone are more than DuckDB may take, and it gives up or never ends.
        """
        usual = 1 if self._is_short else _THREADS
        most = _THREADS if is_stream else usual
        wanted = most if is_quick and row_bytes < _WIDE_ROW else 1
        self.group_rows = max(_LEAST_GROUP, min(_GROUP, _GROUP_BYTES // max(1, row_bytes)))
        if wanted != usual:
            self.connection.execute(f"set threads = {wanted}")
        try:
            yield
        finally:
            self.group_rows = _GROUP
            if wanted != usual:
                self.connection.execute(f"set threads = {usual}")

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that nobody else reads from: another query on it would end the one before."""
        idle = self._engine.idle
        cursor = idle.pop() if idle else self._new_cursor()
        try:
            yield cursor
        except BaseException:
            cursor.close()  # with what is left of its result
            raise
        idle.append(cursor)

    def _new_cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self.connection.cursor()
        place = f"; use {identifier(ON_DISK)}" if self._is_on_disk else ""
        cursor.execute(f"{_SETUP}{place}")
        return cursor


def not_kept(what: str, error: duckdb.Error) -> RenderError:
    """The error for *what*, with a code of its own where the disk or the memory was too small."""
    if isinstance(error, duckdb.OutOfMemoryException):
        remedy = "Select fewer or shorter columns, aggregate in the query, or give the report a lower `row_limit`."
        return RenderError(f"{what}: its rows need more memory than there is.", remedy=remedy, code="out_of_memory")
    code = "disk_full" if "No space left" in str(error) else "render"
    return RenderError(f"{what}: {error}", code=code)


def _engine() -> _Engine:
    """One that waits, or a new one; threads of the web server ask at the same time."""
    try:
        return _free.pop()
    except IndexError:
        return _Engine()


def _forget() -> None:
    _of_parents.extend(_free)
    _free.clear()


os.register_at_fork(after_in_child=_forget)
