"""Brings the tables to this version, with a copy kept of what was there."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

import presstime

# Of PostgreSQL's advisory locks; the digits are "PRESSTIM" in ASCII.
LOCK = 0x50524553_5354494D


def upgrade(now: datetime) -> list[str]:
    """Apply what is missing and say in sentences what was done; of two calls at once the second finds nothing to do.

    An SQLite database that already has tables is copied first. PostgreSQL is not copied: `pg_dump` does that.
    """
    _make_file()
    with _alone():
        missing = _missing_migrations()
        done = _apply(missing, now) if missing else []
        call_command("createcachetable", verbosity=0)
    return done or ["The database is up to date."]


def _apply(missing: list[str], now: datetime) -> list[str]:
    is_new = not connection.introspection.table_names()
    done = [] if is_new else [_safety_copy(now)]
    call_command("migrate", interactive=False, verbosity=0)
    return [*done, "Made the tables." if is_new else f"Applied {len(missing)} migration(s): {', '.join(missing)}."]


def is_current() -> bool:
    """Whether the tables are those of this version."""
    return not _missing_migrations()


def _missing_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _make_file() -> None:
    """An empty database that only its owner reads: it will hold addresses, and hashes of passwords."""
    if connection.vendor == "sqlite":
        _file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _file().touch(mode=0o600)


def _file() -> Path:
    return Path(str(connection.settings_dict["NAME"])).resolve()


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the right to upgrade: on SQLite by a lock file, on PostgreSQL by an advisory lock of the server."""
    if connection.vendor == "sqlite":
        with _file().with_suffix(".upgrade-lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])


def _safety_copy(now: datetime) -> str:
    if connection.vendor != "sqlite":
        return "No safety copy: PostgreSQL is backed up with pg_dump."
    copy = _file().with_name(f"presstime-before-{presstime.__version__}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.sqlite3")
    copy_sqlite(copy)
    return f"Kept a copy of the database as it was: {copy}."


def copy_sqlite(target: Path) -> None:
    """Copy the SQLite database in use to *target*, readable by its owner only; whole or not at all.

    One step of the backup API under one read lock: writers wait or write to the WAL, the copy is of one moment.
    """
    draft = target.with_name(f".{target.name}.draft")
    draft.touch(mode=0o600)
    connection.ensure_connection()
    source: Any = connection.connection
    with closing(sqlite3.connect(draft)) as copy:
        source.backup(copy)
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.replace(target)
