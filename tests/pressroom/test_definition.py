from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pressroom.blocks import ChartSpec, PageBreakSpec, ProseSpec
from pressroom.blocks_tables import TableSpec
from pressroom.blocks_tiles import KpiSpec
from pressroom.definition import MAX_DEFINITION_BYTES, parse, read_definition
from pressroom.document import Total
from pressroom.errors import DefinitionError, Place
from tests.pressroom.reports import FRONT, REPORT, only_problem_of, problems_of

TOTALS = "```sql totals\nselect 1 as n\n```\n"


def test_the_example_of_the_contract_is_a_report() -> None:
    report = parse(REPORT, file="punctuality.md")
    assert (report.title, report.source, report.formats) == ("Airport punctuality", "flights", ("pdf", "xlsx"))
    assert report.query_names() == ["totals", "by_day", "by_airline"]
    assert report.queries[0].parameters == ("airport", "period_start", "period_end")
    assert [type(block) for block in report.blocks] == [ProseSpec, KpiSpec, ChartSpec, TableSpec]
    table = report.blocks[-1]
    assert isinstance(table, TableSpec)
    assert (table.limit, table.columns[0].label, table.columns[0].total) == (2, "Mean delay", Total.AVG)
    assert table.place == Place("punctuality.md", 31)


def test_title_and_source_are_all_that_a_report_needs() -> None:
    report = parse("---\ntitle: Empty\nsource: main\n---\n")
    assert (report.formats, report.locale, report.setup.size, report.setup.landscape) == (("pdf",), "en", "a4", False)


def test_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    assert parse("\ufeff" + REPORT.replace("\n", "\r\n")).query_names() == ["totals", "by_day", "by_airline"]


def test_a_query_may_name_a_source_of_its_own() -> None:
    report = parse(f"{FRONT}```sql totals source=other\nselect 1\n```\n")
    assert report.source_names() == ["flights", "other"]


def test_page_and_orientation_are_read() -> None:
    report = parse(FRONT.replace("source", "page: {size: letter, orientation: landscape}\nsource"))
    assert (report.setup.size, report.setup.landscape) == ("letter", True)
    assert parse(FRONT.replace("source", "page: letter\nsource")).setup.size == "letter"


def test_a_pagebreak_is_a_block() -> None:
    assert any(isinstance(block, PageBreakSpec) for block in parse(f"{FRONT}a\n```pagebreak\n```\nb\n").blocks)


def test_words_that_old_yaml_takes_for_booleans_stay_words() -> None:
    report = parse(FRONT.replace("source", "parameters:\n  c: {type: text, default: NO, choices: [NO, SE]}\nsource"))
    assert report.parameters[0].choices == ("NO", "SE")


def test_unused_queries_are_told() -> None:
    assert [query.name for query in parse(f"{FRONT}{TOTALS}").unused_queries()] == ["totals"]
    assert parse(REPORT).unused_queries() == []


@pytest.mark.parametrize(
    ("text", "line", "message", "remedy"),
    [
        ("no front matter", 1, "does not begin with front matter", "title:"),
        ("---\ntitle: x\n", 1, "no end", "---"),
        ("---\ntitle: x\nsorce: y\nsource: z\n---\n", 3, "Unknown key 'sorce'", "Did you mean source?"),
        ("---\nsource: z\n---\n", 2, "has no `title`", "title:"),
        ("---\ntitle: x\n---\n", 2, "has no `source`", "source:"),
        ("---\ntitle: x\ntitle: y\nsource: z\n---\n", 3, "stands twice; first on line 2", "Remove"),
        ("---\ntitle: x\nsource: z\nformats: [pdf, excel]\n---\n", 4, "'excel' is not a format", "xlsx"),
        ("---\ntitle: x\nsource: z\ntimezone: Europe/Berln\n---\n", 4, "'Europe/Berln'", "IANA"),
        ("---\ntitle: x\nsource: z\nrow_limit: many\n---\n", 4, "'many'", "whole number from 1"),
        ("---\ntitle: x\nsource: z\npage: a6\n---\n", 4, "'a6'", "a4, a5, letter"),
        ("---\ntitle: [x\nsource: z\n---\n", 3, "not YAML", "quotes"),
        ("---\ntitle: &a x\nsource: *a\n---\n", 2, "anchor or an alias", "Write the value out"),
        ("---\n- a\n---\n", 2, "is a list", "keys and values"),
        ("---\ntitle: x\nsource: z\nparameters:\n  a: {type: txt}\n---\n", 5, "'txt'", "Did you mean text?"),
        ("---\ntitle: x\nsource: z\nparameters:\n  a: {default: 1}\n---\n", 5, "has no `type`", "type: text"),
        ("---\ntitle: x\nsource: z\nparameters:\n  a: {type: number, default: b}\n---\n", 5, "'b'", "12, -3.5"),
        ("---\ntitle: x\nsource: z\nparameters:\n  a: {type: choice}\n---\n", 5, "no `choices`", "choices"),
        ("---\ntitle: x\nsource: z\nparameters:\n  a-b: {type: text}\n---\n", 5, "'a-b'", "letters"),
        ("---\ntitle: x\nsource: z\nparameters:\n  title: {type: text}\n---\n", 5, "'title'", "letters"),
        ("---\ntitle: '{{ airprt }}'\nsource: z\n---\n", 2, "airprt", "Known"),
    ],
)  # fmt: skip
def test_front_matter_errors_name_line_and_remedy(text: str, line: int, message: str, remedy: str) -> None:
    problem = only_problem_of(text)
    assert problem.place == Place("report.md", line)
    assert message in problem.message
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("body", "line", "message", "remedy"),
    [
        ("```python\nx\n```\n", 8, "no block `python`", "sql, kpi, chart, table, image, pagebreak"),
        ("```\nx\n```\n", 8, "no block without a name", "sql"),
        ("```sql\nselect 1\n```\n", 8, "no name", "```sql totals"),
        ("```sql a b\nselect 1\n```\n", 8, "'b' behind the query a", "source=NAME"),
        ("```sql a\n\n```\n", 8, "is empty", "SELECT"),
        ("```sql totals\nselect 2\n```\n", 8, "twice; first on line 5", "Rename"),
        ("```sql b\nselect 1,\n :airport\n```\n", 10, ":airport, which is not a parameter", "parameters:"),
        ("```chart\ndata: totls\ntype: line\nx: a\ny: b\n```\n", 8, "'totls', which is not", "Did you mean totals?"),
        ("```chart\ndata: totals\ntype: lin\nx: a\ny: b\n```\n", 10, "'lin'", "Did you mean line?"),
        ("```chart\ndata: totals\ntype: line\ny: b\n```\n", 9, "has no `x`", "x: COLUMN"),
        ("```chart\ndata: totals\ntyp: line\ntype: line\nx: a\ny: b\n```\n", 10, "'typ'", "Did you mean type?"),
        ("```chart\ndata: totals\ntype: pie\nx: a\ny: [b, c]\n```\n", 12, "Several columns", "one column"),
        ("```chart\ndata: totals\nspec: {mark: image}\n```\n", 10, "Image marks", "fetched"),
        ("```chart\ndata: totals\nspec: {layer: [{mark: bar, data: {url: x}}]}\n```\n", 10, "`url`", "fetches"),
        ("```chart\ndata: totals\nspec: 5\n```\n", 10, "is 5", "Vega-Lite"),
        ("```chart\ndata: totals\ntype: bar\nspec: {mark: bar}\n```\n", 10, "exclude each other", "one of the two"),
        ("```kpi\ndata: totals\n```\n", 9, "has no `tiles`", "tiles:"),
        ("```kpi\ndata: totals\ntiles: [{label: a}]\n```\n", 10, "has no `value`", "value: COLUMN"),
        ("```kpi\ndata: totals\ntiles: [{value: a, good: left}]\n```\n", 10, "'left'", "up, down"),
        ("```table\ndata: totals\ncolumns: {a: {format: '0.x'}}\n```\n", 10, "'0.x' of the column a is not a format", "number"),
        ("```table\ndata: totals\ncolumns:\n  a: {totl: sum}\n```\n", 11, "'totl'", "Did you mean total?"),
        ("```table\ndata: totals\ncolumns:\n  a: {total: mean}\n```\n", 11, "'mean'", "avg"),
        ("```table\ndata: totals\nlimit: 0\n```\n", 10, "`limit`", "1 to 100,000"),
        ("```table\ndata: [totals\n```\n", 9, "not YAML", "Check"),
        ("```table totals\ndata: totals\n```\n", 8, "'totals' behind `table`", "data: QUERY"),
        ("```pagebreak\nx\n```\n", 9, "something in it", "empty"),
        ("```table\ndata: totals\n", 8, "has no end", "```"),
        ("{{ totls.n }}\n", 8, "totls, which is neither", "Did you mean totals?"),
        ("a\n{{ totals.n | numbr }}\n", 9, "no filter numbr", "Did you mean number?"),
        ("{{ totals.n | money('EURO') }}\n", 8, "money(EURO) is not a format", "ISO 4217"),
        ("\n{% if totals.n %}\nx\n", 9, "end of template", "fenced block"),
        ("{{ totals.n\n", 8, "Template", "{{"),
        ("{% include 'x' %}\n", 8, "include is not available", "if, for, set"),
        ("![a](https://example.org/x.png)\n", 8, "is not a file", "nothing is fetched"),
        ("[a](ftp://example.org)\n", 8, "is not an address", "https://"),
    ],
)  # fmt: skip
def test_body_errors_name_line_and_remedy(body: str, line: int, message: str, remedy: str) -> None:
    problem = only_problem_of(FRONT + TOTALS + body)
    assert problem.place is not None
    assert (problem.place.line, problem.place.file) == (line, "report.md")
    assert message in problem.message
    assert remedy in problem.remedy


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = FRONT.replace("source", "formts: [pdf]\nsource") + "{{ nothing.x }}\n```chrt\n```\n```table\ndata: q\n```\n"
    problems = problems_of(text)
    assert [problem.place.line for problem in problems if problem.place] == [3, 6, 7, 9]
    with pytest.raises(DefinitionError) as caught:
        parse(text)
    assert len(str(caught.value).splitlines()) == 4


def test_names_in_strings_comments_and_casts_are_not_parameters() -> None:
    sql = "select ':a', \":b\", c::date -- :d\n, /* :e */ $$ :f $$ from t"
    assert parse(f"{FRONT}```sql q\n{sql}\n```\n").queries[0].parameters == ()


def test_an_error_keeps_its_problems_across_a_process_boundary() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse("---\ntitle: x\nsorce: y\n---\n")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (str(copy), copy.problems, copy.code) == (str(caught.value), caught.value.problems, "definition")


def test_a_text_over_two_megabytes_is_refused_with_size_and_limit() -> None:
    problem = only_problem_of(FRONT + "x" * MAX_DEFINITION_BYTES)
    assert "2,000,000" in problem.message
    assert "2,000,051" in problem.message


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.md"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(DefinitionError, match=r"200,000,000 bytes; the limit is 2,000,000"):
        read_definition(path)


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.md"
    path.write_bytes(b"---\ntitle: caf\xe9\n---\n")
    with pytest.raises(DefinitionError) as caught:
        read_definition(path)
    assert caught.value.place == Place("latin.md", 2)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="No such file"):
        read_definition(tmp_path / "none.md")


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: " + "[" * 5000 + "\nsource: x\n---\n",
        FRONT + "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        FRONT + "{% for a in totals.rows %}" * 200 + "{% endfor %}" * 200,
        FRONT + "```table\ndata: " + "{a: " * 2000 + "\n```\n",
        "---\ntitle: 1" + "0" * 10_000 + "\nsource: x\nrow_limit: 1" + "0" * 10_000 + "\n---\n",
    ],
)
def test_deep_and_odd_files_are_refused_in_words(text: str) -> None:
    assert problems_of(text)


def test_deeply_quoted_text_is_no_trouble() -> None:
    assert parse(FRONT + ">" * 5000 + " a\n").blocks


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("word " * 50_000, "250,000 characters of prose; the limit is 200,000"),
        ("```pagebreak\n```\n" * 600, "600 blocks; the limit is 500"),
        ("```table\ndata: q\ntitle: " + "x" * 250_000 + "\n```\n", "the limit is 200,000"),
    ],
)
def test_what_would_take_long_to_read_is_refused_at_once(body: str, message: str) -> None:
    assert message in only_problem_of(FRONT + body).message


def test_long_sql_is_allowed() -> None:
    assert parse(f"{FRONT}```sql q\nselect {'1, ' * 400_000} 1\n```\n").queries


def test_of_very_many_problems_the_first_hundred_are_told() -> None:
    problems = problems_of(FRONT + "```chrt\n```\n" * 300)
    assert (len(problems), problems[-1].message) == (101, "There are 200 more problems.")
