import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise, starmap

import pytest
import typst
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from pressroom.appearance import Margins, Running
from pressroom.document import Heading, Kind, Kpis, ListItem, PageBreak, Paragraph, Span, TextList, Tile, Total
from pressroom.errors import RenderError
from pressroom.writers import pdf, pdf_typst, theme
from pressroom.writers.pdf_layout import INSET, SIZES, Page, _is_joined, breakable, panels, text_width
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

A4 = Page(width=493.2, turned_width=739.8)


def read(made: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(made))


def text(made: bytes) -> str:
    return re.sub(r"\s+", " ", "\n".join(page.extract_text() for page in read(made).pages).replace("\u200b", ""))


@pytest.fixture(scope="module")
def full() -> bytes:
    return pdf.pdf(*full_document())


def test_every_block_is_in_the_pdf(full):
    said = text(full)
    for words in (
        "Airport punctuality", "July 2013 · JFK", "Of 9,956 flights", "On time 74.2%", "+1.1 min vs June", "Mean delay by day",
        "By airline", "JetBlue more than others", "The first 9 of 10 points.", "€812,345.50", "Total 9,956 13.2",
        "The first 9 of 1,204 rows", "within fifteen minutes", "by_hour gave no rows", "Page 1 / 2",
        "prepared 24 Nov 2026 09:00 Europe/Berlin",
    ):  # fmt: skip
        assert words in said


def test_the_same_document_gives_the_same_bytes(full):
    assert pdf.pdf(*full_document()) == full


def test_the_file_describes_itself(full):
    information = read(full).metadata
    assert information.title == "Airport punctuality"
    assert information.author == "Operations"
    assert information.creation_date.isoformat() == "2026-11-24T08:00:00+00:00"


def test_the_pdf_is_accessible_and_says_so(full):
    root = read(full).trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in root
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_headings_become_bookmarks(full):
    assert [entry.title for entry in read(full).outline] == ["By airline"]


def test_links_can_be_followed_and_unsafe_ones_are_text():
    spans = (Span("handbook", link="https://example.org/h"), Span(" "), Span("trap", link="javascript:alert(1)"))
    made = pdf.pdf(document(Paragraph(spans)), MemoryResults())
    links = [note.get_object()["/A"]["/URI"] for page in read(made).pages for note in page.get("/Annots", [])]
    assert links == ["https://example.org/h"]
    assert "trap" in text(made)


def test_heading_levels_may_skip_and_start_anywhere():
    blocks = [Heading(level, (Span(f"Level {level}"),)) for level in (4, 1, 3, 2)]
    assert len(read(pdf.pdf(document(*blocks), MemoryResults())).outline) > 0


def test_headings_of_one_level_stand_beside_each_other():
    blocks = [Heading(level, (Span(f"Heading {place}"),)) for place, level in enumerate((2, 3, 2, 2))]
    outline = read(pdf.pdf(document(*blocks), MemoryResults())).outline
    assert [entry.title for entry in outline if not isinstance(entry, list)] == ["Heading 0", "Heading 2", "Heading 3"]


@pytest.mark.parametrize("has_totals", [True, False])
def test_neither_a_row_nor_a_sum_stands_alone_on_the_last_page(has_totals):
    for rows in range(38, 46):
        results = MemoryResults()
        table = table_of(
            results, "t", {"name": Kind.TEXT, "n": Kind.INTEGER}, [(f"row {n}", n) for n in range(rows)], limit=100
        )
        if has_totals:
            summed = replace(table.columns[1], total=Total.SUM, total_text="4,321")
            table = replace(table, columns=(table.columns[0], summed))
        pages = [page.extract_text() for page in read(pdf.pdf(document(table), results)).pages]
        assert sum(page.count("row ") for page in pages) == rows
        assert all(page.count("row ") >= 2 for page in pages)
        assert ("4,321" in pages[-1]) is has_totals


def test_nested_lists_keep_their_order():
    items = tuple(ListItem((Span(f"item {n}"),), level=level) for n, level in enumerate((1, 0, 2, 2, 1, 0)))
    said = text(pdf.pdf(document(TextList(items, ordered=True)), MemoryResults()))
    assert [int(n) for n in re.findall(r"item (\d)", said)] == list(range(6))


def test_strange_cells_come_out_as_text():
    results = MemoryResults()
    table = table_of(
        results, "strange", {"text": Kind.TEXT, "value": Kind.FLOAT}, strange_rows(), title="<b>#title</b>"
    )
    said = text(pdf.pdf(document(prose("#let y = 2 <script>"), table, title="#panic() *x*"), results))
    for words in (
        "#panic() *x*",
        "#let y = 2 <script>",
        "<b>#title</b>",
        "<script>alert(1)</script>",
        "#let x = 1; #panic()",
    ):
        assert words in said
    assert "*bold* _under_ `code` $x^2$ @ref <label>" in said
    assert "{{ 7 * 7 }} {% raw %}" in said
    assert '=HYPERLINK("http://127.0.0.1")' in said
    assert "bell null escape[31m gnp.exe" in said


def test_characters_without_a_font_do_not_stop_the_report():
    made = pdf.pdf(document(prose("Linear A: \U00010600")), MemoryResults())
    root = read(made).trailer["/Root"]
    assert "/StructTreeRoot" in root
    assert b"pdfuaid" not in root["/Metadata"].get_data()


def test_a_table_without_rows_says_so():
    results = MemoryResults()
    table = table_of(results, "none", {"a": Kind.TEXT, "b": Kind.INTEGER}, [], title="Nothing")
    assert "No rows." in text(pdf.pdf(document(table), results))


def test_a_document_without_blocks_is_a_page():
    made = read(pdf.pdf(document(), MemoryResults()))
    assert len(made.pages) == 1


def listing(results: MemoryResults, rows: int, **changes):
    kinds = {
        "number": Kind.TEXT, "day": Kind.DATE, "customer": Kind.TEXT, "region": Kind.TEXT, "product": Kind.TEXT,
        "quantity": Kind.INTEGER, "amount": Kind.DECIMAL, "state": Kind.TEXT,
    }  # fmt: skip
    first = date(2026, 1, 1)
    data = [
        (f"N-{n:05}", first + timedelta(days=n % 300), "A customer", "North", "Thing", n % 90, Decimal(n) / 100, "open")
        for n in range(rows)
    ]
    return table_of(results, "listing", kinds, data, title="Listing", **{"limit": rows, **changes})


def test_the_head_of_a_table_is_repeated_on_each_page():
    results = MemoryResults()
    made = read(pdf.pdf(document(listing(results, 150)), results))
    assert len(made.pages) > 2
    assert all("Customer" in page.extract_text() for page in made.pages)


def test_only_the_rows_of_the_limit_are_shown_and_the_cut_is_said():
    results = MemoryResults()
    said = text(pdf.pdf(document(listing(results, 80, limit=20)), results))
    assert "N-00019" in said
    assert "N-00020" not in said
    assert "The first 20 of 80 rows." in said


def test_a_capped_result_is_said():
    results = MemoryResults()
    table = listing(results, 5)
    results.cut.add("listing")
    assert "was stopped at 5 rows" in text(pdf.pdf(document(table), results))


def wide(results: MemoryResults, columns: int):
    kinds = {f"c{n:02}": Kind.TEXT if n % 4 == 0 else Kind.INTEGER for n in range(columns)}
    row = tuple("Customer name" if n % 4 == 0 else n * 1_234_567 for n in range(columns))
    return table_of(results, "wide", kinds, [row] * 3, title="Wide")


def test_a_wide_table_turns_its_page_and_the_next_block_turns_it_back():
    results = MemoryResults()
    made = read(pdf.pdf(document(prose("before"), wide(results, 13), prose("after")), results))
    turned = [page.mediabox.width > page.mediabox.height for page in made.pages]
    assert turned == [False, True, False]


def test_forty_columns_stand_in_several_tables_and_none_is_lost():
    results = MemoryResults()
    said = text(pdf.pdf(document(wide(results, 40)), results))
    counts = [len(re.findall(rf"\bC{n:02}\b", said)) for n in range(40)]
    assert counts[0] > 1
    assert counts[1:] == [1] * 39
    assert "columns 2 to" in said


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({}, (595, 842)),
        ({"page": "letter"}, (612, 792)),
        ({"landscape": True}, (842, 595)),
        ({"page": "letter", "landscape": True}, (792, 612)),
    ],
)
def test_the_page_has_the_size_asked_for(changes, size):
    page = read(pdf.pdf(document(line_chart(), tiles(), **changes), MemoryResults())).pages[0]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == size


def test_a_chart_higher_than_a_page_is_made_to_fit():
    chart = line_chart()
    tall = replace(chart, spec={**chart.spec, "height": 2000})
    assert len(read(pdf.pdf(document(tall), MemoryResults())).pages) == 1


def test_a_page_break_begins_a_page():
    made = read(pdf.pdf(document(prose("one"), PageBreak(), prose("two")), MemoryResults()))
    assert "two" in made.pages[1].extract_text()


@pytest.mark.parametrize("count", range(1, 14))
def test_any_number_of_tiles_is_shown(count):
    row = Kpis(tuple(Tile(f"Label {n}", f"{n},000,000.00 EUR", n, "number") for n in range(count)))
    assert text(pdf.pdf(document(row), MemoryResults())).count(",000,000.00 EUR") == count


def test_a_locale_that_is_none_does_not_stop_the_report():
    assert "Airport" in text(pdf.pdf(document(prose("x"), locale="not a locale"), MemoryResults()))


def test_write_puts_the_file_into_the_folder(tmp_path):
    path = pdf.write(*full_document(), tmp_path)
    assert path.parent == tmp_path
    assert path.read_bytes().startswith(b"%PDF")


# ---- layout ---------------------------------------------------------------------------------------------------------

cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60)


def shown_columns() -> st.SearchStrategy[ShownColumn]:
    sides = st.sampled_from(["left", "right", "center"])
    return st.builds(ShownColumn, cells, sides, st.booleans(), wrap=st.booleans())


@st.composite
def shown_tables(draw) -> ShownTable:
    columns = draw(st.integers(1, 45))
    row = st.tuples(*[cells] * columns)
    return ShownTable(
        id="t",
        title="t",
        columns=tuple(draw(st.lists(shown_columns(), min_size=columns, max_size=columns))),
        rows=tuple(ShownRow(cells) for cells in draw(st.lists(row, max_size=3))),
        totals=draw(st.none() | row),
        notes=(),
    )


@given(shown_tables())
@settings(max_examples=60, deadline=None)
def test_panels_hold_every_column_once_and_fill_the_page(table):
    made = panels(table, A4)
    assert [c for panel in made for c in panel.columns if c or panel is made[0]] == list(range(len(table.labels)))
    for panel in made:
        room = A4.turned_width if panel.is_turned else A4.width
        assert sum(panel.widths) == pytest.approx(room)
        assert min(panel.widths) > 2 * INSET
        assert panel.size in SIZES


@given(cells, st.floats(20, 200))
@example("000000\u17be", 22.0)  # a vowel that is drawn beside the figure before it
def test_a_broken_cell_fits_its_column_and_loses_nothing(cell, width):
    broken = breakable(cell, width, 8.4)
    assert broken.replace("\u200b", "") == cell.replace("\u200b", "")
    for piece in re.split(r"[\u200b\s]", broken):
        is_one = all(starmap(_is_joined, pairwise(piece)))
        assert text_width(piece, 8.4) <= width - 2 * INSET or is_one


def test_columns_of_numbers_are_wide_enough_for_them():
    table = ShownTable(
        "t",
        "t",
        (ShownColumn("A"), ShownColumn("B", "right")),
        (ShownRow(("word " * 80, "1,234,567,890.12")),),
        None,
        (),
    )
    (panel,) = panels(table, A4)
    assert panel.widths[1] >= text_width("1,234,567,890.12", panel.size)


def test_widths_are_not_underestimated():
    sample = "".join(map(chr, range(33, 127))) + "äéñßØ€—…"
    source = (
        f'#set text(font: "{theme.FONT_FAMILY}", size: 100pt, number-width: "tabular")\n'
        '#context [#metadata(json("chars.json").map(c => measure(text(c)).width.pt() / 100)) <widths>]'
    )
    files = {"main.typ": source.encode(), "chars.json": json.dumps(list(sample)).encode()}
    measured = json.loads(typst.query(files, "<widths>", field="value", font_paths=pdf_typst.fonts_of()))[0]
    for char, width in zip(sample, measured, strict=True):
        slack = 0.15 if char == "-" else 0.03  # a hyphen is wide among figures only
        assert text_width(char, 1.0) >= width - slack, char


def test_the_document_is_not_changed_by_writing_it():
    made, results = full_document()
    before = repr(made)
    pdf.pdf(replace(made), results)
    assert repr(made) == before


def test_title_and_subtitle_run_above_every_page_but_the_first():
    results = MemoryResults()
    shown = document(listing(results, 200, limit=200))
    pages = [page.extract_text() for page in read(pdf.pdf(shown, results)).pages]
    assert len(pages) > 2
    assert [page.count("July 2013 · JFK") for page in pages] == [1] * len(pages)
    assert [page.count("Airport punctuality") for page in pages] == [2] * len(pages)  # the footer names it too
    for without in (replace(shown, header=Running()), replace(shown, margins=Margins(top=20.0))):
        assert text(pdf.pdf(without, results)).count("July 2013 · JFK") == 1


def test_a_panic_of_the_engine_is_an_error_in_words() -> None:
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="1000000000" height="10"><rect width="5" height="5"/></svg>'
    )
    with pytest.raises(RenderError, match="Typst could not set the page"):
        pdf_typst.compile_png('#set page(width: auto, height: auto)\n#image("a.svg")', {"a.svg": drawing}, ppi=144)
