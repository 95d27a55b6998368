"""The JSON Schema and the readers agree: on every key, and on what front matters are taken."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pressroom.definition import parse
from pressroom.errors import DefinitionError
from pressroom.frontmatter import KEYS
from pressroom.json_schema import DESCRIBED, json_schema, schema_text

PAGE = Path(__file__).parents[2] / "docs" / "report.schema.json"
TYPES: dict[str, Any] = {"string": str, "boolean": bool, "object": dict, "array": list, "null": type(None)}


def is_type(value: Any, name: str) -> bool:
    if name in ("integer", "number"):
        return isinstance(value, int if name == "integer" else int | float) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def is_valid(value: Any, schema: dict[str, Any]) -> bool:
    """Whether *value* is valid by the keywords of draft 7 that the schema uses."""
    return all(_KEYWORDS[key](value, schema[key], schema) for key in schema if key not in _WORDS)


_WORDS = {"$schema", "$comment", "title", "description", "definitions", "then", "else"}


def among(value: Any, allowed: list[Any]) -> bool:
    return any(value == each and type(value) is type(each) for each in allowed)


def _properties(value: Any, properties: dict[str, Any], _schema: Any) -> bool:
    return not isinstance(value, dict) or all(
        is_valid(value[key], of) for key, of in properties.items() if key in value
    )


def _additional(value: Any, rule: Any, schema: dict[str, Any]) -> bool:
    others = (
        [each for key, each in value.items() if key not in schema.get("properties", {})]
        if isinstance(value, dict)
        else []
    )
    return not others if rule is False else all(is_valid(each, rule) for each in others)


def _condition(value: Any, condition: dict[str, Any], schema: dict[str, Any]) -> bool:
    return is_valid(value, schema.get("then" if is_valid(value, condition) else "else", {}))


_KEYWORDS: dict[str, Any] = {
    "type": lambda v, names, _: any(is_type(v, name) for name in ([names] if isinstance(names, str) else names)),
    "enum": lambda v, allowed, _: among(v, allowed),
    "pattern": lambda v, pattern, _: not isinstance(v, str) or re.search(pattern, v) is not None,
    "minimum": lambda v, low, _: not is_type(v, "number") or v >= low,
    "maximum": lambda v, high, _: not is_type(v, "number") or v <= high,
    "required": lambda v, names, _: not isinstance(v, dict) or all(name in v for name in names),
    "items": lambda v, of, _: not isinstance(v, list) or all(is_valid(each, of) for each in v),
    "propertyNames": lambda v, of, _: not isinstance(v, dict) or all(is_valid(name, of) for name in v),
    "anyOf": lambda v, several, _: any(is_valid(v, each) for each in several),
    "not": lambda v, of, _: not is_valid(v, of),
    "properties": _properties,
    "additionalProperties": _additional,
    "if": _condition,
}


def is_taken(front: dict[str, Any]) -> bool:
    """Whether the reader takes *front*; JSON is YAML."""
    lines = "".join(f"{json.dumps(key)}: {json.dumps(value)}\n" for key, value in front.items())
    query = "```sql airports\nselect 1 as code\n```\n"
    try:
        parse(f"---\n{lines}---\n{query}")
    except DefinitionError:
        return False
    return True


PARAMETERS = [
    {"p": {"type": "text"}}, {"p": {"type": "txt"}}, {"p": {}}, {"p": "text"}, {"1p": {"type": "text"}},
    {"title": {"type": "text"}}, {"p": {"type": "choice"}}, {"p": {"type": "choice", "choices": ["a", 1]}},
    {"p": {"type": "choice", "choices": {"a": "A"}}}, {"p": {"type": "text", "choices": {"query": "airports"}}},
    {"p": {"type": "text", "choices": {"query": "airports", "valeu": "code"}}}, {"p": {"type": "text", "chioces": ["a"]}},
    {"p": {"type": "period", "choices": ["2013"]}}, {"p": {"type": "period", "default": "last month"}},
    {"p": {"type": "list", "label": "P", "description": "Of it.", "default": ["a"]}}, [],
]  # fmt: skip
VALUES: dict[str, list[Any]] = {
    "title": ["A report", 12, ["a"], {"a": 1}],
    "source": ["flights", {"a": 1}],
    "parameters": PARAMETERS,
    "formats": ["pdf", ["pdf", "csv"], ["pdff"], "pdff", {"pdf": 1}],
    "subtitle": ["Of all", ["a"]],
    "author": ["Alice", ["a"]],
    "description": ["For Bob", {"a": 1}],
    "locale": ["de", "pt-BR", "x!", ["de"]],
    "timezone": ["UTC", ["UTC"]],
    "row_limit": [1, 0, "a", 10**9, True, 1.5],
    "page": ["a4", "a5", {"size": "letter"}, {"size": "a5"}, {"sise": "a4"}, {"orientation": "landscape"}, ["a4"]],
    "week_starts": ["sunday", "monday", "tuesday", 1],
    "fiscal_year_start": [4, 0, 13, "april"],
    "csv": [{"delimiter": "tab"}, {"delimiter": "x"}, {"decimal": ","}, {"quotes": "all"}, {"header": False}, ["tab"]],
    "titel": ["A report"],
}
FRONTS = st.fixed_dictionaries(
    {key: st.sampled_from(VALUES[key][:1] * 3 + VALUES[key]) for key in ("title", "source")},
    optional={key: st.sampled_from(values) for key, values in VALUES.items() if key not in ("title", "source")},
)


@given(FRONTS)
def test_schema_and_reader_take_the_same_front_matters(front: dict[str, Any]) -> None:
    assert is_valid(front, json_schema()) == is_taken(front)


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in VALUES.items() for value in values])
def test_schema_and_reader_agree_on_each_value(key: str, value: Any) -> None:
    front = {"title": "a", "source": "b"} | {key: value}
    assert is_valid(front, json_schema()) == is_taken(front)


REPORTS = sorted(
    [*PAGE.parent.glob("gallery/*.md"), *(Path(__file__).parents[2] / "src/presstime/demo/reports").glob("*.md")]
)


@pytest.mark.parametrize("report", REPORTS, ids=lambda path: path.stem)
def test_the_reports_of_gallery_and_demonstration_are_valid_for_an_editor(report: Path) -> None:
    """By a validator as editors have them, of the YAML as they read it; misspelt, they are not."""
    front = yaml.safe_load(report.read_text(encoding="utf-8").split("---\n")[1])
    validator = jsonschema_rs.validator_for(json_schema())
    assert [error.message for error in validator.iter_errors(front)] == []
    for wrong in (
        {"sorce": "x"},
        {"formats": ["docx"]},
        {"fiscal_year_start": 13},
        {"parameters": {"p": {"type": "perod"}}},
    ):
        assert not validator.is_valid(front | wrong)


def test_title_and_source_are_needed() -> None:
    assert not is_valid({"title": "a"}, json_schema())
    assert not is_valid({"source": "a"}, json_schema())


def test_the_schema_has_the_keys_of_the_readers_and_describes_no_others() -> None:
    assert list(json_schema()["properties"]) == list(KEYS)
    for keys, described in DESCRIBED:
        assert set(described) <= set(keys)


@pytest.mark.parametrize(
    ("block", "value", "is_right"),
    [
        ("table", {"data": "a", "columns": {"b": "percent", "c": {"label": "C", "heat": True}}}, True),
        ("table", {"data": "a", "columns": ["b", {"c": {"color": {"when": "< 0", "tone": "bad"}}}]}, True),
        ("table", {"data": "a", "columns": {"b": {"lable": "C"}}}, False),
        ("table", {"columns": ["b"]}, False),
        ("chart", {"data": "a", "type": "line", "x": "b", "y": ["c", "d"]}, True),
        ("chart", {"data": "a", "type": "lien", "x": "b", "y": "c"}, False),
        ("kpi", {"data": "a", "tiles": [{"value": "b", "good": "up"}]}, True),
        ("kpi", {"data": "a", "tiles": [{"label": "b"}]}, False),
    ],
)
def test_blocks_have_their_schemas(block: str, value: Any, *, is_right: bool) -> None:
    assert is_valid(value, json_schema()["definitions"][block]) == is_right
    text = f"---\ntitle: a\nsource: b\n---\n```sql a\nselect 1\n```\n```{block}\n{json.dumps(value)}\n```\n"
    try:
        parse(text)
    except DefinitionError:
        assert not is_right
    else:
        assert is_right


def test_the_file_in_the_documents_is_the_schema() -> None:
    assert PAGE.read_text(encoding="utf-8") == schema_text(), "run `presstime report schema > docs/report.schema.json`"
