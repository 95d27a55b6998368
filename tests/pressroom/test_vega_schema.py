"""Vega-Lite's own schema: what it says against a specification, in words, at the line that is meant."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom import vega_schema
from pressroom.definition import parse
from pressroom.errors import DefinitionError
from pressroom.vega_schema import faults_of
from tests.pressroom.test_vega_lite import COMPOSED

HEAD = "---\ntitle: Views\nsource: data\n---\n```sql q\nselect 1 as v\n```\n```chart\ndata: q\nspec:\n"  # `spec` on line 10


def told(spec: str) -> list[str]:
    """What is said against the specification *spec*, each without the name of the file."""
    try:
        parse(f"{HEAD}{spec}\n```\n")
    except DefinitionError as error:
        return [str(problem).removeprefix("report.md:") for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("  mark: bar\n  encoding:\n    x: {field: v, typ: nominal}", "13: In the chart, unknown key 'typ' in `x` of `encoding`. Did you mean type?"),
        ("  mark: bar\n  encoding:\n    x: 1", "13: In the chart, `x` of `encoding` is 1. Allowed: a mapping."),
        ("  mark: bar\n  encodings: {}", "12: In the chart, unknown key 'encodings' in the specification. Did you mean encoding?"),
        ("  mark:\n    type: bar\n    opacity: 4", "13: In the chart, `opacity` of `mark` is 4. Allowed: a number from 0 to 1"),
        ("  mark:\n    type: bar\n    cornerRadus: 3", "13: In the chart, unknown key 'cornerRadus' in `mark`. Did you mean cornerRadius?"),
        ("  mark: bar\n  width: wide", "12: In the chart, `width` is 'wide'. Allowed: a number, container"),
        ("  mark: bar\n  encoding:\n    y:\n      stack: zer", "14: In the chart, `stack` of `y` is 'zer'. Did you mean zero?"),
        ("  mark: bar\n  encoding:\n    y:\n      scale:\n        zero: no", "15: In the chart, `zero` of `scale` is 'no'. Allowed: true, false"),
        ("  mark: bar\n  encoding:\n    y: {field: v, aggregate: summ}", "13: In the chart, `aggregate` of `y` is 'summ'. Did you mean sum?"),
        ("  mark: bar\n  transform:\n  - calculate: 1 + 1", "13: In the chart, item 1 of `transform` has no `as`. Add `as`."),
        ("  mark: bar\n  transform:\n  - filter: {field: v, oneOf: 5}", "13: In the chart, `oneOf` of `filter` is 5. Allowed: a list."),
        ("  mark: bar\n  transform:\n  - filter: {field: v, range: [1]}", "13: In the chart, `range` of `filter` has 1 items. Allowed: 2 items."),
        ("  mark: bar\n  transform:\n  - agregate: [{op: sum, as: s}]", "13: In the chart, unknown key 'agregate' in item 1 of `transform`. Did you mean aggregate?"),
        ("  mark: bar\n  transform:\n  - timeUnit: yaer\n    field: v\n    as: y", "13: In the chart, `timeUnit` of `transform` is 'yaer'. Did you mean year?"),
        ("  layer:\n  - mark: bar\n    titel: x", "13: In the chart, unknown key 'titel' in item 1 of `layer`. Did you mean title?"),
        ("  vconcat:\n  - hconcat:\n    - mark: bar\n      encoding:\n        x: {axis: {labelAngel: 5}}", "15: In the chart, unknown key 'labelAngel' in `axis` of `x`."),
        ("  facet: {field: v}\n  spec:\n    mark: bar\n    encoding: {x: {bin: 5}}", "14: In the chart, `bin` of `x` is 5. Allowed: true, false"),
        ("  mark: bar\n  params:\n  - name: a\n    select:\n      type: pont", "15: In the chart, `type` of `select` is 'pont'. Did you mean point?"),
    ],
)  # fmt: skip
def test_what_vega_lite_does_not_know_is_told_once_at_its_line(spec: str, said: str) -> None:
    (only,) = told(spec)
    assert only.startswith(said)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    spec = "  mark: bar\n  width: wide\n  encoding:\n    x: {fild: v}\n    y: {field: v, stack: 5}\n"
    assert [text.partition(":")[0] for text in told(spec)] == ["12", "14", "15"]


@pytest.mark.parametrize("spec", COMPOSED.values())
def test_views_of_every_kind_are_taken(spec: str) -> None:
    assert told(f"    {spec}") == []


def test_the_schema_is_of_the_version_that_draws() -> None:
    drawn = vl_convert.get_vegalite_versions()[-1]
    assert vega_schema._schema()["$comment"].startswith(f"vega-lite {drawn}.")


# ---- the same verdict as a validator's ------------------------------------------------------------------------------

VALID: list[dict[str, Any]] = [
    {"data": {"values": []}, "mark": {"type": "bar", "opacity": 0.5}, "encoding": {
        "x": {"field": "a", "type": "nominal", "axis": {"labelAngle": 0, "title": None}, "sort": ["a", "b"]},
        "y": {"aggregate": "sum", "field": "b", "scale": {"domain": [0, 1], "zero": True}, "stack": "zero"},
        "color": {"condition": {"test": "datum.a > 1", "value": "red"}, "value": "grey"}}},
    {"data": {"values": []}, "transform": [{"filter": {"field": "a", "range": [1, 2]}}, {"calculate": "1", "as": "x"},
        {"fold": ["a", "b"]}, {"window": [{"op": "rank", "as": "r"}], "sort": [{"field": "a", "order": "descending"}]}],
     "layer": [{"mark": "line"}, {"layer": [{"mark": "rule", "encoding": {"y": {"datum": 5}}}]}]},
    {"data": {"values": []}, "params": [{"name": "p", "select": {"type": "interval", "encodings": ["x"]}}],
     "vconcat": [{"mark": "area"}, {"hconcat": [{"mark": "point", "width": 90}, {"repeat": ["a"], "spec": {"mark": "tick"}}]}]},
    {"data": {"values": []}, "facet": {"column": {"field": "a", "header": {"labelAngle": 5}}}, "spec": {"mark": "boxplot"},
     "resolve": {"scale": {"y": "independent"}}},
]  # fmt: skip
LEAVES: list[Any] = [5, -1, 1.5, "zz", "sum", None, True, [], {}, {"a": 1}, ["x"], {"expr": "1"}]


@pytest.fixture(scope="module")
def validator() -> Any:
    """A validator of the same schema; names with odd characters, which it refuses in references, are replaced."""
    text = json.dumps(vega_schema._schema())
    for number, name in enumerate(sorted(vega_schema._schema()["definitions"], key=len, reverse=True)):
        quoted = json.dumps(name)[1:-1]
        text = text.replace(f'"#/definitions/{quoted}"', f'"#/definitions/d{number}"').replace(
            f'"{quoted}": {{', f'"d{number}": {{'
        )
    return jsonschema_rs.Draft7Validator(json.loads(text))


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield from paths_of(inner, (*path, step))


@st.composite
def damaged(draw: st.DrawFn) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """A good specification with one thing changed, and where."""
    spec = copy.deepcopy(draw(st.sampled_from(VALID)))
    path = draw(st.sampled_from(list(paths_of(spec))))
    at: Any = spec
    for step in path[:-1]:
        at = at[step]
    how = draw(st.sampled_from(["value", "key", "gone", "list"]))
    if how == "key" and isinstance(at, dict):
        at[draw(st.text(min_size=1, max_size=5))] = at.pop(path[-1])
    elif how == "gone":
        del at[path[-1]]
    else:
        at[path[-1]] = copy.deepcopy(draw(st.sampled_from(LEAVES))) if how == "value" else [at[path[-1]]]
    return spec, path


@pytest.mark.parametrize("spec", VALID)
def test_good_specifications_have_no_fault(spec: dict[str, Any], validator: Any) -> None:
    assert validator.is_valid(spec)
    assert faults_of(spec) == []


@settings(max_examples=200, deadline=None)
@given(changed=damaged())
def test_the_verdict_is_that_of_a_validator(validator: Any, changed: tuple[dict[str, Any], tuple[Any, ...]]) -> None:
    spec, path = changed
    found = faults_of(spec)
    assert (found == []) is validator.is_valid(spec)
    for fault in found:
        # Of a list of numbers and texts, either may be meant: the item beside the changed one is as wrong.
        assert fault.path[: len(path) - 1] == path[: len(fault.path)][: len(path) - 1]
        assert str(fault)
        assert fault.remedy
