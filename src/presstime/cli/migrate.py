"""`presstime migrate`."""

from __future__ import annotations

import typer

from presstime.base import clock
from presstime.database.upgrade import upgrade


def migrate() -> None:
    """Bring the database's tables to this version, after a safety copy of what is there (SQLite)."""
    for sentence in upgrade(clock.now()):
        typer.echo(sentence)
