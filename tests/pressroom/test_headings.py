"""Headings over several columns, in every format."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pypdf
import pytest

from pressroom.definition import parse
from pressroom.render import Rendered, render
from pressroom.sources import open_source
from pressroom.writers.headings import Heading, headings_of

FORMATS = ("pdf", "html", "xlsx", "csv", "json")
AT = datetime(2014, 1, 2, tzinfo=UTC)
DATA = "carrier,origin,flights,left,left_late,came,came_late\nAA,JFK,40,38,2,37,3\nAA,LGA,20,19,1,15,5\nUA,EWR,10,9,1,8,2\n"
REPORT = """---
title: Delays
source: air
formats: [pdf, html, xlsx, csv, json]
csv: {header: labels}
---
```sql delays
select * from delays
```
```table
data: delays
columns:
  flights: {label: Flights, total: sum}
  left: {label: On time, heading: Departure, total: sum}
  left_late: {label: Late, heading: Departure, bar: true}
  came: {label: On time, heading: Arrival}
  came_late: {label: Late, heading: Arrival}
```
```table
title: By airline
data: delays
group: carrier
columns:
  flights: {label: Flights, total: sum}
  left: {label: On time, heading: Departure, total: sum}
  left_late: {label: Late, heading: Departure}
  came: {label: On time, heading: Arrival, total: avg}
  came_late: {label: Too late, heading: Arrival}
```
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    folder = tmp_path_factory.mktemp("headings")
    (folder / "delays.csv").write_text(DATA, encoding="utf-8")
    source = open_source(f"files:///{folder}")
    try:
        return render(
            parse(REPORT),
            sources={"air": source},
            parameters={},
            at=AT,
            out=folder / "out",
            formats=FORMATS,
            email=True,
        )
    finally:
        source.close()


def file_of(made: Rendered, kind: str) -> Path:
    return next(artifact.path for artifact in made.artifacts if artifact.format == kind)


def test_neighbours_share_a_heading_and_others_do_not() -> None:
    assert headings_of(["", "A", "A", "", "", "A", "B"]) == (
        Heading("", 0),
        Heading("A", 1, 2),
        Heading("", 3),
        Heading("", 4),
        Heading("A", 5),
        Heading("B", 6),
    )
    assert headings_of(["", ""]) == ()


def test_page_and_mail_span_the_columns_with_bars_counted_where_they_take_a_cell(made: Rendered) -> None:
    page = file_of(made, "html").read_text("utf-8")
    assert re.findall(r'<th scope="colgroup" colspan="(\d)"><span>(\w+)<', page) == [
        ("2", "Departure"),
        ("2", "Arrival"),
        ("2", "Departure"),
        ("2", "Arrival"),
    ]
    assert page.count('<th scope="col" rowspan="2"') == 5  # carrier once: in the other table it heads the groups
    assert made.email is not None
    spans = [
        re.sub(r'.*colspan="(\d)".*', r"\1", head) for head in re.findall(r"<th [^>]*colgroup[^>]*>", made.email.html)
    ]
    assert spans == ["3", "2", "2", "2"]
    lines = made.email.text.splitlines()
    above = next(number for number, line in enumerate(lines) if "Departure -" in line)
    assert lines[above].index("Departure") <= lines[above + 1].index("On time")
    assert lines[above].index("Arrival") <= lines[above + 1].rindex("On time")


def test_the_pdf_shows_them_once_above_the_labels(made: Rendered) -> None:
    text = pypdf.PdfReader(file_of(made, "pdf")).pages[0].extract_text()
    assert (text.count("Departure"), text.count("Arrival"), text.count("On time")) == (2, 2, 4)
    assert text.index("Departure") < text.index("On time")


# openpyxl does not know the lines and bars in cells that Excel has had since 2010.
@pytest.mark.filterwarnings("ignore:.*xtension is not supported:UserWarning")
def test_the_workbook_merges_cells_above_the_labels_and_keeps_its_formulas(made: Rendered) -> None:
    workbook = openpyxl.load_workbook(file_of(made, "xlsx"))
    plain, grouped = workbook.worksheets[1:]
    assert {str(merged) for merged in plain.merged_cells.ranges} == {"D1:E1", "F1:G1"}
    assert (plain["D1"].value, plain["F1"].value, plain.freeze_panes) == ("Departure", "Arrival", "A3")
    assert [cell.value for cell in plain[2]] == [
        "Carrier", "Origin", "Flights", "On time (Departure)", "Late (Departure)", "On time (Arrival)", "Late (Arrival)",
    ]  # fmt: skip
    assert plain.tables["Table_1"].ref == "A2:G6"
    assert [cell.value for cell in plain[3]] == ["AA", "JFK", 40, 38, 2, 37, 3]
    assert plain["D6"].value == "=SUBTOTAL(109,Table_1[On time (Departure)])"
    rows = [[cell.value for cell in row] for row in grouped.iter_rows(min_row=2)]
    assert rows[3][:4] == ["Total AA", None, "=SUBTOTAL(9,C3:C4)", "=SUBTOTAL(9,D3:D4)"]
    assert rows[5][:4] == ["Total UA", None, "=SUBTOTAL(9,C6:C6)", "=SUBTOTAL(9,D6:D6)"]
    assert rows[6][2] == "=SUBTOTAL(9,C3:C7)"
    assert (grouped.auto_filter.ref, grouped.print_title_rows) == ("A2:G7", "$1:$2")


def test_files_for_programs_keep_labels_that_come_twice_apart(made: Rendered) -> None:
    with file_of(made, "csv").open(encoding="utf-8-sig", newline="") as file:
        head = next(csv.reader(file))
    assert head[3:] == ["On time (Departure)", "Late (Departure)", "On time (Arrival)", "Late (Arrival)"]
    document = json.loads(file_of(made, "json").read_text("utf-8"))
    tables = [block for block in document["blocks"] if block["kind"] == "table"]
    assert [column.get("heading") for column in tables[0]["columns"]] == [None] * 3 + ["Departure"] * 2 + [
        "Arrival"
    ] * 2
