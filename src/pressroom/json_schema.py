"""The JSON Schema (draft 7) of a report's front matter and of its blocks, for editors that complete and check YAML.

The keys are those of the readers, which hand them over as they are: a key that a reader learns is in the schema at once. Only
what stands at a key is described here. What a schema cannot know (does the query exist, does the default fit) is left to
`pressroom.lint`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from pressroom import dialect, json_schema_pages
from pressroom.blocks import CHART_KEYS, CHART_TYPES, HIGHEST_CHART, LOWEST_CHART, SORTS
from pressroom.blocks_looks import BAR_KEYS, HEAT_KEYS, MARKS, RULE_KEYS, SHADES, TONES
from pressroom.blocks_tables import ALIGNMENTS, COLUMN_KEYS, MAX_GROUPS, MAX_TABLE_LIMIT, TABLE_KEYS
from pressroom.blocks_tiles import COMPARE_KEYS, DELTAS, KPI_KEYS, PREVIOUS, TILE_KEYS
from pressroom.document import Total
from pressroom.frontmatter import (
    CHOICES_QUERY_KEYS,
    FORMATS,
    KEYS,
    LOCALE_PATTERN,
    MAX_ROW_LIMIT,
    NAME_PATTERN,
    PARAMETER_KEYS,
    RESERVED,
    WEEK_STARTS,
)  # fmt: skip
from pressroom.parameters import Type

Schema = dict[str, Any]
_TEXT: Final[Schema] = {"type": ["string", "number", "boolean"]}  # a scalar is taken as it is written
_SCALAR: Final[Schema] = {"type": ["string", "number", "boolean", "null"]}
_FLAG: Final[Schema] = {"type": "boolean"}
_NUMBER: Final[Schema] = {"type": "number"}


def json_schema() -> Schema:
    """The schema: its root is the front matter, its `definitions` have the kpi, chart, table and image blocks."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Front matter of a report of Presstime",
        "$comment": "Made by `presstime report schema`. The blocks are #/definitions/kpi, chart, table and image.",
        **_object(KEYS, _FRONT, required=("title", "source")),
        "definitions": {
            "kpi": _object(KPI_KEYS, _KPI, required=("data", "tiles")),
            "chart": _object(CHART_KEYS, _CHART, required=("data",)),
            "table": _object(TABLE_KEYS, _TABLE, required=("data",)),
            "image": json_schema_pages.IMAGE,
        },
    }


def schema_text() -> str:
    """The schema as a file has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _object(keys: Collection[str], known: Mapping[str, Schema], required: Collection[str] = ()) -> Schema:
    """A mapping of just these *keys*; one that is not *known* here may be anything."""
    properties = {key: known.get(key, {}) for key in keys}
    schema: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return schema | ({"required": list(required)} if required else {})


def _said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _one_of(values: Collection[Any], description: str = "") -> Schema:
    return {"enum": list(values)} | ({"description": description} if description else {})


def _whole(low: int, high: int, description: str) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high, "description": description}


def _texts(description: str, **items: Any) -> Schema:
    """A text or a list of texts."""
    return {"anyOf": [{**_TEXT, **items}, {"type": "array", "items": {**_TEXT, **items}}], "description": description}


# ---- front matter ---------------------------------------------------------------------------------------------------

_CHOICES: Final[Schema] = {
    "description": "What can be chosen: a list, a mapping of values to their labels, or a query that gives them.",
    "anyOf": [
        {"type": "array", "items": _SCALAR},
        _object(CHOICES_QUERY_KEYS, dict.fromkeys(CHOICES_QUERY_KEYS, _TEXT), required=("query",)),
        {"type": "object", "additionalProperties": _SCALAR, "not": {"required": ["query"]}},
    ],
}
_PARAMETER: Final[Schema] = {
    **_object(
        PARAMETER_KEYS,
        {
            "type": _one_of([str(kind) for kind in Type], "What the parameter takes."),
            "default": _said({}, "Its value when none is given; without one it must be given."),
            "choices": _CHOICES,
            "label": _said(_TEXT, "Its name for people."),
            "description": _said(_TEXT, "A hint beside the field."),
        },
        required=("type",),
    ),
    "if": {"properties": {"type": {"enum": [str(Type.CHOICE)]}}, "required": ["type"]},
    "then": {"required": ["choices"]},
    "else": {
        "if": {"properties": {"type": {"enum": [str(Type.PERIOD)]}}, "required": ["type"]},
        "then": {"not": {"required": ["choices"]}},
    },
}
_CSV: Final[Mapping[str, Schema]] = {
    "delimiter": _one_of([*dialect.DELIMITERS, *dialect.DELIMITERS.values()]),
    "decimal": _one_of([".", ","]),
    "encoding": _one_of(dialect.ENCODINGS),
    "quote": _one_of(dialect.QUOTES),
    "line_ending": _one_of(tuple(dialect.LINE_ENDINGS)),
    "header": _one_of([True, False, *dialect.HEADERS]),
}
_FRONT: Final[Mapping[str, Schema]] = {
    "title": _said(_TEXT, "The report's title; may hold values, e.g. Flights of {{ airport }}."),
    "source": _said(_TEXT, "The data source that queries read from."),
    "parameters": {
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME_PATTERN}$", "not": {"enum": sorted(RESERVED)}},
        "additionalProperties": _PARAMETER,
        "description": "What a schedule or a reader may set.",
    },
    "formats": {
        "anyOf": [_one_of(FORMATS), {"type": "array", "items": _one_of(FORMATS)}],
        "description": "The formats that are made when a schedule names none.",
    },
    "subtitle": _said(_TEXT, "A line under the title; may hold values."),
    "author": _said(_TEXT, "Who stands for the report."),
    "description": _said(_TEXT, "What the report is for."),
    "locale": {"type": "string", "pattern": f"^{LOCALE_PATTERN}$", "description": "Language, e.g. en, de or pt-BR."},
    "timezone": {"type": "string", "description": "A zone of the IANA database, e.g. Europe/Berlin."},
    "row_limit": _whole(1, MAX_ROW_LIMIT, "Most rows of a query."),
    **json_schema_pages.SETUP,
    "week_starts": _one_of(WEEK_STARTS, "The day that begins a week."),
    "fiscal_year_start": _whole(1, 12, "The month that begins the fiscal year."),
    "csv": _said(_object(dialect.KEYS, _CSV), "How CSV files are written."),
}

# ---- blocks ---------------------------------------------------------------------------------------------------------

_QUERY: Final = _said(_TEXT, "The query that is shown.")
_FORMAT: Final = _said(_TEXT, 'E.g. number, percent, money(EUR), "0.0", "%d %b".')
_COLUMN_NAME: Final = _said(_TEXT, "A column of the query.")
_TILE: Final[Mapping[str, Schema]] = {
    "label": _TEXT, "value": _COLUMN_NAME, "format": _FORMAT, "caption": _TEXT,
    "compare": {
        "anyOf": [_TEXT, _object(COMPARE_KEYS, {"data": _QUERY, "value": _COLUMN_NAME})],
        "description": f"The column with the earlier value, `{PREVIOUS}` for the period before, or another query.",
    },
    "delta": _one_of(DELTAS, "How the change is written."),
    "target": {"anyOf": [_NUMBER, _TEXT], "description": "A number, e.g. 80%, or the column that has it."},
    "spark": _said(_TEXT, "Query and column of the course, e.g. by_day.flights."),
    "good": _one_of(("up", "down"), "Which change is a good one."),
}  # fmt: skip
_KPI: Final[Mapping[str, Schema]] = {
    "data": _QUERY,
    "tiles": {"type": "array", "items": _object(TILE_KEYS, _TILE, required=("value",))},
}
_CHART: Final[Mapping[str, Schema]] = {
    "data": _QUERY, "type": _one_of(CHART_TYPES), "x": _COLUMN_NAME, "y": _texts("A column, or one for each series."),
    "color": _COLUMN_NAME, "series": _COLUMN_NAME, "title": _TEXT, "x_label": _TEXT, "y_label": _TEXT,
    "format": _FORMAT, "sort": _one_of(SORTS), "alt": _said(_TEXT, "A sentence for those who cannot see it."),
    "height": _whole(LOWEST_CHART, HIGHEST_CHART, "In CSS pixels."),
    "spec": {"type": "object", "description": "A Vega-Lite specification instead of type, x and y."},
}  # fmt: skip
_RULE: Final = _object(
    RULE_KEYS, {"when": _TEXT, "tone": _one_of(TONES), "mark": _one_of(tuple(MARKS))}, required=("when", "tone")
)


_PERCENTAGE: Final[Schema] = {"type": "string", "pattern": r"^[+-]?\d+(\.\d+)?\s*%$"}


def _scale(keys: tuple[str, ...]) -> Schema:
    ends = {key: {"anyOf": [_NUMBER, _PERCENTAGE]} for key in keys if key != "tone"}
    return {"anyOf": [_FLAG, _object(keys, {**ends, "tone": _one_of(SHADES)})]}


_COLUMN: Final = _object(
    COLUMN_KEYS,
    {
        "label": _TEXT, "format": _FORMAT, "align": _one_of(ALIGNMENTS), "total": _one_of([str(t) for t in Total]),
        "hide": _FLAG, "wrap": _FLAG, "heading": _said(_TEXT, "Stands over neighbours that have the same."), "width": _said(_TEXT, "30%, 120pt, or characters."),
        "color": {"anyOf": [_RULE, {"type": "array", "items": _RULE}]},
        "heat": _scale(HEAT_KEYS), "bar": _scale(BAR_KEYS),
    },
)  # fmt: skip
_COLUMNS: Final[Schema] = {"type": "object", "additionalProperties": {"anyOf": [_SCALAR, _COLUMN]}}
_TABLE: Final[Mapping[str, Schema]] = {
    "data": _QUERY,
    "title": _TEXT,
    "columns": {
        "anyOf": [_COLUMNS, {"type": "array", "items": {"anyOf": [_TEXT, _COLUMNS]}}],
        "description": "A mapping describes columns, a list shows only these.",
    },
    "group": _texts(f"A column or at most {MAX_GROUPS}, the outermost first."),
    "limit": _whole(1, MAX_TABLE_LIMIT, "Rows shown in page, PDF and mail."),
}
DESCRIBED: Final = (
    (KEYS, _FRONT), (dialect.KEYS, _CSV), (KPI_KEYS, _KPI), (TILE_KEYS, _TILE), (CHART_KEYS, _CHART), (TABLE_KEYS, _TABLE),
    *json_schema_pages.DESCRIBED,
)  # fmt: skip
