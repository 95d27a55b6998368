"""Where the results of one run are kept: in memory while they are small, then in a file.

To make a file, to write it safely and to remove it takes longer than to set two pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from pressroom.columns import identifier, quoted

MEMORY_BYTES: Final = 8 << 20  # of all results together, from where on they are kept on disk
ON_DISK: Final = "results on disk"


class Database:
    """A DuckDB database whose files, if it needs any, lie in *scratch*; instants are read in *zone*."""

    def __init__(self, scratch: Path, *, zone: ZoneInfo, threads: int) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        self._file = scratch / "workspace.duckdb"
        self._bytes = 0
        self._is_on_disk = False
        self._idle: list[duckdb.DuckDBPyConnection] = []
        settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": "512MB",
            "temp_directory": str(scratch / "spill"),
            "preserve_insertion_order": True,
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self.connection = duckdb.connect(":memory:", config=settings)
        self.connection.execute(f"set global timezone = {quoted(zone.key)}; set enable_progress_bar = false")

    def close(self) -> None:
        """Close the database and remove its file, if it has one."""
        for cursor in self._idle:
            cursor.close()
        self.connection.close()
        for path in (self._file, self._file.with_name(f"{self._file.name}.wal")):
            path.unlink(missing_ok=True)

    def keep(self, size: int) -> None:
        """Count *size* bytes more, and move everything to disk when it has become much."""
        self._bytes += size
        if self._is_on_disk or self._bytes <= MEMORY_BYTES:
            return
        disk = identifier(ON_DISK)
        self.connection.execute(f"attach {quoted(str(self._file))} as {disk}; copy from database memory to {disk}")
        for (name,) in self.connection.execute("select table_name from duckdb_tables() where not temporary").fetchall():
            self.connection.execute(f"drop table if exists memory.main.{identifier(name)}")
        self.connection.execute(f"use {disk}")
        self._is_on_disk = True
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that nobody else reads from: another query on it would end the one before."""
        cursor = self._idle.pop() if self._idle else self._new_cursor()
        try:
            yield cursor
        except BaseException:
            cursor.close()  # with what is left of its result
            raise
        self._idle.append(cursor)

    def _new_cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self.connection.cursor()
        place = f"; use {identifier(ON_DISK)}" if self._is_on_disk else ""
        cursor.execute(f"set enable_progress_bar = false{place}")
        return cursor
