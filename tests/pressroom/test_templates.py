from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.blocks import ImageSpec
from pressroom.document import Block, Heading, ListItem, Paragraph, Quote, Rule, Span, TextList
from pressroom.errors import DataError, LayoutError, Place
from pressroom.markdown import plain_text, to_blocks
from pressroom.templates import fill, unwrap
from pressroom.values import Budget
from tests.pressroom.reports import FRONT, only_problem_of, run

PLACE = Place("report.md", 10)
QUERY = "```sql q\nselect 'a' as name, 1 as n union all select '*b*', null order by 1 desc\n```\n"


def words(text: str, **names: Any) -> str:
    return unwrap(fill(text, PLACE, names, "en", Budget()))


def no_picture(image: ImageSpec) -> Block:
    raise AssertionError(image)


def blocks(text: str, **names: Any) -> list[Any]:
    return to_blocks(fill(text, PLACE, names, "en", Budget()), PLACE, no_picture)


def body(text: str, folder: Path) -> list[Any]:
    return list(run(FRONT + QUERY + text, folder).blocks)


def test_values_take_the_formats_of_the_report() -> None:
    assert (
        words("{{ n | number }} {{ s | percent(0) }} {{ m | money('EUR') }}", n=1234, s=0.81, m=5) == "1,234 81% €5.00"
    )


def test_values_without_a_format_are_written_plainly() -> None:
    assert words(
        "{{ n }} {{ f }} {{ nothing }} {{ b }} {{ l }}", n=2013, f=1.5, nothing=None, b=True, l=["a", "b"]
    ) == ("2013 1.50 \u2013 Yes a, b")


HOSTILE = [
    "**bold**", "[x](javascript:alert(1))", "<script>alert(1)</script>", "# heading", "- item", "1. item", "`code`", "~~x~~", "a\n\nb",
    "    indented", "| a | b |", "{{ 7 * 7 }}", "{% raw %}", "![x](https://example.org/a.png)", "\\*", "&amp;", "---", "===", "> quote",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_never_becomes_markup(value: str) -> None:
    (paragraph,) = blocks("{{ value }}", value=value)
    assert paragraph == Paragraph((Span(" ".join(value.split()) if "\n" in value else value),))


@given(st.text(min_size=1))
def test_any_text_passes_through_as_it_is(value: str) -> None:
    (paragraph,) = blocks("x {{ value }} y", value=value)
    assert isinstance(paragraph, Paragraph)
    shown = plain_text(paragraph.spans)
    assert len(paragraph.spans) == 1
    if not any(character in value for character in "\r\n\ue000\ue001"):
        assert shown == f"x {value} y"


def test_values_stand_inside_styles_code_and_links() -> None:
    (paragraph,) = blocks("**{{ v }}** `{{ v }}` [{{ v }}](https://example.org/?q={{ v }})", v="a*b& c")
    bold, _, code, _, link = paragraph.spans
    assert (bold.text, bold.bold) == ("a*b& c", True)
    assert (code.text, code.code) == ("a*b& c", True)
    assert (link.text, link.link) == ("a*b& c", "https://example.org/?q=a%2Ab%26%20c")


def test_an_address_from_the_data_becomes_a_link_only_when_it_is_one() -> None:
    (good,) = blocks("[a]({{ v }})", v="https://example.org/x")
    (bad,) = blocks("[a]({{ v }})", v="javascript:alert(1)")
    assert good.spans == (Span("a", link="https://example.org/x"),)
    assert bad.spans == (Span("a"),)


def test_markdown_becomes_blocks() -> None:
    found = blocks("## Two\n\nA *b* ~~c~~\nd\n\n- one\n  - two\n- three\n\n1. x\n\n> quoted\n\n---\n")
    assert [type(block) for block in found] == [Heading, Paragraph, TextList, TextList, Quote, Rule]
    assert found[0] == Heading(2, (Span("Two"),))
    assert found[1].spans == (Span("A "), Span("b", italic=True), Span(" "), Span("c", strike=True), Span(" d"))
    assert found[2].items == (ListItem((Span("one"),)), ListItem((Span("two"),), 1), ListItem((Span("three"),)))
    assert found[3].ordered


def test_html_in_prose_is_text() -> None:
    (paragraph,) = blocks("<script>alert(1)</script>")
    assert plain_text(paragraph.spans) == "<script>alert(1)</script>"


def test_rows_can_be_looped_over(tmp_path: Path) -> None:
    (items,) = body(
        "{% for row in q %}\n- {{ row.name }}: {{ row.n }} of {{ q.rows | length }}\n{% endfor %}\n", tmp_path
    )
    assert [plain_text(item.spans) for item in items.items] == ["a: 1 of 2", "*b*: \u2013 of 2"]


def test_a_missing_column_names_line_and_columns(tmp_path: Path) -> None:
    with pytest.raises(LayoutError) as caught:
        body("a\n\nb {{ q.nme }}\n", tmp_path)
    assert caught.value.place == Place("report.md", 10)
    assert caught.value.code == "missing_column"
    assert caught.value.remedy == "Did you mean name? Columns of q: name, n."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ q }}", "cannot be shown"),
        ("{{ q.rows }}", "Write a loop"),
        ("{{ q.rows[0] }}", "cannot be shown"),
        ("{{ q.n + 'a' }}", "cannot be made"),
        ("{{ q.n / 0 }}", "divided by zero"),
        ("{{ q.rows[99].n }}", "cannot be made"),
        ("{{ 'x' * 1000000000 }}", "Only numbers"),
        ("{{ 9 ** 9 ** 9 }}", "not available"),
        ("{{ '%1000000000d' % 1 }}", "not available"),
        ("{% for i in range(100001) %}{% endfor %}", "100,000 rounds"),
        ("{% for i in range(400) %}{% for j in range(400) %}{% endfor %}{% endfor %}", "100,000 rounds"),
        ("{{ q.name.__class__.__mro__ }}", "cannot be made"),
        ("{{ ''.__class__ }}", "cannot be made"),
        ("{{ 'a'.ljust(1000000000) }}", "cannot be made"),
        ("{{ q._results }}", "no column _results"),
        ("{{ q.rows.__init__.__globals__ }}", "cannot be made"),
        ("{{ today.replace(year=1) }}", "cannot be made"),
    ],
)
def test_what_cannot_be_computed_names_its_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        body(f"a\n{text}\n", tmp_path)
    assert message in f"{caught.value.message} {caught.value.remedy}"
    assert caught.value.place == Place("report.md", 9)


@pytest.mark.parametrize(
    "text", ["{{ cycler }}", "{{ lipsum(1000) }}", "{{ namespace() }}", "{{ self }}", "{{ dict() }}"]
)
def test_what_a_report_does_not_need_is_not_there(text: str) -> None:
    assert "neither a query nor a parameter" in only_problem_of(FRONT + text).message


@pytest.mark.parametrize("name", ["safe", "tojson", "format_map", "xmlattr", "urlize", "center", "indent", "replace"])
def test_other_filters_are_not_there(name: str) -> None:
    assert f"no filter {name}" in only_problem_of(f"{FRONT}{{{{ title | {name} }}}}").message


def test_the_output_is_bounded() -> None:
    with pytest.raises(DataError, match="1,000,000 characters"):
        fill("{% for i in range(90000) %}abcdefghijklm{% endfor %}", PLACE, {}, "en", Budget())


def test_columns_called_like_methods_are_columns(tmp_path: Path) -> None:
    text = (
        FRONT
        + '```sql t\nselect 5 as "count", 6 as "items", 7 as "rows"\n```\n{{ t.count }} {{ t.items }} {{ t["rows"] }}\n'
    )
    (paragraph,) = run(text, tmp_path).blocks
    assert isinstance(paragraph, Paragraph)
    assert plain_text(paragraph.spans) == "5 6 7"
