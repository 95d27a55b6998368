"""One consistent copy of the database in use, as a file: SQLite's backup API, or `pg_dump`."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from presstime.backups import postgresql
from presstime.backups.errors import BackupFailed, Damaged, told
from presstime.backups.stream import Progress, silent

PAGES_AT_ONCE = 2_000
SPACE_FACTOR = 1.1
SPACE_FOR_OTHERS = 64 * 1024**2  # for what else is written meanwhile


@dataclass(frozen=True, slots=True)
class Database:
    """The database of an installation: a SQLite file, or a PostgreSQL database and how to reach it."""

    file: Path | None
    connection: Mapping[str, Any]  # Django's settings of it

    @property
    def engine(self) -> str:
        return "sqlite" if self.file else "postgresql"

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Database:
        """From Django's settings of a database."""
        is_file = str(settings["ENGINE"]).endswith("sqlite3")
        return cls(Path(str(settings["NAME"])).resolve() if is_file else None, settings)


@dataclass(frozen=True, slots=True)
class Snapshot:
    path: Path
    page_size: int  # 0 of a dump
    version: str  # of SQLite or of pg_dump


def take(database: Database, path: Path, progress: Progress = silent) -> Snapshot:
    """Copy the database as it is at one moment to *path* while others write; proven to be whole before it counts."""
    if database.file is None:
        progress("copying", 0, 0)
        return Snapshot(path, 0, postgresql.dump(database.connection, path))
    _check_space(database.file, path.parent)
    with told("Copying the database"):
        page_size = _copy(database.file, path, progress)
    check(path)
    return Snapshot(path, page_size, sqlite3.sqlite_version)


def _copy(source: Path, target: Path, progress: Progress) -> int:
    """SQLite's backup in steps under one read transaction.

    Without that transaction each commit of another connection begins the copy anew: under writes it never ends.
    """
    target.touch(mode=0o600)
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True, isolation_level=None, timeout=60)) as live,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            copy.execute("PRAGMA synchronous=OFF")
            copy.execute("PRAGMA journal_mode=OFF")
            page_size = int(live.execute("PRAGMA page_size").fetchone()[0])
            live.execute("BEGIN")
            live.execute("SELECT 1 FROM sqlite_master").fetchone()

            def tell(status: int, remaining: int, total: int) -> None:  # noqa: ARG001 - sqlite3's signature
                progress("copying", (total - remaining) * page_size, total * page_size)

            live.backup(copy, pages=PAGES_AT_ONCE, progress=tell)
            live.execute("COMMIT")
    except sqlite3.Error as error:
        raise BackupFailed(f"Copying the database failed: {error}.") from error
    return page_size


def check(path: Path, *, thoroughly: bool = False) -> None:
    """Damaged unless SQLite finds *path* whole; *thoroughly* also compares every index and every foreign key."""
    pragma = "integrity_check" if thoroughly else "quick_check"
    try:
        with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as copy:
            found = copy.execute(f"PRAGMA {pragma}(3)").fetchall()
            if thoroughly:
                found += [(f"row {row[1]} of {row[0]} refers to nothing",) for row in _orphans(copy)]
    except sqlite3.Error as error:
        raise Damaged(f"The copy of the database is damaged: {error}.") from error
    if [row[0] for row in found] != ["ok"]:
        raise Damaged(f"The copy of the database is damaged: {'; '.join(str(row[0]) for row in found)}.")


def _orphans(copy: sqlite3.Connection) -> list[Any]:
    return copy.execute("PRAGMA foreign_key_check").fetchmany(3)


def _check_space(database: Path, folder: Path) -> None:
    wal = database.with_name(database.name + "-wal")
    size = database.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
    check_space(int(size * SPACE_FACTOR), folder)


def check_space(needed: int, folder: Path) -> None:
    """BackupFailed when *folder* has no room for so many bytes."""
    needed += SPACE_FOR_OTHERS
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupFailed(f"There is no room in {folder}: {needed:,} bytes are needed, {free:,} are free.")
