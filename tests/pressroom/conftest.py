"""What many of these tests read from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pressroom import open_source
from pressroom.sources import Source


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    """A DuckDB file without tables: enough for queries that make their rows themselves."""
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    opened = open_source("duckdb:///empty.duckdb", base=tmp_path)
    yield opened
    opened.close()
