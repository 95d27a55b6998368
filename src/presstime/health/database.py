"""The check of the database: a real write, and whether its library is free of a known fault."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction

from presstime.database import driver
from presstime.database.fullness import is_disk_full
from presstime.health import queries
from presstime.health.registry import Check
from presstime.health.registry import register as add
from presstime.health.states import Finding, Level

WAIT_MILLISECONDS = 500  # for others who write
BUSY_FOR = timedelta(seconds=5)  # so long may another one write before that counts as a failure
SLOW_SECONDS = 0.4

ADVICE = {
    Level.WARN: "See whether the disk of the database is slow or busy; a long write of another process passes by itself.",
    Level.FAIL: "See that the database runs, that its disk has room and can be written; the log names the error. "
    "`presstime check` looks at it from outside.",
}
VERSION_ADVICE = {Level.WARN: "Install the package pysqlite3 0.6.1 or newer beside Presstime and start it again."}


class DatabaseCheck:
    """Writes one row; remembers since when others have kept it from doing so."""

    def __init__(self) -> None:
        self._busy_since: datetime | None = None

    def __call__(self, now: datetime) -> Finding:
        began = time.monotonic()
        try:
            _write(now)
        except DatabaseError as error:
            return self._refused(error, now)
        self._busy_since = None
        took = round(time.monotonic() - began, 4)
        if took > SLOW_SECONDS:
            return Finding(Level.WARN, "The database was written, but slowly.", took, "s")
        return Finding(Level.PASS, "The database was written.", took, "s")

    def _refused(self, error: DatabaseError, now: datetime) -> Finding:
        if is_disk_full(error):
            return Finding(Level.FAIL, "The disk of the database is full.")
        if not _is_busy(error):
            return Finding(Level.FAIL, f"The database cannot be written ({type(error).__name__}).")
        self._busy_since = self._busy_since or now
        busy = now - self._busy_since
        level = Level.FAIL if busy >= BUSY_FOR else Level.WARN
        return Finding(level, "Another process keeps the database from being written.", busy.total_seconds(), "s")


def _write(now: datetime) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")
        else:
            cursor.execute(f"SET lock_timeout = {WAIT_MILLISECONDS}")
    with transaction.atomic():
        queries.write_pulse(now)


def _is_busy(error: DatabaseError) -> bool:
    return "locked" in str(error) or "lock timeout" in str(error)


def check_version(_: datetime) -> Finding:
    """Whether SQLite is free of the fault that can corrupt a database with several writers."""
    if connection.vendor != "sqlite":
        return Finding(Level.PASS, "PostgreSQL.")
    version = str(sys.modules["sqlite3"].sqlite_version)
    if driver.is_whole():
        return Finding(Level.PASS, f"SQLite {version}.")
    return Finding(
        Level.WARN, f"SQLite {version} can corrupt a database that several processes write (fixed in 3.51.3)."
    )


def register() -> None:
    add(Check("database", "Database", DatabaseCheck(), ADVICE, is_vital=True))
    add(Check("database_version", "Database library", check_version, VERSION_ADVICE, every=timedelta(hours=1)))
