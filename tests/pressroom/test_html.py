from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pressroom.document import Heading, Kind, Paragraph, Span
from pressroom.writers import FORMATS, WRITERS, html, media_type, theme
from pressroom.writers.email import email_body
from tests.pressroom.documents import (
    MemoryResults,
    carriers_table,
    document,
    full_document,
    line_chart,
    prose,
    strange_rows,
    table_of,
)

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Reader(HTMLParser):
    """Elements with their attributes, the text outside of style sheets, and whether all that opened was closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


@pytest.fixture(scope="module")
def full() -> Reader:
    return Reader(html.page(*full_document()))


def test_every_block_is_on_the_page(full):
    for words in (
        "Airport punctuality", "July 2013 · JFK", "Of 9,956 flights", "On time74.2%", "Mean delay by day", "By airline",
        "JetBlue more than others", "The first 9 of 10 points.", "€812,345.50", "The first 9 of 1,204 rows",
        "within fifteen minutes", "by_hour gave no rows", "prepared 24 Nov 2026 09:00 Europe/Berlin",
    ):  # fmt: skip
        assert words in full.text


def test_the_page_is_well_formed(full):
    assert full.open == []


def test_the_page_lets_nothing_in(full):
    policies = [meta["content"] for meta in full.named("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in full.elements}
    assert not [name for _, attributes in full.elements for name in attributes if name.startswith("on")]
    assert "url(http" not in html.page(*full_document())


def test_a_table_is_made_for_screen_readers(full):
    assert [head["scope"] for head in full.named("th")] == ["col"] * 5
    assert len(full.named("caption")) == 1
    assert len(full.named("tfoot")) == 1
    regions = [one for one in full.named("div") if one.get("role") == "region"]
    assert [(one["aria-label"], one["tabindex"]) for one in regions] == [("Airlines", "0")]


def test_a_chart_says_what_it_shows(full):
    pictures = [one["aria-label"] for one in full.named("div") if one.get("role") == "img"]
    assert pictures[0].startswith("Line chart of mean delay")
    assert len(full.named("svg")) == 4


def test_there_is_one_first_heading_and_the_rest_lie_below(full):
    assert len(full.named("h1")) == 1
    levels = Reader(html.page(document(*[Heading(n, (Span("x"),)) for n in range(1, 5)]), MemoryResults()))
    assert [tag for tag, _ in levels.elements if tag in {"h1", "h2", "h3", "h4", "h5"}] == [
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
    ]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ((2, 2, 3, 2), ["h2", "h2", "h3", "h2"]),
        ((3, 2, 4), ["h2", "h2", "h3"]),
        ((1, 4, 4, 3), ["h2", "h3", "h3", "h3"]),
    ],
)
def test_headings_begin_below_the_title_and_skip_no_level(given, shown):
    headings = [Heading(level, (Span("x"),)) for level in given]
    for face in (
        html.page(document(*headings), MemoryResults()),
        email_body(document(*headings), MemoryResults()).html,
    ):
        assert [tag for tag, _ in Reader(face).elements if tag in {"h2", "h3", "h4", "h5"}] == shown


def test_no_two_tables_have_the_same_name():
    results = MemoryResults()
    tables = [table_of(results, f"t{n}", {"a": Kind.INTEGER}, [(n,)], title="") for n in range(3)]
    page = Reader(html.page(document(*tables), results))
    assert [one["aria-label"] for one in page.named("div") if one.get("role") == "region"] == [
        "Table",
        "Table 2",
        "Table 3",
    ]


def test_strange_cells_are_text():
    results = MemoryResults()
    table = table_of(results, "strange", {"text": Kind.TEXT, "value": Kind.FLOAT}, strange_rows(), title="<b>t</b>")
    text = prose('<img src=x onerror="alert(1)">')
    made = Reader(html.page(document(text, table, title="</title><script>", subtitle="<i>", author='"><x>'), results))
    assert not {"script", "img", "b", "i", "x"} & {tag for tag, _ in made.elements}
    assert "<script>alert(1)</script>" in made.text
    assert "{{ 7 * 7 }}" in made.text
    assert "مرحبا بالعالم" in made.text
    assert "日本語のテキスト" in made.text
    assert not set("\x00\x07\x1b\u202e\ud800") & set(made.text)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", " https://x", "file:///etc/passwd", "//x"])
def test_only_links_to_the_web_and_to_mail_can_be_followed(link):
    blocks = Paragraph((Span("trap", link=link), Span("safe", link="mailto:office@example.org")))
    made = Reader(html.page(document(blocks), MemoryResults()))
    assert [one["href"] for one in made.named("a")] == ["mailto:office@example.org"]
    assert "trap" in made.text


def test_dark_colours_exist_for_what_would_vanish_on_dark():
    page = html.page(document(line_chart()), MemoryResults())
    assert f'[stroke="{theme.PALETTE[2]}"]{{stroke:{theme.DARK[theme.PALETTE[2]]}}}' in page
    assert "prefers-color-scheme:dark" in page


@pytest.mark.parametrize(
    ("locale", "language"), [("de-DE", "de-DE"), ("en", "en"), ('x"><script>', "en"), ("pt_BR", "pt-BR")]
)
def test_the_language_is_that_of_the_locale(locale, language):
    made = Reader(html.page(document(locale=locale), MemoryResults()))
    assert made.named("html")[0]["lang"] == language


def test_the_same_document_gives_the_same_page():
    assert html.page(*full_document()) == html.page(*full_document())


def test_an_average_is_not_called_a_total():
    results = MemoryResults()
    table = carriers_table(results)
    columns = tuple(
        column if column.field.name == "mean_delay" else replace(column, total=None) for column in table.columns
    )
    made = Reader(html.page(document(replace(table, columns=columns)), results))
    assert "Average 13.2" in made.text.replace("Average13.2", "Average 13.2")
    assert "Total" not in made.text


def test_each_format_has_a_writer_and_a_media_type(tmp_path):
    assert list(WRITERS) == list(FORMATS) == ["pdf", "html", "xlsx", "csv", "json", "parquet", "png"]
    path = WRITERS["html"](*full_document(), tmp_path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert media_type(path) == "text/html; charset=utf-8"
    assert media_type(Path("tables.zip")) == "application/zip"
    assert media_type(Path("report.xlsx")).endswith("sheet")
    assert media_type(Path("unknown")) == "application/octet-stream"
