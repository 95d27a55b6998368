"""Reports that are written from the right: figures keep the order of their signs."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from pypdf import PageObject, PdfReader

from pressroom import render
from pressroom.document import Kind, Kpis, Notice, Paragraph, Quote, Scale, Span, Tile, Tone, Total
from pressroom.sources import Source
from pressroom.writers import email, html, pdf
from pressroom.writers.directions import is_from_right, isolated
from pressroom.writers.pdf_blocks import Press
from tests.pressroom.documents import PREPARED_AT, MemoryResults, document, table_of


def arabic():
    results = MemoryResults()
    tile = Tile("الرحلات", "1,047", 1047, "number", "+4.7%", Tone.GOOD, "مقارنة بشهر يونيو")
    table = table_of(results, "changes", {"change": Kind.INTEGER}, [(-5,), (12,)], title="جدول")
    prose = Paragraph((Span("ارتفع العدد +4.7% أيضا"),))
    return replace(document(Kpis((tile,)), prose, table), locale="ar-EG"), results


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+4.7%", "[+4.7%]"),
        ("−8.0 نقطة", "[−8.0] نقطة"),  # noqa: RUF001
        ("بين 2013-07-01 و 62%.", "بين [2013-07-01] و [62%]."),
        ("▲ −1,234.50 ₪", "▲ [−1,234.50] ₪"),  # noqa: RUF001
        ("-$5", "[-$5]"),
        ("(5%, 6%)", "([5%], [6%])"),
        ("1,234", "1,234"),
        ("https://example.org/a-5%20", "https://example.org/a-5%20"),
        ("A-7", "A-7"),
    ],
)
def test_figures_with_signs_are_isolated(text: str, shown: str) -> None:
    assert isolated(text).replace("\u2066", "[").replace("\u2069", "]") == shown


@pytest.mark.parametrize(("locale", "expected"), [("ar", True), ("he-IL", True), ("fa_IR", True), ("en", False)])
def test_the_direction_follows_the_language(locale: str, *, expected: bool) -> None:
    assert is_from_right(locale) is expected


def test_a_percentage_between_arabic_words_stays_whole_in_the_pdf() -> None:
    made, results = arabic()
    found = PdfReader(io.BytesIO(pdf.pdf(made, results)))
    assert found.pages[0].extract_text().count("+4.7%") == 2
    assert b"pdfuaid:part" in found.trailer["/Root"]["/Metadata"].get_data()
    tiles, _, table = Press(made, results).blocks()
    assert tiles["groups"][0][0]["delta"] == "\u2066+4.7%\u2069"
    assert table["rows"] == [["\u2066\u22125\u2069"], ["12"]]


def test_page_mail_and_its_text_isolate_the_same() -> None:
    made, results = arabic()
    body = email.email_body(made, results)
    for face in (html.page(made, results), body.html):
        assert face.count("\u2066+4.7%\u2069") >= 2
        assert "\u2066\u22125\u2069" in face
    assert "\u2066+4.7%\u2069 مقارنة" in body.text


def test_reports_written_from_the_left_have_no_marks() -> None:
    made, results = arabic()
    made = replace(made, locale="en")
    body = email.email_body(made, results)
    assert "\u2066" not in html.page(made, results) + body.html + body.text


def begun_at(page: PageObject, text: str) -> float:
    """Where *text* begins on *page*, in points from the left."""
    found: list[float] = []

    def visit(words: str, outer: Sequence[float], inner: Sequence[float], *more: Any) -> None:
        found.extend([inner[4] * outer[0] + outer[4]] if words.strip() == text else [])

    page.extract_text(visitor_text=visit)
    (at,) = found
    return at


@pytest.mark.parametrize("locale", ["ar", "he", "en"])
def test_figures_beside_bars_stand_above_their_total(locale: str) -> None:
    results = MemoryResults()
    table = table_of(results, "t", {"name": Kind.TEXT, "n": Kind.INTEGER}, [("ألف", 29), ("باء", 15)])
    bar = replace(table.columns[1], bar=Scale(0, 29), total=Total.SUM, total_text="44", total_value=44)
    made = replace(document(replace(table, columns=(table.columns[0], bar))), locale=locale)
    page = PdfReader(io.BytesIO(pdf.pdf(made, results))).pages[0]
    places = [begun_at(page, text) for text in ("29", "15", "44")]
    assert max(places) - min(places) < 1


def test_centred_columns_and_edges_follow_the_direction() -> None:
    made, results = arabic()
    made = replace(made, blocks=(*made.blocks, Quote((Span("اقتباس"),)), Notice("ملاحظة")))
    mail = email.email_body(made, results).html
    assert re.search(r'class="quote"[^>]*border-right:', mail)
    assert re.search(r'class="notice"[^>]*border-right:', mail)
    assert not re.search(r'class="quote"[^>]*border-right:', email.email_body(replace(made, locale="en"), results).html)


@pytest.mark.filterwarnings("ignore:Sparkline Group")
@pytest.mark.parametrize(("locale", "is_turned"), [("ar", True), ("he-IL", True), ("en", False)])
def test_sheets_of_a_workbook_begin_on_the_right(
    source: Source, tmp_path: Path, locale: str, *, is_turned: bool
) -> None:
    text = (
        f"---\ntitle: Sheets\nsource: data\nformats: [xlsx]\nlocale: {locale}\n---\n"
        "```sql d\nselect 'أ' as name, 5 as n\n```\n```table\ndata: d\n```\n"
        "```chart\ndata: d\ntype: bar\nx: name\ny: n\n```\n"
    )
    rendered = render(
        text, sources={"data": source}, parameters={}, at=PREPARED_AT, out=tmp_path, zone=ZoneInfo("UTC"), email=False
    )
    book = openpyxl.load_workbook(rendered.artifacts[0].path)
    assert len(book.worksheets) == 3
    assert [bool(sheet.sheet_view.rightToLeft) for sheet in book] == [is_turned] * 3
    assert book["d"]["A2"].alignment.horizontal == ("right" if is_turned else "left")
    assert book["d"]["B2"].alignment.horizontal == "right"
