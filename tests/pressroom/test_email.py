import re
from dataclasses import replace

import pytest

from pressroom.document import Kind, Kpis, Lane, Notice, Paragraph, SideBySide, Span, Tile
from pressroom.writers.email import MAX_HTML_BYTES, email_body, preheader
from pressroom.writers.email_text import WIDTH, cell_width, table_lines, text_body
from pressroom.writers.shown_tables import ShownColumn, ShownRow, ShownTable
from tests.pressroom.documents import (
    MemoryResults,
    document,
    full_document,
    line_chart,
    prose,
    strange_rows,
    table_of,
    tiles,
)
from tests.pressroom.test_html import Reader

LINK = "https://reports.example.org/executions/42"


@pytest.fixture(scope="module")
def body():
    return email_body(*full_document(), link=LINK, files=["airport.pdf", "airport.xlsx"])


def listing(results: MemoryResults, rows: int, columns: int = 4):
    kinds = {f"column_{n}": Kind.TEXT for n in range(columns)}
    data = [tuple(f"row {row} column {column}" for column in range(columns)) for row in range(rows)]
    return table_of(results, "listing", kinds, data, limit=rows)


def test_both_parts_carry_the_report(body):
    page = Reader(body.html).text
    for words in ("Airport punctuality", "July 2013 · JFK", "9,956", "JetBlue Airways", "The first 9 of 1,204 rows"):
        assert words in page
        assert words in body.text
    assert "Attached: airport.pdf, airport.xlsx" in page
    assert LINK in body.text
    assert LINK in [one["href"] for one in Reader(body.html).named("a")]


def test_every_picture_of_the_html_comes_along(body):
    sources = [one["src"] for one in Reader(body.html).named("img")]
    assert (
        sources
        == [f"cid:{image.cid_key}@presstime" for image in body.images]
        == [
            "cid:chart-1@presstime",
            "cid:chart-2@presstime",
        ]
    )
    assert all(image.content.startswith(b"\x89PNG") for image in body.images)
    assert all(one["alt"] for one in Reader(body.html).named("img"))


def test_nothing_is_loaded_from_elsewhere(body):
    page = Reader(body.html)
    assert not {"script", "link", "iframe", "svg"} & {tag for tag, _ in page.elements}
    assert not re.search(r"url\(|@import|src=\"http", body.html)


def test_styles_are_inline_and_rules_for_dark_and_small_screens_remain(body):
    assert 'style="' in body.html
    assert "prefers-color-scheme:dark" in body.html
    assert "max-width:639px" in body.html
    assert {"name": "color-scheme", "content": "light dark"} in Reader(body.html).named("meta")


def test_outlook_gets_tables_around_tiles_and_columns():
    """Its engine knows neither inline blocks nor widths of them: it reads the comments."""
    results = MemoryResults()
    lanes = SideBySide((Lane((Notice("left"),), 0.25), Lane((Notice("right"),), 0.75)))
    tiles = Kpis(tuple(Tile(label, "1", 1, "") for label in "abcd"))
    html = email_body(document(tiles, lanes), results).html
    shown = Reader(re.sub(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", r"\1", html, flags=re.DOTALL))
    widths = [one.get("width") for one in shown.named("td")]
    assert widths.count("25%") == 4
    assert [one["style"] for one in shown.named("td") if one.get("width") == "25%"] == ["padding:4px"] * 4
    assert {"23%", "71%"} <= set(widths)
    opening = html.count("<!--[if mso]>") + html.count("<!--[if !mso]><!-->")
    assert opening == html.count("<![endif]-->")
    for tag in ("table", "tr", "td"):
        assert len(re.findall(f"<{tag}[ >]", html)) == html.count(f"</{tag}>")


def test_the_line_in_the_inbox_has_the_figures():
    made, _ = full_document()
    assert preheader(made).startswith("Flights 9,956 (+3.1% vs June) · On time 74.2%")
    assert preheader(document()) == "July 2013 · JFK"
    assert len(preheader(document(*[tiles()] * 9))) <= 140


def test_at_most_a_hundred_rows_are_shown_and_the_cut_is_said():
    results = MemoryResults()
    page = Reader(email_body(document(listing(results, 300)), results).html).text
    assert "row 99 column 3" in page
    assert "row 100 column" not in page
    assert "The first 100 of 300 rows." in page


def test_rows_are_cut_until_the_mail_is_not_clipped():
    results = MemoryResults()
    made = email_body(document(listing(results, 300, columns=30)), results, files=["x" * 20_000])
    assert len(made.html.encode()) <= MAX_HTML_BYTES
    assert re.search(r"The first \d\d? of 300 rows\.", made.html)


def test_a_mail_of_endless_prose_is_cut_and_says_so():
    blocks = [prose("word " * 2000) for _ in range(30)]
    made = email_body(document(*blocks, line_chart()), MemoryResults())
    assert len(made.html.encode()) <= MAX_HTML_BYTES
    assert "the rest of it is in the report itself" in made.html
    assert made.images == ()


def test_strange_cells_are_text():
    results = MemoryResults()
    table = table_of(results, "strange", {"text": Kind.TEXT, "value": Kind.FLOAT}, strange_rows())
    made = email_body(document(table, title="</title><script>x</script>"), results, files=["<b>.pdf"])
    page = Reader(made.html)
    assert not {"script"} & {tag for tag, _ in page.elements}
    assert "<script>alert(1)</script>" in page.text
    assert "<b>.pdf" in page.text
    assert "<script>alert(1)</script>" in made.text
    assert not set("\x00\x07\x1b\u202e\ud800") & set(made.text + made.html)


def test_an_address_is_written_out_in_the_text_part():
    blocks = Paragraph((Span("the "), Span("handbook", link="https://example.org/h"), Span(".")))
    assert "the handbook <https://example.org/h>." in text_body(document(blocks), MemoryResults())


def test_the_text_part_has_at_most_thirty_rows_and_says_so():
    results = MemoryResults()
    text = text_body(document(listing(results, 100)), results)
    assert "row 29 column 0" in text
    assert "row 30 column" not in text
    assert "The first 30 of 100 rows." in text


def test_prose_of_the_text_part_is_wrapped():
    lines = text_body(document(prose("word " * 200)), MemoryResults()).splitlines()
    assert max(map(len, lines)) <= WIDTH


def test_columns_of_the_text_part_stand_below_each_other():
    rows = (("日本語", "1"), ("Zürich", "12,345.60"), ("😀", "-7"))
    columns = (ShownColumn("City"), ShownColumn("Amount", "right"))
    table = ShownTable("t", "Cities", columns, tuple(map(ShownRow, rows)), ("Total", "12,339.60"), ())
    lines = [line for line in table_lines(table) if line and not line.startswith("Cities")]
    assert {cell_width(line) for line in lines} == {len("Zürich  12,345.60")}


def test_the_same_document_gives_the_same_mail(body):
    again = email_body(*full_document(), link=LINK, files=["airport.pdf", "airport.xlsx"])
    assert again == body


def test_a_document_without_anything_still_makes_a_mail():
    made = email_body(replace(document(), subtitle="", blocks=()), MemoryResults())
    assert "Airport punctuality" in Reader(made.html).text
    assert made.text.startswith("Airport punctuality\n===================\n")
