"""Puts a current SQLite library in the place of the one that Python was linked with.

SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when two connections write and checkpoint at the same moment (fixed in
3.51.3, 2026-03-13), and a Presstime server is just that case. Debian 12 links 3.40.1, so the wheel `pysqlite3` (3.53)
takes its place before Django imports `sqlite3`. docs/decisions/0002 has the account.
"""

from __future__ import annotations

import sqlite3
import sys
from importlib import import_module

FIRST_WHOLE_VERSION = (3, 51, 3)


def install() -> None:
    """Make `import sqlite3` mean the newer of the two libraries; without the wheel Python's own stays."""
    try:
        newer = import_module("pysqlite3")
    except ModuleNotFoundError:
        return
    if newer.sqlite_version_info > sqlite3.sqlite_version_info:
        sys.modules["sqlite3"] = newer
        sys.modules["sqlite3.dbapi2"] = import_module("pysqlite3.dbapi2")


def is_whole() -> bool:
    """Whether the library in use is free of the WAL-reset fault."""
    version: tuple[int, ...] = sys.modules["sqlite3"].sqlite_version_info
    return version >= FIRST_WHOLE_VERSION
