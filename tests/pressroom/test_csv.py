"""CSV files: every row in the order of its query, every cell as it was, no cell a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressroom.sources import Source
from pressroom.workspace import Workspace
from pressroom.writers.csv import FORMULA_STARTS, write_query


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "scratch") as opened:
        yield opened


def written(workspace: Workspace, name: str, folder: Path) -> list[list[str]]:
    text = write_query(workspace, name, folder / f"{name}.csv").read_bytes().decode("utf-8-sig")
    assert text.endswith("\r\n")
    return list(csv.reader(text.splitlines(keepends=True), strict=True))


def test_many_rows_stay_in_order(workspace: Workspace, source: Source, tmp_path: Path) -> None:
    workspace.load("many", source, "select range as n, '=' || range as word from range(500000)")
    rows = written(workspace, "many", tmp_path)
    assert rows[0] == ["n", "word"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(500_000)]
    assert rows[-1] == ["499999", "'=499999"]


def test_a_result_without_rows_is_its_header(workspace: Workspace, source: Source, tmp_path: Path) -> None:
    workspace.load("none", source, """select 1 as "a,b", 'x' as "=b" where false""")
    assert written(workspace, "none", tmp_path) == [["a,b", "'=b"]]


def test_one_row_is_one_line(workspace: Workspace, source: Source, tmp_path: Path) -> None:
    workspace.load("one", source, "select '' as empty, null as missing, 'a' || chr(10) || 'b' as lines")
    path = write_query(workspace, "one", tmp_path / "one.csv")
    assert path.read_bytes().decode("utf-8-sig") == 'empty,missing,lines\r\n"",,"a\nb"\r\n'


def test_no_text_is_a_formula_and_other_text_is_as_it_was(workspace: Workspace, source: Source, tmp_path: Path) -> None:
    texts = [f"{start}1" for start in FORMULA_STARTS] + list("019 Aäz!\"#',/@?~[") + ["€", "日本", "-", "", "a=1"]
    workspace.load("texts", source, "select unnest(:texts::varchar[]) as word", {"texts": texts})
    cells = [row[0] for row in written(workspace, "texts", tmp_path)[1:]]
    assert cells == [f"'{text}" if text.startswith(FORMULA_STARTS) else text for text in texts]
