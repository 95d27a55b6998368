"""What SQL may do in an SQLite source: read. Everything else is denied before it runs, by SQLite's authorizer."""

from __future__ import annotations

import sqlite3

# Functions that read or write files or load code, in builds of SQLite that have them.
_FORBIDDEN_FUNCTIONS = frozenset(
    ("load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "lsmode", "fsdir", "lsdir", "zipfile")
)
_READING = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE))
# Before 3.41 a table-valued function such as json_each asks for these when it declares itself, and writes nothing. A statement
# that would change that table is refused by SQLite in any case.
_DECLARED = frozenset(("type", "name", "tbl_name", "rootpage", "sql"))

DESCRIBING_VIEW = "presstime_described"


def allow_reading(action: int, first: str | None, second: str | None, _database: str | None, _by: str | None) -> int:
    """The authorizer while an author's query runs."""
    if action in _READING:
        return sqlite3.SQLITE_OK
    if (action, first, second) == (sqlite3.SQLITE_PRAGMA, "data_version", None):  # an index of full text asks for it
        return sqlite3.SQLITE_OK
    if (action, first) == (sqlite3.SQLITE_UPDATE, "sqlite_master") and second in _DECLARED:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if (second or "").lower() in _FORBIDDEN_FUNCTIONS else sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def allow_describing(action: int, first: str | None, second: str | None, database: str | None, by: str | None) -> int:
    """The authorizer while a query is described: reading, and one temporary view that never runs."""
    if action == sqlite3.SQLITE_CREATE_TEMP_VIEW and first == DESCRIBING_VIEW:
        return sqlite3.SQLITE_OK
    if action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE) and (first, database) == ("sqlite_temp_master", "temp"):
        return sqlite3.SQLITE_OK
    if (action, first) == (sqlite3.SQLITE_PRAGMA, "table_info"):
        return sqlite3.SQLITE_OK
    return allow_reading(action, first, second, database, by)
