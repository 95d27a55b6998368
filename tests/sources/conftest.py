"""A data folder with an SQLite file, and clients with tokens."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest


@pytest.fixture
def flights(data_path: Path) -> Iterator[str]:
    """The name, in the data folder, of an SQLite file with three flights."""
    file = data_path / "flights.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("create table flights (origin text, day text, dep_delay real)")
        rows = [("JFK", "2026-10-01", 3.5), ("JFK", "2026-10-02", -1.0), ("LGA", "2026-10-03", 12.0)]
        database.executemany("insert into flights values (?, ?, ?)", rows)
        database.commit()
    yield file.name
    file.unlink()
