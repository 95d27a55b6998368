"""Tells a database whose disk is full from other errors."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError, connection

# SQLite (SQLITE_FULL), and PostgreSQL (53100, disk_full), which passes on the system's words.
_WORDS = ("database or disk is full", "No space left on device")
# What SQLite says when it has no room for its shared memory or its log; it is also what a broken disk gives.
_AMBIGUOUS = "disk I/O error"
_NO_ROOM_BYTES = 1 << 20


log = logging.getLogger("presstime.database")


@contextmanager
def unless_full(what: str) -> Iterator[None]:
    """Pass over a write, in a transaction of its own, for which there is no room: a note that nobody has to wait for."""
    try:
        yield
    except DatabaseError as error:
        if not is_disk_full(error):
            raise
        log.warning("%s was not noted: %s", what, error)


def is_disk_full(error: DatabaseError) -> bool:
    """Whether the database could not write because there is no room."""
    said = str(error)
    return any(word in said for word in _WORDS) or (_AMBIGUOUS in said and _has_no_room())


def _has_no_room() -> bool:
    """Whether the volume of a SQLite database is full."""
    if connection.vendor != "sqlite":
        return False
    try:
        return shutil.disk_usage(Path(str(connection.settings_dict["NAME"])).parent).free < _NO_ROOM_BYTES
    except OSError:
        return False
