"""Every format shows the same figures: tiles, rows, subtotals and totals of one report."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from pressroom.render import Rendered, render
from pressroom.sources import open_source
from tests.pressroom.reports import make_flights

REPORT = """---
title: Flights
source: flights
parameters:
  period: {type: period, default: 2013-07}
---
```sql totals
select count(*) as n, avg(dep_delay) as delay from flights where day >= :period_start and day < :period_end
```
```sql d
select origin, airline, day, dep_delay as delay, 1 as n from flights order by day, airline
```
```kpi
data: totals
tiles:
  - {label: Flights, value: n, compare: previous, good: up, target: 4, spark: d.delay}
  - {label: Delay, value: delay, format: "0.0", compare: previous, delta: absolute, good: down}
```
```table
data: d
title: Delays
group: origin
columns:
  day: {format: "%d %b %Y"}
  delay: {format: "0.00", total: sum, bar: true, color: {when: "> 50", tone: bad}}
  n: {total: count}
```
"""
FIGURES = ("+400.0%", "vs June 2013", "Target 4 met", "12.5", "\u221286.5", "JFK", "LGA")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    folder = tmp_path_factory.mktemp("figures")
    source = open_source(make_flights(folder))
    at = datetime(2013, 8, 2, 6, tzinfo=UTC)
    formats = ["pdf", "html", "xlsx", "json"]
    made = render(
        REPORT, sources={"flights": source}, parameters={}, at=at, out=folder / "out", formats=formats
    )  # fmt: skip
    source.close()
    return made


def path(rendered: Rendered, name: str) -> Path:
    return next(file.path for file in rendered.artifacts if file.format == name)


def text_of_html(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", html.partition("<body")[2]))


@pytest.mark.parametrize("medium", ["pdf", "page", "mail", "mail text"])
def test_readers_see_the_same_figures_everywhere(medium: str, rendered: Rendered) -> None:
    assert rendered.email is not None
    if medium == "pdf":
        text = "\n".join(page.extract_text() for page in PdfReader(path(rendered, "pdf")).pages)
    elif medium == "page":
        text = text_of_html(path(rendered, "html").read_text(encoding="utf-8"))
    else:
        text = text_of_html(rendered.email.html) if medium == "mail" else rendered.email.text
    words = " ".join(text.split())
    for figure in FIGURES:
        assert figure in words, figure
    assert re.search(r"Total JFK .*?248\.00 6 ", words)
    assert re.search(r"Total LGA .*?\u2013 1 ", words)
    assert re.search(r"Total 248\.00 7\b", words)
    assert words.count("▲ 99.00") == 2


@pytest.mark.filterwarnings("ignore:.*xtension is not supported:UserWarning")
def test_the_workbook_computes_the_same_figures(rendered: Rendered) -> None:
    cached = openpyxl.load_workbook(path(rendered, "xlsx"), data_only=True)["Delays"]
    live = openpyxl.load_workbook(path(rendered, "xlsx"))["Delays"]
    rows = {row[0].value: [cell.value for cell in row] for row in cached.iter_rows(min_row=2)}
    columns = {cell.value: number for number, cell in enumerate(cached[1])}
    delay, number = columns["Delay"], columns["N"]
    assert (rows["Total JFK"][delay], rows["Total JFK"][number]) == (248, 6)
    assert (rows["Total LGA"][delay], rows["Total LGA"][number]) == ("\u2013", 1)
    assert (rows["Total"][delay], rows["Total"][number]) == (248, 7)
    formulas = [cell.value for row in live.iter_rows(min_row=2) for cell in row if cell.data_type == "f"]
    assert formulas
    assert all(formula.startswith("=SUBTOTAL(") for formula in formulas)
    assert {live.row_dimensions[number].outlineLevel for number in range(2, live.max_row + 1)} == {0, 1}


def test_json_has_the_same_figures(rendered: Rendered) -> None:
    blocks = json.loads(path(rendered, "json").read_text(encoding="utf-8"))["blocks"]
    tiles = next(block for block in blocks if block["kind"] == "kpi")["tiles"]
    assert [(tile["value"], tile["previous"], tile["delta"]) for tile in tiles] == [
        (5, 1, "+400.0%"), (12.5, 99, "\u221286.5"),
    ]  # fmt: skip
    table = next(block for block in blocks if block["kind"] == "table")
    assert table["subtotals"] == [
        {"key": ["JFK"], "rows": 6, "totals": {"delay": 248, "n": 6}},
        {"key": ["LGA"], "rows": 1, "totals": {"delay": None, "n": 1}},
    ]
