"""Columns and blocks kept together: how they are read, and that every format shows what stands in them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from pressroom import open_source, render
from pressroom.blocks import LanesSpec, TogetherSpec
from pressroom.definition import Definition, parse
from pressroom.document import Heading, Kind, Kpis, Lane, SideBySide, Span, Tile, Together
from pressroom.errors import DefinitionError
from pressroom.writers.email import email_body
from pressroom.writers.html import page
from pressroom.writers.pdf import pdf
from tests.pressroom.documents import MemoryResults, bar_chart, document, line_chart, prose, table_of
from tests.pressroom.reports import make_flights

HEAD = "---\ntitle: Review\nsource: shop\n---\n"
QUERY = "```sql orders\nselect 1 as n\n```\n"
TABLE = "```table\ndata: orders\n```\n"


def read(body: str) -> Definition:
    return parse(HEAD + body)


def problems(body: str) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        read(body)
    return [f"{problem.place.line if problem.place else 0}: {problem.message}" for problem in caught.value.problems]


def lanes_of(body: str) -> LanesSpec:
    (block,) = [block for block in read(body).blocks if isinstance(block, LanesSpec)]
    return block


def test_columns_stand_beside_each_other_in_the_widths_they_are_given():
    block = lanes_of(f"{QUERY}::: columns [2, 1]\n\nleft\n\n{TABLE}\n::: column\n\nright\n\n:::\n")
    assert [len(lane) for lane in block.lanes] == [2, 1]
    assert block.shares == pytest.approx((2 / 3, 1 / 3))


@pytest.mark.parametrize(
    "body",
    [
        "::: columns\none\n::: column\ntwo\n::: column\nthree\n:::",
        "::: columns\n\n::: column\none\n::: column\ntwo\n::: column\nthree\n:::",
        ":::: columns\n::: column\none\n:::\n::: column\ntwo\n:::\n::: column\nthree\n:::\n::::",
        ":::: {.columns}\n::: {.column}\none\n:::\n::: {.column}\ntwo\n:::\n::: {.column}\nthree\n:::\n::::",
    ],
)
def test_columns_may_be_written_with_and_without_ends_of_their_own(body):
    assert [len(lane) for lane in lanes_of(body).lanes] == [1, 1, 1]


def test_blocks_are_kept_together():
    (block,) = read("::: together\n\nOne\n\n:::\n").blocks
    assert isinstance(block, TogetherSpec)


def test_colons_in_a_query_are_no_markers():
    assert read("```sql orders\nselect\n:::\n```\n{{ orders.n }}").blocks


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("::: columns\none\n::: column\ntwo\n", "5: `::: columns` has no end."),
        ("::: columns\none\n:::\n", "5: `::: columns` has 1 column."),
        (
            "::: columns\na\n::: column\n::: columns\nb\n:::\n",
            "8: `::: columns` stands within the `::: columns` of line 5.",
        ),
        ("::: columns [0, 1]\na\n::: column\nb\n:::", "5: '[0, 1]' behind `::: columns` is not understood."),
        ("::: columns wide\na\n::: column\nb\n:::", "5: 'wide' behind `::: columns` is not understood."),
        ("::: columns [1, 2, 3]\na\n::: column\nb\n:::", "5: `::: columns` gives 3 widths and has 2 columns."),
        ("::: column\na\n", "5: `::: column` stands outside of columns."),
        (":::\n", "5: This line of colons ends nothing."),
        ("::: colums\n", "5: There is no `::: colums`."),
        (":::: columns\n::: column\na\n:::\nb\n::: column\nc\n:::\n::::", "9: Something stands between two columns."),
        ("::: columns\na\n::: column\n```pagebreak\n```\n:::", "8: A page break stands within `::: columns`."),
    ],
)
def test_wrong_layout_is_reported_at_its_line(body, said):
    assert said in problems(body)


def test_a_long_table_does_not_stand_in_a_column():
    table = "```table\ndata: orders\nlimit: 501\n```"
    (said,) = problems(f"{QUERY}::: columns\na\n::: column\n{table}\n:::")
    assert said == "11: A table within `::: columns` shows up to 501 rows."


LINES = st.sampled_from(
    [
        "::: columns",
        "::: column",
        ":::",
        "::::",
        ":::: columns [2, 1]",
        "::: together",
        "words",
        "",
        "::: x",
        "```",
        TABLE,
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=14))
def test_no_arrangement_of_markers_raises_anything_but_a_definition_error(lines):
    try:
        definition = read(QUERY + "\n".join(lines))
    except DefinitionError:
        return
    for block in definition.blocks:
        if isinstance(block, LanesSpec):
            assert 2 <= len(block.lanes) <= 4
            assert sum(block.shares) == pytest.approx(1)


# ---- what is shown --------------------------------------------------------------------------------------------------


def everything() -> tuple[MemoryResults, SideBySide, Together]:
    results = MemoryResults()
    table = table_of(results, "left", {"team": Kind.TEXT, "orders": Kind.INTEGER}, [("North", 11), ("South", 22)])
    tiles = Kpis((Tile("Revenue", "7,654", 7654, "number"), Tile("Returns", "32", 32, "number")))
    lanes = SideBySide(
        (
            Lane((Heading(2, (Span("Beside"),)), line_chart("one"), table), 0.6),
            Lane((tiles, bar_chart(), prose("Words on the right.")), 0.4),
        )
    )
    return results, lanes, Together((Heading(2, (Span("Whole"),)), prose("Stays in one piece.")))


WORDS = ("Beside", "North", "22", "7,654", "Returns", "Words on the right.", "Whole", "Stays in one piece.")


def test_every_format_shows_what_stands_beside_and_together():
    results, lanes, together = everything()
    whole = document(lanes, together)
    mail = email_body(whole, results)
    pages = PdfReader(io.BytesIO(pdf(whole, results))).pages
    shown = {
        "page": page(whole, results),
        "mail": mail.html,
        "text": mail.text,
        "pdf": " ".join(one.extract_text() for one in pages),
    }
    for medium, text in shown.items():
        missing = [word for word in WORDS if word not in " ".join(text.split())]
        assert not missing, medium
    assert [image.cid_key for image in mail.images] == ["chart-1", "chart-2"]


def test_what_is_kept_together_moves_to_the_next_page_as_a_whole():
    filling = [prose("A line that fills the page.") for _ in range(29)]
    results = MemoryResults()
    kept = Together(tuple(prose(f"Kept {number}.") for number in range(12)))
    pages = PdfReader(io.BytesIO(pdf(document(*filling, kept), results))).pages
    texts = [one.extract_text() for one in pages]
    assert ["Kept 0." in text for text in texts] == ["Kept 11." in text for text in texts] == [False, True]


def test_what_is_longer_than_a_page_goes_on_over_several():
    kept = Together(tuple(prose(f"Kept {number}.") for number in range(90)))
    pages = PdfReader(io.BytesIO(pdf(document(kept), MemoryResults()))).pages
    texts = [one.extract_text() for one in pages]
    assert "Kept 0." in texts[0]
    assert "Kept 89." in texts[-1]


def test_charts_and_tables_in_columns_are_numbered_with_all_others(tmp_path):
    chart = "```chart\ndata: orders\ntype: bar\nx: team\ny: n\n```\n"
    text = (
        "---\ntitle: Review\nsource: here\nformats: [json]\n---\n```sql orders\nselect origin as team, 1 as n from flights\n```\n"
        f"{chart}::: columns\n{chart}{TABLE}::: column\n{chart}\n:::\n{TABLE}"
    )
    at = datetime(2026, 11, 24, tzinfo=UTC)
    url = make_flights(tmp_path)
    made = render(
        text, sources=lambda _name: open_source(url), parameters={}, at=at, zone=ZoneInfo("UTC"), out=tmp_path / "out"
    )
    assert [chart.id for chart in made.document.charts()] == ["chart-1", "chart-2", "chart-3"]
    assert [table.id for table in made.document.tables()] == ["table-1", "table-2"]
