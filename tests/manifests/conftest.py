"""A folder with one source, one report and one schedule, and the commands that read and write such folders."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.conftest import run
from tests.schedules.conftest import DEFINITION

__all__ = ["run"]
SCHEDULE = """\
report: punctuality
cron: 0 7 * * *
timezone: Europe/Berlin
recipients:
  to:
    - reader@example.com
"""


@pytest.fixture
def shop(data_path: Path) -> Path:
    path = data_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table if not exists flights (origin text, day text)")
    return path


@pytest.fixture
def folder(tmp_path: Path, shop: Path) -> Path:
    for kind in ("sources", "reports", "schedules"):
        (tmp_path / kind).mkdir()
    (tmp_path / "sources/flights.yaml").write_text(f"url: sqlite:///{shop}\n")
    (tmp_path / "reports/punctuality.md").write_text(DEFINITION)
    (tmp_path / "schedules/daily.yaml").write_text(SCHEDULE)
    return tmp_path


Run = Callable[..., Result]


def plan(result: Result) -> dict[str, str]:
    """What becomes of each thing, by "kind name"."""
    assert result.exit_code == 0, result.output
    return {f"{each['kind']} {each['name']}": each["action"] for each in json.loads(result.stdout)["changes"]}
