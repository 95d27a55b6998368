"""Tells a database whose disk is full from other errors."""

from __future__ import annotations

from django.db import DatabaseError

# SQLite (SQLITE_FULL), and PostgreSQL (53100, disk_full), which passes on the system's words.
_WORDS = ("database or disk is full", "No space left on device")


def is_disk_full(error: DatabaseError) -> bool:
    """Whether the database could not write because there is no room."""
    return any(word in str(error) for word in _WORDS)
