"""What the application's own SQLite connections may never do, whatever code or injected SQL asks for it.

Triggers hold against statements, but a statement can drop a trigger. SQLite asks the authorizer while it compiles a
statement (0.9 µs more for each), so a refused one does not even begin. Migrations and the retention of the audit log
pass by `lifted`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Rows of these are written once.
APPEND_ONLY = frozenset({"audit_logs", "audit_nodes", "audit_checkpoints", "audit_segments", "audit_epochs"})
# This row moves on with each entry, and is never another one.
HEAD = "audit_head"

# Those that read, and those that Django sets around its own work.
PRAGMAS = frozenset(
    {
        "application_id",
        "busy_timeout",
        "cache_size",
        "compile_options",
        "data_version",
        "foreign_key_check",
        "foreign_key_list",
        "foreign_keys",
        "freelist_count",
        "index_info",
        "index_list",
        "index_xinfo",
        "integrity_check",
        "journal_mode",
        "optimize",
        "page_count",
        "page_size",
        "quick_check",
        "synchronous",
        "table_info",
        "table_list",
        "table_xinfo",
        "temp_store",
        "user_version",
        "wal_checkpoint",
    }
)
_REFUSED = frozenset(
    {
        sqlite3.SQLITE_ALTER_TABLE,
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_CREATE_TRIGGER,
        sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_DROP_INDEX,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_DROP_TRIGGER,
        sqlite3.SQLITE_DROP_VIEW,
    }
)


def install(connection: Any) -> None:
    """Put the guard on a connection of the `sqlite3` module."""
    connection.set_authorizer(_judge)


@contextmanager
def lifted(connection: Any) -> Iterator[None]:
    """Take the guard off Django's *connection*, if that is SQLite, until the block ends. The triggers stay."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    depth = getattr(connection, "lifts", 0)  # a migration lifts it within a block that has lifted it
    connection.lifts = depth + 1
    connection.connection.set_authorizer(None)
    try:
        yield
    finally:
        connection.lifts = depth
        if not depth and connection.connection is not None:  # closed in between: the next one brings its own guard
            install(connection.connection)


def _judge(action: int, first: str | None, second: str | None, schema: str | None, trigger: str | None) -> int:  # noqa: ARG001 - SQLite's signature
    if action in (sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE) and first in APPEND_ONLY:
        return sqlite3.SQLITE_DENY
    if action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_DELETE) and first == HEAD:
        return sqlite3.SQLITE_DENY
    if action in _REFUSED:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() not in PRAGMAS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK
