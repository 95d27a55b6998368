"""Reports that are written from the right: figures keep the order of their signs."""

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from pressroom.document import Kind, Kpis, Paragraph, Span, Tile, Tone
from pressroom.writers import email, html, pdf
from pressroom.writers.directions import is_from_right, isolated
from pressroom.writers.pdf_blocks import Press
from tests.pressroom.documents import MemoryResults, document, table_of


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
