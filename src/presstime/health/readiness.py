"""Whether a web process may be sent requests."""

from __future__ import annotations

from django.db import DatabaseError, connection

from presstime.database.upgrade import is_current
from presstime.health.monitor import monitor
from presstime.health.states import Finding, Level

_current: set[str] = set()  # databases whose tables were found to be of this version; they do not go back


def look() -> Finding:
    """PASS when the database can be written and has the tables of this version."""
    reading = monitor.report(only=["database"]).readings["database"]
    if reading.level is Level.FAIL:
        return reading.finding
    if not _has_tables():
        return Finding(Level.FAIL, "The tables of the database are of another version.")
    return Finding(Level.PASS)


def _has_tables() -> bool:
    name = str(connection.settings_dict["NAME"])
    if name not in _current:
        try:
            if is_current():
                _current.add(name)
        except DatabaseError:
            return False
    return name in _current
