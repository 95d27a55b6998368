"""No silent truncation: whatever is left out is said where a reader sees it, in every format."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pytest
from pypdf import PdfReader

from pressroom.document import Chart, Notice
from pressroom.render import Rendered, render
from pressroom.sources import open_source
from pressroom.writers import FORMATS
from tests.pressroom.reports import AT, FRONT, make_flights, run

CAPPED = (
    FRONT.replace("source", "row_limit: 3\nsource")
    + """
The first airline is {{ rows.airline }}.
```sql rows
select airline, dep_delay from flights
```
```kpi
data: rows
tiles: [{value: dep_delay}]
```
```table
data: rows
```
"""
)
SENTENCE = "The query rows was stopped at 3 rows: the row limit was reached."


def made(text: str, folder: Path, *, formats: list[str], email: bool = False) -> Rendered:
    sources = {"flights": open_source(make_flights(folder))}
    return render(text, sources=sources, parameters={}, at=AT, out=folder / "out", formats=formats, email=email)


def text_of(path: Path) -> str:
    """What a person who opens the file can read."""
    if path.suffix == ".pdf":
        return " ".join(page.extract_text() for page in PdfReader(path).pages)
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)
    if path.suffix == ".zip":
        return zipfile.ZipFile(path).read("INCOMPLETE.txt").decode()
    return path.read_text()


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "png"])
def test_a_cap_is_told_in_every_format(name: str, tmp_path: Path) -> None:
    (artifact,) = made(CAPPED, tmp_path, formats=[name]).artifacts
    assert SENTENCE in " ".join(text_of(artifact.path).split())


def test_a_cap_is_told_in_the_mail(tmp_path: Path) -> None:
    email = made(CAPPED, tmp_path, formats=["json"], email=True).email
    assert email is not None
    assert SENTENCE in " ".join(email.text.split())
    assert SENTENCE in " ".join(email.html.split())


def test_a_capped_table_does_not_promise_more_rows_than_there_are(tmp_path: Path) -> None:
    text = CAPPED.replace("```table\n", "```table\nlimit: 2\n")
    rendered = made(text, tmp_path, formats=["html", "xlsx"])
    html = " ".join(text_of(rendered.artifacts[0].path).split())
    assert f"The first 2 of 3 rows. {SENTENCE} All 3 rows are in {rendered.artifacts[1].name}." in html
    assert rendered.cuts == (SENTENCE,)


def test_data_files_keep_their_form_when_nothing_is_missing(tmp_path: Path) -> None:
    whole = CAPPED.replace("row_limit: 3\n", "")
    rendered = made(whole, tmp_path, formats=["csv", "parquet", "json"])
    assert [artifact.path.suffix for artifact in rendered.artifacts] == [".csv", ".parquet", ".json"]
    assert "note" not in json.loads(rendered.artifacts[2].path.read_text())["queries"]["rows"]


def test_a_parquet_file_carries_the_note_in_its_metadata(tmp_path: Path) -> None:
    (artifact,) = made(CAPPED, tmp_path, formats=["parquet"]).artifacts
    zipfile.ZipFile(artifact.path).extract("rows.parquet", tmp_path)
    sql = f"select value from parquet_kv_metadata('{tmp_path}/rows.parquet') where key = 'incomplete'"
    assert SENTENCE in duckdb.sql(sql).fetchall()[0][0].decode()


def notices(text: str, folder: Path) -> list[str]:
    return [block.text for block in run(text, folder).blocks if isinstance(block, Notice)]


def test_tiles_say_when_their_query_has_more_rows_than_the_first(tmp_path: Path) -> None:
    text = FRONT + "```sql a\nselect dep_delay from flights\n```\n```kpi\ndata: a\ntiles: [{value: dep_delay}]\n```\n"
    assert notices(text, tmp_path) == ["These figures are those of the first of 7 rows of the query a."]
    assert notices(text.replace("from flights", "from flights limit 1"), tmp_path) == []


def many(count: int) -> str:
    return f"```sql a\nwith recursive n(i) as (select 1 union all select i + 1 from n limit {count}) select i from n\n```\n"


def test_a_loop_over_more_rows_than_a_text_shows_says_so(tmp_path: Path) -> None:
    loop = FRONT + many(1001) + "{% for row in a.rows %}{{ row.i }} {% endfor %}\n"
    found = [block.text for block in run(loop, tmp_path, row_limit=2000).blocks if isinstance(block, Notice)]
    assert found == ["The text above shows the first 1,000 of 1,001 rows of a."]
    assert notices(loop.replace("limit 1001", "limit 1000"), tmp_path) == []
    assert notices(FRONT + many(1001) + "There are {{ a.rows | length }}.\n", tmp_path) == [
        "The query a was stopped at 1,000 rows: the row limit was reached. Its values may be incomplete."
    ]


def test_a_chart_says_both_that_points_and_that_rows_are_missing(tmp_path: Path) -> None:
    text = FRONT + many(9000) + "```chart\ndata: a\ntype: line\nx: i\ny: i\n```\n"
    (chart,) = [block for block in run(text, tmp_path, row_limit=6000).blocks if isinstance(block, Chart)]
    assert chart.note == (
        "The first 5,000 of 6,000 points. The query a was stopped at 6,000 rows: the row limit was reached."
    )


def test_rows_are_those_of_tables_and_choices_are_none(tmp_path: Path) -> None:
    front = FRONT.replace("---\n", "---\nparameters:\n  p: {type: text, choices: {query: origins}, default: JFK}\n", 1)
    text = front + "```sql origins\nselect distinct origin from flights\n```\n{{ p }}\n"
    assert made(text, tmp_path, formats=["json"]).rows == 0
    none = "```sql nothing\nselect * from flights where origin = 'nowhere'\n```\n"
    assert (
        made(text + none + "```table\ndata: nothing\n```\n{{ origins.origin }}", tmp_path, formats=["json"]).rows == 0
    )
    assert made(text + none + "```table\ndata: origins\n```\n{{ nothing.day }}", tmp_path, formats=["json"]).rows == 2
