"""Reports over results that no author expects, and their files read back as text and values."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import pypdf
import pytest
from openpyxl.utils.escape import unescape

from pressroom import Rendered, render
from pressroom.sources import Source
from tests.pressroom.reports import AT

FORMATS = ("pdf", "html", "xlsx", "csv", "json", "parquet")
HEAD = "---\ntitle: '{title}'\nsource: data\n---\n"
TABLE = "```sql q\n{sql}\n```\n```table\ndata: q\n```\n"


def made(report: str, source: Source, out: Path, **options: Any) -> tuple[Rendered, dict[str, Path]]:
    rendered = render(
        report, sources={"data": source}, at=AT, zone=ZoneInfo("UTC"), out=out,
        **{"formats": FORMATS, "parameters": {}, **options},
    )  # fmt: skip
    return rendered, {file.format: file.path for file in rendered.artifacts}


def shown(sql: str, source: Source, out: Path, title: str = "Odd") -> tuple[Rendered, dict[str, Path]]:
    return made(HEAD.format(title=title) + TABLE.format(sql=sql), source, out)


# ---- reading the files ----------------------------------------------------------------------------------------------


def cells_of(path: Path) -> list[list[Any]]:
    """The rows of the first data sheet, without its head."""
    sheet = openpyxl.load_workbook(path).worksheets[1]
    rows = [
        [unescape(cell) if isinstance(cell, str) else cell for cell in row] for row in sheet.iter_rows(values_only=True)
    ]
    return rows[1:]


def lines_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True))


def json_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    query: dict[str, Any] = found["queries"]["q"]
    return query


def parquet_of(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(f"from '{path}'").fetchall()


def words_of(path: Path) -> str:
    """The text of a PDF without white space, which is where its lines were broken."""
    pages = pypdf.PdfReader(path).pages
    return joined("".join(page.extract_text() for page in pages))


def joined(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text)


class Page(html.parser.HTMLParser):
    """The cells of tables, and every tag, of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.cells: list[str] = []
        self.heads: list[str] = []
        self._target: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        self._target = {"td": self.cells, "th": self.heads}.get(tag, self._target)
        if tag in ("td", "th") and self._target is not None:
            self._target.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._target = None

    def handle_data(self, data: str) -> None:
        if self._target:
            self._target[-1] += data
