"""`presstime migrate`."""

from __future__ import annotations

from contextlib import closing

import typer
from django.conf import settings

from presstime.base import clock
from presstime.base.occupancy import occupy
from presstime.database.upgrade import upgrade


def migrate() -> None:
    """Bring the database's tables to this version, after a safety copy of what is there (SQLite)."""
    with closing(occupy(settings.CONFIGURATION.data_path)):
        for sentence in upgrade(clock.now()):
            typer.echo(sentence)
