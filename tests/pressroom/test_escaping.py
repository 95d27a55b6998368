"""Any text, through any file and back: it comes out as it went in, or as the format's rule says, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from arro3.core import Array, DataType, RecordBatch, Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from pressroom.document import Chart, Column, Document, Kind
from pressroom.document import Table as TableBlock
from pressroom.workspace import Workspace
from pressroom.writers import charts, email, html, parquet, pdf_typst, xlsx
from pressroom.writers import csv as csv_writer
from pressroom.writers import json as json_writer
from tests.pressroom.documents import document
from tests.pressroom.given_source import GivenSource

# What means something in one of the formats is drawn more often than chance would draw it.
MEANINGFUL = st.sampled_from(
    ["<", ">", "&", '"', "'", "&amp;", "&#60;", "<![CDATA[", "]]>", "</t>", "</td>", "<script>", "=", "+", "-", "@", "\t", "\r",
     "\n", "\r\n", ",", ";", '""', "\\", "\\u0041", "_x0041_", "_x000D_", "_", "{{ 1 }}", "{% x %}", "#x", "$", "*", "[a](b)", "`",
     "\x01", "\x0b", "\x1f", "\x7f", "\u2028", "\u202e", "\ufeff", "\ufffe", "\uffff", "\U0001f600", "e\u0301", "\u0645", " ", "NULL"]
)  # fmt: skip
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
TEXTS = st.lists(MEANINGFUL | st.text(CHARACTERS, max_size=6), max_size=8).map("".join)
RESULTS = st.lists(st.tuples(TEXTS, TEXTS | st.none()), min_size=1, max_size=12)
EXAMPLES = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Loaded:
    """A workspace with one result of two texts, and a document that shows it."""

    workspace: Workspace
    document: Document
    folder: Path


def loaded(rows: list[tuple[str, str | None]]) -> Iterator[Loaded]:
    with tempfile.TemporaryDirectory() as name, Workspace(Path(name) / "scratch") as workspace:
        arrays = [Array([row[position] for row in rows], DataType.utf8()) for position in range(2)]
        table = Table.from_batches([RecordBatch.from_arrays(arrays, names=["a", "b"])])
        workspace.load("q", GivenSource(lambda: [table]), "select")
        columns = tuple(Column(field, field.name, "", "left") for field in workspace.fields("q"))
        yield Loaded(workspace, document(TableBlock("table-1", "", "q", columns, len(rows), len(rows))), Path(name))


@EXAMPLES
@given(RESULTS)
def test_csv_gives_back_every_text_with_formulas_marked(rows: list[tuple[str, str | None]]) -> None:
    for one in loaded(rows):
        path = csv_writer.write_query(one.workspace, "q", one.folder / "q.csv")
        found = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True))
    assert found == [["a", "b"], *[[_marked(cell or "") for cell in row] for row in rows]]


def _marked(text: str) -> str:
    return f"'{text}" if text.startswith(csv_writer.FORMULA_STARTS) else text


@EXAMPLES
@given(RESULTS)
def test_json_and_parquet_give_back_every_text(rows: list[tuple[str, str | None]]) -> None:
    for one in loaded(rows):
        found = json.loads(json_writer.write(one.document, one.workspace, one.folder).read_text(encoding="utf-8"))
        assert [tuple(row) for row in found["queries"]["q"]["rows"]] == rows
        path = parquet.write(one.document, one.workspace, one.folder)
        assert one.workspace.connection.execute(f"from '{path}'").fetchall() == rows


@settings(EXAMPLES, max_examples=12)
@given(RESULTS)
def test_a_workbook_gives_back_every_text_that_xml_can_hold_and_no_formula(rows: list[tuple[str, str | None]]) -> None:
    for one in loaded(rows):
        sheet = openpyxl.load_workbook(xlsx.write(one.document, one.workspace, one.folder)).worksheets[1]
        cells = [list(row) for row in sheet.iter_rows(min_row=2, max_row=len(rows) + 1, max_col=2)]
    assert not [cell for row in cells for cell in row if cell.data_type == "f"]
    found = [[unescape(cell.value or "") for cell in row] for row in cells]
    assert found == [[_writable(cell or "") for cell in row] for row in rows]


def _writable(text: str) -> str:
    """*text* as XML 1.0 can hold it; a reader makes one line end of a carriage return."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text.replace("\r\n", "\n")).replace("\r", "\n")


class _Cells(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self._is_open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag == "td":
            self._is_open = True
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._is_open = False

    def handle_data(self, data: str) -> None:
        if self._is_open:
            self.cells[-1] += data


@EXAMPLES
@given(RESULTS)
def test_a_page_shows_every_text_and_no_element_of_it(rows: list[tuple[str, str | None]]) -> None:
    for one in loaded(rows):
        page = _Cells(html.page(one.document, one.workspace))
    assert "script" not in page.tags
    assert len(page.cells) == 2 * len(rows)
    for cell, text in zip(page.cells, (cell for row in rows for cell in row), strict=True):
        assert text is None or _visible(cell) == _visible(text)


def _visible(text: str) -> str:
    """The characters that are seen, without spaces and what only steers."""
    kept = (char for char in text if not unicodedata.category(char).startswith(("C", "Z")))
    return "".join(kept)


@settings(EXAMPLES, max_examples=12)
@given(RESULTS)
def test_a_mail_shows_every_text_and_no_element_of_it(rows: list[tuple[str, str | None]]) -> None:
    for one in loaded(rows):
        mail = email.email_body(one.document, one.workspace)
    page = _Cells(mail.html[mail.html.index('class="data"') :])
    assert not {"script", "label", "svg"} & page.tags
    shown = [_visible(cell) for cell in page.cells]
    for text in (cell for row in rows for cell in row):
        assert text is None or _visible(text) in shown
    assert not [char for char in mail.text if unicodedata.category(char) == "Cc" and char != "\n"]


LABELS = {
    "mark": {"type": "text", "limit": 90},
    "encoding": {"text": {"field": "a"}, "y": {"field": "a", "type": "nominal"}, "color": {"field": "a", "type": "nominal"}},
}  # fmt: skip


@settings(EXAMPLES, max_examples=12)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_a_chart_is_drawn_whatever_its_labels_say_and_none_is_an_element(texts: list[str]) -> None:
    spec = {**LABELS, "data": {"values": [{"a": text} for text in texts]}}
    picture = ET.fromstring(charts.svg(Chart("c", "", "", spec, "q"), "en"))  # noqa: S314 - made here
    assert not {element.tag.rpartition("}")[2] for element in picture.iter()} & {
        "script",
        "a",
        "image",
        "foreignObject",
    }
    drawn = _visible("".join(picture.itertext()))
    for text in texts:
        assert _visible(text)[:3] in drawn


TYPST = """#let d = json("data.json")
#metadata(d) <value>
#d"""


@settings(EXAMPLES, max_examples=30)
@given(TEXTS)
def test_no_text_is_read_as_typst(text: str) -> None:
    made = pdf_typst.compile_pdf(
        '#set document(title: "t")\n#set page(width: auto, height: auto)\n' + TYPST,
        {"data.json": json.dumps(text, ensure_ascii=False).encode()},
        timestamp=0,
    )
    assert made.startswith(b"%PDF")


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_cell_in_every_file(kind: Kind, tmp_path: Path) -> None:
    types = {
        Kind.INTEGER: DataType.int64(), Kind.FLOAT: DataType.float64(), Kind.BOOLEAN: DataType.bool(),
        Kind.DATE: DataType.date32(), Kind.TIMESTAMP: DataType.timestamp("us"), Kind.TIME: DataType.time64("us"),
        Kind.DECIMAL: DataType.decimal128(18, 4), Kind.TEXT: DataType.utf8(),
    }  # fmt: skip
    with Workspace(tmp_path / "scratch") as workspace:
        array = Array([None, None], DataType.utf8()).cast(types[kind])
        table = Table.from_batches([RecordBatch.from_arrays([array], names=["v"])])
        workspace.load("q", GivenSource(lambda: [table]), "select")
        assert workspace.fields("q")[0].kind is kind
        columns = (Column(workspace.fields("q")[0], "v", "", "left"),)
        shown = document(TableBlock("table-1", "", "q", columns, 2, 2))
        for writer in (csv_writer.write, json_writer.write, parquet.write, xlsx.write, html.write):
            assert writer(shown, workspace, tmp_path).stat().st_size > 0
