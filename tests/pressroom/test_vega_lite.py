"""Whole Vega-Lite specifications: composed views, other queries, and errors at their lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pressroom import render
from pressroom.errors import DefinitionError, LayoutError, RenderError
from pressroom.sources import Source
from pressroom.vega import MAX_POINTS
from pressroom.writers import charts, theme
from pressroom.writers.charts_spec import prepared
from tests.pressroom.reports import AT

BAR = "{mark: bar, encoding: {x: {field: m, type: ordinal}, y: {field: v, type: quantitative}}}"
LINE = "{mark: line, encoding: {x: {field: m, type: ordinal}, y: {field: w, type: quantitative}}}"
COMPOSED = {
    "hconcat": f"{{hconcat: [{BAR}, {LINE}]}}",
    "vconcat": f"{{vconcat: [{BAR}, {LINE}]}}",
    "concat": f"{{columns: 2, concat: [{BAR}, {LINE}, {BAR}]}}",
    "within": f"{{vconcat: [{{hconcat: [{BAR}, {LINE}]}}, {BAR}]}}",
    "facet": f"{{facet: {{field: g, type: nominal}}, spec: {BAR}}}",
    "row": "{mark: bar, encoding: {row: {field: g, type: nominal}, x: {field: m, type: ordinal}, y: {field: v, type: quantitative}}}",
    "repeat": "{repeat: [v, w], spec: {mark: line, encoding: {x: {field: m, type: ordinal}, y: {field: {repeat: repeat}, type: quantitative}}}}",
    "layer": f"{{layer: [{BAR}, {LINE}]}}",
    "params": "{params: [{name: brush, select: interval}, {name: size, value: 60, bind: {input: range}}], mark: point, encoding: {x: {field: v, type: quantitative}, size: {value: {expr: size}}, color: {condition: {param: brush, field: g}, value: grey}}}",
    "transform": "{transform: [{window: [{op: sum, field: v, as: run}]}, {calculate: 'datum.run * 2', as: twice}], mark: area, encoding: {x: {field: m, type: ordinal}, y: {field: twice, type: quantitative}}}",
    "fold": "{transform: [{fold: [v, w]}], mark: line, encoding: {x: {field: m, type: ordinal}, y: {field: value, type: quantitative}, color: {field: key, type: nominal}}}",
}  # fmt: skip


def report(spec: str, more: str = "select 5 as goal") -> str:
    rows = "select * from (values (1, 3, 4, 'a'), (2, 5, 2, 'b'), (3, 4, 6, 'a'), (4, 8, 7, 'c')) t(m, v, w, g)"
    return (
        f"---\ntitle: Views\nsource: data\n---\n```sql q\n{rows}\n```\n```sql goals\n{more}\n```\n"
        f"{{{{ goals.goal }}}}\n```chart\ndata: q\nspec: {spec}\n```\n"
    )


def drawn(text: str, source: Source, out: Path) -> tuple[str, Any]:
    """The picture and the chart of the report *text*."""
    rendered = render(text, sources={"data": source}, parameters={}, at=AT, out=out, formats=["html"], email=False)
    (chart,) = rendered.document.charts()
    return charts.svg(chart, "en"), chart


@pytest.mark.parametrize("name", COMPOSED)
def test_views_of_every_kind_fit_the_page(name: str, source: Source, tmp_path: Path) -> None:
    picture, _ = drawn(report(COMPOSED[name]), source, tmp_path / "out")
    width, height = charts.size(picture)
    assert 0.8 * theme.CHART_WIDTH <= width <= 1.1 * theme.CHART_WIDTH
    assert height > 100


def test_a_width_of_the_author_is_kept_within_composed_views() -> None:
    spec = {"hconcat": [{"mark": "bar", "width": 90}, {"mark": "bar"}]}
    widths = [view["width"] for view in prepared(spec, 600)["hconcat"]]
    assert widths == [90, 238]


@pytest.mark.parametrize("data", ["goals", "{name: goals}"])
def test_a_view_may_show_another_query(data: str, source: Source, tmp_path: Path) -> None:
    spec = f"{{layer: [{BAR}, {{data: {data}, mark: rule, encoding: {{y: {{field: goal, type: quantitative}}}}}}]}}"
    picture, chart = drawn(report(spec), source, tmp_path / "out")
    assert chart.spec["datasets"] == {"goals": [{"goal": 5}]}
    assert 'aria-roledescription="rule"' in picture or "mark-rule" in picture


def test_a_cut_of_another_query_is_said(source: Source, tmp_path: Path) -> None:
    spec = f"{{layer: [{BAR}, {{data: goals, mark: rule, encoding: {{y: {{field: goal, type: quantitative}}}}}}]}}"
    _, chart = drawn(report(spec, f"select range as goal from range({MAX_POINTS + 1})"), source, tmp_path / "out")
    assert chart.note == "The first 5,000 of 5,001 points."


@pytest.mark.parametrize(
    ("spec", "line", "said"),
    [
        ("\n  hconcat:\n  - mark: bar\n  - layer:\n    - mark: lin", 18, "Did you mean line?"),
        ("\n  mark: {type: bars}", 15, "Did you mean bar?"),
        ("\n  mark: bar\n  encoding:\n    colour: {field: v}", 17, "Did you mean color?"),
        ("\n  mark: bar\n  encoding:\n    x: {field: v, type: numeric}", 17, "'numeric' is no type"),
        ("\n  layer:\n  - encoding: {x: {field: v}}", 16, "no `mark`"),
        ("\n  hconcat: []", 15, "has no views"),
        ("\n  layer:\n  - mark: bar\n    data: gaols", 17, "Did you mean goals?"),
        ("\n  layer:\n  - mark: bar\n    data: {url: 'http://127.0.0.1/'}", 17, "it fetches nothing"),
        ("\n  layer:\n  - mark: {type: image}", 16, "would be fetched"),
        ("\n  mark: bar\n  selection: {a: {type: interval}}", 16, "`params`"),
        ("\n  mark: bar\n  datasets: {a: []}", 16, "Name a query"),
    ],
)
def test_what_is_wrong_is_told_at_its_line(spec: str, line: int, said: str, source: Source, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        drawn(report(spec), source, tmp_path / "out")
    found = [str(problem) for problem in caught.value.problems]
    assert any(text.startswith(f"report.md:{line}: ") and said in text for text in found), found


def test_a_column_that_is_not_there_is_told_at_its_line(source: Source, tmp_path: Path) -> None:
    spec = "\n  vconcat:\n  - mark: bar\n    encoding:\n      x: {field: m}\n      y: {field: vv}"
    with pytest.raises(LayoutError, match="'vv'") as caught:
        drawn(report(spec), source, tmp_path / "out")
    assert str(caught.value.place) == "report.md:19"


EXPRESSIONS = [
    ("\n  mark: bar\n  transform:\n  - calculate: datum.v * 2\n    as: a\n  - calculate: datum.v +\n    as: b", 19, "ends too early"),
    ("\n  mark: bar\n  transform:\n  - calculate: datum.v * 2\n    as: a\n  - filter: nofun(datum.v) > 1", 19, "Unrecognized function: nofun"),
    ("\n  mark: bar\n  transform:\n  - filter:\n      and:\n      - datum.v > 1\n      - datum.w >", 20, "Unexpected token"),
    ("\n  mark: bar\n  transform:\n  - calculate: nosuch + 1\n    as: a", 17, 'signal name: "nosuch"'),
    ("\n  mark: bar\n  transform:\n  - calculate: 'while(1) {}'\n    as: a", 17, "a statement"),
    ("\n  mark: bar\n  encoding:\n    x:\n      field: m\n      axis:\n        labelExpr: datum.(", 20, "Expression parse error"),
    ("\n  mark: bar\n  encoding:\n    color:\n      condition:\n        test: datum.v >\n        value: red", 19, "Expression parse error"),
    ("\n  mark: bar\n  encoding:\n    color:\n      condition:\n        param: nopar\n        value: red", 19, 'signal name: "nopar"'),
    ("\n  mark: bar\n  encoding:\n    x: {field: m, type: ordinal}\n    y:\n      field: v\n      type: quantitative\n      axis:\n        format: zzzz", 22, "a format is none"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "line", "said"), EXPRESSIONS)
def test_what_only_the_drawing_finds_is_told_at_its_line(
    spec: str, line: int, said: str, source: Source, tmp_path: Path
) -> None:
    with pytest.raises(RenderError) as caught:
        drawn(report(spec), source, tmp_path / "out")
    assert said in caught.value.message
    assert str(caught.value.place) == f"report.md:{line}"


@pytest.mark.parametrize(
    "text", ["'a\\u0007'", "'a\\x07'", "'a\\b'", "'\\0'", "'a\\u{7}'", "atob('Bw==')", "'\\ud83d'"]
)
def test_an_expression_that_would_end_the_engine_is_refused_at_its_line(
    text: str, source: Source, tmp_path: Path
) -> None:
    spec = (
        f"\n  mark: text\n  transform:\n  - calculate: |-\n      {text}\n    as: a\n  encoding: {{text: {{field: a}}}}"
    )
    with pytest.raises(DefinitionError, match="control character") as caught:
        drawn(report(spec), source, tmp_path / "out")
    assert str(caught.value.place) == "report.md:17"


@pytest.mark.parametrize(
    "size", ["width: 200000", "height: 1.0e+300", "width: {step: 1.0e+9}", "width: 11000\n  height: 11000"]
)
def test_a_chart_larger_than_any_page_is_refused_at_its_block(size: str, source: Source, tmp_path: Path) -> None:
    spec = f"\n  mark: bar\n  {size}\n  encoding: {{x: {{field: m, type: ordinal}}}}"
    with pytest.raises(RenderError, match="At most 12,000 a side") as caught:
        drawn(report(spec), source, tmp_path / "out")
    assert str(caught.value.place) == "report.md:12"


@pytest.mark.parametrize(
    "series",
    ["transform: [{impute: v, key: m, keyvals: {start: 0, stop: 3000000}}]", "transform: [{impute: v, key: m, keyvals: {stop: 9, step: 0}}]"],
)  # fmt: skip
def test_a_series_of_millions_is_refused_at_its_line(series: str, source: Source, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="too many values") as caught:
        drawn(report(f"\n  mark: bar\n  {series}\n  encoding: {{}}"), source, tmp_path / "out")
    assert str(caught.value.place) == "report.md:16"


@pytest.mark.parametrize("count", ["bin: {maxbins: 1000000000}", "bin: true, axis: {tickCount: 1.0e+9}"])
def test_a_count_of_millions_is_refused_at_its_line(count: str, source: Source, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="At most 5,000") as caught:
        drawn(
            report(f"\n  mark: bar\n  encoding:\n    x: {{field: v, type: quantitative, {count}}}"),
            source,
            tmp_path / "out",
        )
    assert str(caught.value.place) == "report.md:17"
