"""Results that no author expects, in every format: each comes out right, or is refused in words."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import openpyxl
import pypdf
import pytest
from arro3.core import Table

from pressroom import Rendered
from pressroom.errors import DataError, PressroomError
from pressroom.sources import Source
from tests.pressroom.given_source import GivenSource
from tests.pressroom.odd_reports import (
    HEAD,
    Page,
    cells_of,
    joined,
    json_of,
    lines_of,
    made,
    parquet_of,
    shown,
    words_of,
)

# What would be markup or a command in one of the formats, in the languages that they are written in.
MARKUP = (
    "<script>alert(1)</script>",
    "</td></tr></table><img src=x onerror=alert(1)>",
    "*bold* _under_ `code` # head [link](javascript:alert(1)) ![p](http://127.0.0.1/p)",
    '#panic() $x$ <label> @ref \\ #read("/etc/passwd")',
    "{{ 7 * 7 }} {% for x in y %} ${7*7} #{7*7}",
    "&lt;b&gt; &amp; &#60; ]]> <!-- --> <![CDATA[",
    '=HYPERLINK("http://127.0.0.1","x")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "-2+3",
    "_x0041_ _x000D_",
    "' or 1=1; drop table q; --",
)  # fmt: skip


def test_markup_is_text_in_every_format(source: Source, tmp_path: Path) -> None:
    literals = ", ".join("('" + text.replace("'", "''") + "')" for text in MARKUP)
    rendered, files = shown(
        f'select word as "<b>#x* _w_</b>", word as "=1+1" from (values {literals}) t(word)', source, tmp_path / "out"
    )
    texts = list(MARKUP)
    assert [row[0] for row in cells_of(files["xlsx"])] == texts
    assert [row[0] for row in parquet_of(files["parquet"])] == texts
    assert [row[0] for row in json_of(files["json"])["rows"]] == texts
    guarded = [f"'{text}" if text[0] in "=+-@" else text for text in texts]
    assert [row[0] for row in lines_of(files["csv"])[1:]] == guarded
    assert lines_of(files["csv"])[0] == ["<b>#x* _w_</b>", "'=1+1"]
    assert rendered.email is not None
    for text in (files["html"].read_text(), rendered.email.html):
        page = Page(text)
        assert [cell for cell in page.cells if cell in texts] == [text for text in texts for _ in range(2)]
        assert not {"script", "img", "label"} & page.tags
    said = words_of(files["pdf"])
    for text in texts:
        assert joined(text) in said


def test_the_workbook_has_no_formula_from_data(source: Source, tmp_path: Path) -> None:
    _, files = shown("select '=1+1' as \"=2+2\", '=cmd()' as b", source, tmp_path / "out", title="=3+3")
    for sheet in openpyxl.load_workbook(files["xlsx"]).worksheets:
        for row in sheet.iter_rows():
            assert not [cell.value for cell in row if cell.data_type == "f"]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_titles_parameters_and_prose_is_text(text: str, source: Source, tmp_path: Path) -> None:
    report = (
        "---\ntitle: 'Of {{ word }}'\nsource: data\nparameters:\n  word: {type: text, default: x}\n---\n"
        "So {{ word }} it is, **{{ q.word }}**.\n"
        "```sql q\nselect :word as word\n```\n```kpi\ndata: q\ntiles: [{label: L, value: word}]\n```\n"
    )
    rendered, files = made(
        report, source, tmp_path / "out", formats=("pdf", "html", "xlsx", "json"), parameters={"word": text}
    )
    assert rendered.document.title == " ".join(f"Of {text}".split())
    assert joined(f"So {text} it is, {text}.") in words_of(files["pdf"])
    assert rendered.email is not None
    for page in (files["html"].read_text(), rendered.email.html):
        assert not {"script", "label", "a"} & Page(page).tags - {"a"}
        assert "<script>alert" not in page
        assert "javascript:" not in re.sub(r"\(javascript:alert\(1\)\)", "", page)
    assert json.loads(files["json"].read_text())["title"] == rendered.document.title


def test_what_is_no_number_is_shown_and_never_breaks_a_file(source: Source, tmp_path: Path) -> None:
    sql = "select unnest(['nan'::double, 'inf'::double, '-inf'::double, null, 1.5]) as v"
    _, files = shown(sql, source, tmp_path / "out")
    assert json_of(files["json"])["rows"] == [[None], [None], [None], [None], [1.5]]
    assert [row[0] for row in cells_of(files["xlsx"])] == ["#NUM!", "#NUM!", "#NUM!", None, 1.5]
    assert [row[0] for row in lines_of(files["csv"])[1:]] == ["nan", "inf", "-inf", "", "1.5"]
    values = [row[0] for row in parquet_of(files["parquet"])]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, None, 1.5]
    assert len(Page(files["html"].read_text()).cells) >= 5


def test_three_hundred_columns_are_all_there(source: Source, tmp_path: Path) -> None:
    names = [f"column_{number}" for number in range(300)]
    sql = "select " + ", ".join(f"{number} as {name}" for number, name in enumerate(names))
    rendered, files = shown(sql, source, tmp_path / "out")
    assert rendered.email is not None
    assert len(Page(rendered.email.html).heads) == 30
    for message in (rendered.email.html, rendered.email.text):
        assert "Columns 1 to 30 of 300. All columns are in " in message
    assert "of 300" not in files["html"].read_text()
    assert cells_of(files["xlsx"]) == [list(range(300))]
    assert lines_of(files["csv"]) == [names, [str(number) for number in range(300)]]
    assert json_of(files["json"])["rows"] == [list(range(300))]
    assert parquet_of(files["parquet"]) == [tuple(range(300))]
    assert Page(files["html"].read_text()).heads[-1] == "Column 299"
    assert "Column299" in words_of(files["pdf"])


def test_cells_of_ten_thousand_characters_are_whole_in_files_and_cut_on_pages(source: Source, tmp_path: Path) -> None:
    long = "wort " * 2_000
    unbroken = "w" * 10_000
    _, files = shown(f"select '{long}' as words, '{unbroken}' as unbroken", source, tmp_path / "out")
    assert cells_of(files["xlsx"]) == [[long, unbroken]]
    assert lines_of(files["csv"])[1] == [long, unbroken]
    assert json_of(files["json"])["rows"] == [[long, unbroken]]
    assert parquet_of(files["parquet"]) == [(long, unbroken)]
    assert all(cell.endswith("…") for cell in Page(files["html"].read_text()).cells)
    assert "wwww" in words_of(files["pdf"])
    assert len(pypdf.PdfReader(files["pdf"]).pages) < 5


def test_a_result_without_rows_says_so_in_every_format(source: Source, tmp_path: Path) -> None:
    rendered, files = shown("select 1 as n, 'x' as word where false", source, tmp_path / "out")
    assert rendered.rows == 0
    assert cells_of(files["xlsx"]) in ([], [[None, None]])
    assert lines_of(files["csv"]) == [["n", "word"]]
    assert json_of(files["json"])["rows"] == []
    assert parquet_of(files["parquet"]) == []
    assert "Norows." in words_of(files["pdf"])
    assert rendered.email is not None
    for page in (files["html"].read_text(), rendered.email.html, rendered.email.text):
        assert "No rows." in page


def test_a_result_without_columns_is_refused_in_words(tmp_path: Path) -> None:
    source = GivenSource(lambda: [Table.from_arrays([], schema=Table.from_pydict({}).schema)])
    with pytest.raises(DataError, match="no column") as caught:
        shown("select", source, tmp_path / "out")
    assert caught.value.place is not None


def test_columns_of_one_name_are_told_apart_everywhere(source: Source, tmp_path: Path) -> None:
    _, files = shown("select 1 as a, 2 as A, 3 as a, 4 as a_2", source, tmp_path / "out")
    head, row = lines_of(files["csv"])
    assert len({name.casefold() for name in head}) == 4
    assert row == ["1", "2", "3", "4"]
    assert cells_of(files["xlsx"]) == [[1, 2, 3, 4]]
    assert len({column["name"] for column in json_of(files["json"])["columns"]}) == 4
    assert parquet_of(files["parquet"]) == [(1, 2, 3, 4)]
    assert len(Page(files["html"].read_text()).heads) == 4


def test_control_characters_pass_or_vanish_and_never_break_a_file(source: Source, tmp_path: Path) -> None:
    codes = [*range(1, 32), 127, 133, 0x2028, 0x202E, 0xFEFF, 0xFFFE, 0xFFFF]
    text = "a" + "z".join(map(chr, codes)) + "b"
    sql = "select " + " || 'z' || ".join(f"chr({code})" for code in codes)
    _, files = shown(f"select 'a' || ({sql}) || 'b' as word, 1 as \"na\x07me\x1b\"", source, tmp_path / "out")
    assert parquet_of(files["parquet"])[0][0] == text
    assert json_of(files["json"])["rows"][0][0] == text
    assert lines_of(files["csv"])[1][0] == text
    cell = cells_of(files["xlsx"])[0][0]
    assert re.sub(r"[^az b]", "", cell) == "a" + "z" * (len(codes) - 1) + "b"
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", cell)
    page = files["html"].read_text()
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]", page)
    assert "Name" in "".join(Page(page).heads)


def charted(word: str, source: Source, out: Path) -> tuple[Rendered, dict[str, Path]]:
    literal = " || ".join(f"chr({ord(letter)})" for letter in word)
    report = (
        f"---\ntitle: Odd\nsource: data\n---\n```sql q\nselect {literal} as word, 1 as n\n```\n"
        "```chart\ndata: q\ntype: bar\nx: word\ny: n\n```\n"
        "```chart\ndata: q\nspec: {mark: {type: text, limit: 60}, encoding: {text: {field: word}, y: {field: word, type: nominal}}}\n```\n"
    )
    return made(report, source, out, formats=("html", "pdf", "xlsx"))


def test_control_characters_in_the_labels_of_a_chart_vanish(source: Source, tmp_path: Path) -> None:
    odd = "".join(map(chr, [*range(1, 9), 11, 12, *range(14, 32), 127, 133, 0x202E, 0xFEFF, 0xFFFE, 0xFFFF]))
    _, files = charted(f"left{odd}\\u0007\\bright", source, tmp_path / "out")
    assert "left\\u0007\\bright" in files["html"].read_text()


@pytest.mark.parametrize("before", ["", "a", "ab"])
def test_long_labels_of_emoji_are_cut_between_them(before: str, source: Source, tmp_path: Path) -> None:
    _, files = charted(before + "\U0001f600" * 60, source, tmp_path / "out")
    page = files["html"].read_text()
    assert re.search(rf">{before}\U0001f600+…<", page)
    assert not re.search("[\ue000-\uf8ff\ufffd]", page)


def test_text_is_the_same_after_every_way_of_encoding_it(source: Source, tmp_path: Path) -> None:
    words = [
        "Zoë",
        "日本語",
        "العربية",
        "हिन्दी",
        "👩‍👩‍👧",
        "e\u0301",
        "\u00e9",
        "ß",
        "İ",
        "\U0001d4b3",
        "a\u00a0b",
        "ﬁ",
    ]
    literals = ", ".join(f"('{word}')" for word in words)
    _, files = shown(f'select word as "Größe 日" from (values {literals}) t(word)', source, tmp_path / "out")
    assert [row[0] for row in cells_of(files["xlsx"])] == words
    assert lines_of(files["csv"]) == [["Größe 日"], *[[word] for word in words]]
    assert [row[0] for row in json_of(files["json"])["rows"]] == words
    assert [row[0] for row in parquet_of(files["parquet"])] == words
    assert Page(files["html"].read_text()).cells == words


@pytest.mark.parametrize(
    "spec",
    [
        "{mark: line, encoding: {x: {field: n, type: wrong}}}",
        "{mark: nothing}",
        "{}",
        "{layer: []}",
        "{mark: bar, encoding: {x: 1}}",
        "[1, 2]",
        "just words",
        "{mark: bar, transform: [{calculate: 'while(1) {}', as: x}], encoding: {x: {field: x, type: quantitative}}}",
        "{mark: {type: image}, encoding: {url: {value: 'http://127.0.0.1/x.png'}}}",
        "{mark: bar, data: {url: 'file:///etc/passwd'}}",
    ],
)
def test_vega_lite_that_is_none_is_refused_with_its_line(spec: str, source: Source, tmp_path: Path) -> None:
    report = HEAD.format(title="Chart") + f"```sql q\nselect 1 as n\n```\n```chart\ndata: q\nspec: {spec}\n```\n"
    with pytest.raises(PressroomError) as caught:
        made(report, source, tmp_path / "out", formats=("html",))
    places = [problem.place for problem in getattr(caught.value, "problems", ())] or [caught.value.place]
    assert [place and place.line for place in places] == [10] * len(places)
    assert caught.value.message
