"""Charts as Vega-Lite: the short form of the report file made into a whole specification, with its data inside."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from pressroom.blocks import ChartSpec
from pressroom.blocks_tables import label_from
from pressroom.document import Field, Kind, Results
from pressroom.formats import read_format

MAX_POINTS: Final = 5_000
SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
SERIES: Final = "series"
VALUE: Final = "value"
ORDER: Final = "order"

_MARKS: Final[dict[str, dict[str, Any]]] = {
    "line": {"type": "line", "point": False},
    "area": {"type": "area", "line": True},
    "bar": {"type": "bar"},
    "column": {"type": "bar"},
    "stacked": {"type": "bar"},
    "scatter": {"type": "point", "filled": True},
    "pie": {"type": "arc"},
    "heatmap": {"type": "rect"},
}
_DISCRETE: Final = ("bar", "column", "stacked", "heatmap")
_ROW_HEIGHT: Final = 22
_FEW_TICKS: Final = 5


def json_value(value: Any) -> Any:
    """*value* as JSON can say it: exact numbers as numbers, moments as local ISO texts, what is not a number as null.

    A date gets a time of day, since a browser reads a bare date as UTC and may then draw the day before.
    """
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat()
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    return (
        value
        if isinstance(value, bool | int | str | None)
        else (value.isoformat() if isinstance(value, time) else str(value))
    )


def plain_json(value: Any) -> Any:
    """A tree of plain values with every leaf as JSON can say it."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    return json_value(value)


def rows_of(results: Results, name: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The first points of the query as JSON rows with *columns* only."""
    positions = {field.name: index for index, field in enumerate(results.fields(name))}
    kept = [(column, positions[column]) for column in dict.fromkeys(columns)]
    return [{column: json_value(row[index]) for column, index in kept} for row in results.rows(name, MAX_POINTS)]


def complete(chart: ChartSpec, results: Results) -> dict[str, Any]:
    """The author's own specification with the rows of its query put in."""
    values = rows_of(results, chart.data, [field.name for field in results.fields(chart.data)])
    spec = {"$schema": SCHEMA, **plain_json(chart.spec or {}), "data": {"values": values}}
    others = dict.fromkeys(name for name, _ in chart.other_queries())
    if others:
        spec["datasets"] = {
            name: rows_of(results, name, [field.name for field in results.fields(name)]) for name in others
        }
    composed = {"hconcat", "vconcat", "concat", "facet", "repeat"}
    if composed.isdisjoint(spec):
        spec = {"width": "container", "height": chart.height} | spec
    return spec


def build(chart: ChartSpec, results: Results) -> dict[str, Any]:
    """A whole specification from the short form; its columns are known to exist."""
    fields = {field.name: field for field in results.fields(chart.data)}
    columns = [chart.x, *chart.y, *([chart.color] if chart.color else [])]
    rows = rows_of(results, chart.data, columns)
    values = _melt(rows, chart) if len(chart.y) > 1 else rows
    encoding = _encoding(chart, fields, rows)
    if part := _part(chart):
        values, encoding["order"] = _in_order(values, part)
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": _height(chart, rows),
        "data": {"values": values},
        "mark": _mark(chart, rows),
        "encoding": encoding,
    }


def _part(chart: ChartSpec) -> str:
    """The column whose values stand on or beside each other as parts of a whole; "" when the chart has no such parts."""
    if chart.type == "pie":
        return chart.x
    if len(chart.y) > 1:
        return SERIES if chart.type == "stacked" else ""
    return chart.color if chart.type in ("bar", "stacked", "area") else ""


def _in_order(rows: Sequence[dict[str, Any]], part: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """*rows* and the channel that puts their parts into the order of the data, as the legend has it: Vega goes by their names."""
    places: dict[Any, int] = {}
    name = ORDER
    while rows and name in rows[0]:
        name = f"_{name}"
    ordered = [{**row, name: places.setdefault(row[part], len(places))} for row in rows]
    return ordered, {"field": name, "type": "quantitative"}


def _mark(chart: ChartSpec, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    mark = dict(_MARKS[chart.type])
    if chart.type in ("line", "area") and any(_has_lone_value(chart, name, rows) for name in chart.y):
        mark["point"] = {"size": 36}
    return mark


def _has_lone_value(chart: ChartSpec, name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a value has none beside it: a line through it alone cannot be seen."""
    series: dict[Any, list[bool]] = {}
    for row in rows:
        series.setdefault(row.get(chart.color) if chart.color else None, [False]).append(row[name] is not None)
    lone = (False, True, False)
    return any(lone in zip(has, has[1:], [*has[2:], False], strict=False) for has in series.values())


def _height(chart: ChartSpec, rows: Sequence[Mapping[str, Any]]) -> int:
    """Bars get room for their labels, however many there are."""
    if chart.type != "bar":
        return chart.height
    return max(chart.height, min(1200, _ROW_HEIGHT * len({str(row[chart.x]) for row in rows})))


def _melt(rows: Iterable[Mapping[str, Any]], chart: ChartSpec) -> list[dict[str, Any]]:
    """One row a point, for charts of several columns."""
    return [{chart.x: row[chart.x], SERIES: label_from(name), VALUE: row[name]} for row in rows for name in chart.y]


def _encoding(chart: ChartSpec, fields: Mapping[str, Field], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if chart.type == "pie":
        return {"theta": _measure(chart, fields, axis=False), "color": _category(chart, chart.x, fields, axis=False)}
    x = _dimension(chart, fields, rows)
    if chart.type == "heatmap":
        y = _category(chart, chart.y[0], fields) | {"title": chart.y_label or label_from(chart.y[0])}
        color = {"field": escape(chart.color), "type": "quantitative", "title": label_from(chart.color)}
        return {"x": x, "y": y, "color": _with_format(color, chart.format, "legend")}
    y = _measure(chart, fields)
    if ticks := _whole_ticks(chart, fields, rows):
        y["axis"] = {**y.get("axis", {}), **ticks}
    if chart.sort == "data" and "sort" in x and any(row[name] is None for row in rows for name in chart.y):
        # Vega leaves out a category without a value; it keeps its place here.
        x["scale"] = {"domain": [*dict.fromkeys(row[chart.x] for row in rows)]}
    encoding = {"x": y, "y": x} if chart.type == "bar" else {"x": x, "y": y}
    if len(chart.y) > 1:
        labels = [label_from(name) for name in chart.y]
        encoding["color"] = {
            "field": SERIES,
            "type": "nominal",
            "title": None,
            "scale": {"domain": labels},
            "sort": labels,
        }
        if chart.type == "column":
            encoding["xOffset"] = {"field": SERIES, "sort": labels}
        if chart.type == "bar":
            encoding["yOffset"] = {"field": SERIES, "sort": labels}
    elif chart.color:
        encoding["color"] = _category(chart, chart.color, fields, axis=False)
        if chart.type == "column":
            encoding["xOffset"] = {"field": escape(chart.color), "sort": None}
    return encoding


def _dimension(chart: ChartSpec, fields: Mapping[str, Field], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The axis along which the values stand: time, category or number."""
    kind = fields[chart.x].kind
    if kind in (Kind.DATE, Kind.TIMESTAMP):
        return _time(chart, rows)
    if chart.type in _DISCRETE or not kind.is_number:
        return _category(chart, chart.x, fields)
    axis = {"format": "d", "tickMinStep": 1} if kind is Kind.INTEGER else {}
    channel = {"field": escape(chart.x), "type": "quantitative", "title": chart.x_label or label_from(chart.x)}
    return channel | {"scale": {"zero": False, "nice": kind is not Kind.INTEGER}} | ({"axis": axis} if axis else {})


def _time(chart: ChartSpec, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    channel: dict[str, Any] = {"field": escape(chart.x), "type": "temporal", "title": chart.x_label or None}
    if chart.type in _DISCRETE:  # bands of the width of a day, month or year instead of hairlines
        channel["timeUnit"] = _time_unit([str(row[chart.x]) for row in rows if row[chart.x]])
    return channel


def _time_unit(moments: Sequence[str]) -> str:
    if not all(moment.endswith("T00:00:00") for moment in moments):
        return "yearmonthdatehours"
    if not all(moment[8:10] == "01" for moment in moments) or len(moments) < 2:
        return "yearmonthdate"
    return "year" if all(moment[5:7] == "01" for moment in moments) else "yearmonth"


def _category(chart: ChartSpec, name: str, fields: Mapping[str, Field], *, axis: bool = True) -> dict[str, Any]:
    channel: dict[str, Any] = {"field": escape(name), "type": "ordinal" if fields[name].kind.is_number else "nominal"}
    channel["title"] = (chart.x_label or None) if name == chart.x else label_from(name)
    if not axis:
        return channel | {"sort": None}
    value_axis = "x" if chart.type == "bar" else "y"
    orders = {"data": None, "ascending": value_axis, "descending": f"-{value_axis}"}
    channel["sort"] = orders[chart.sort] if name == chart.x and chart.type != "heatmap" else None
    if fields[name].kind is Kind.INTEGER:
        channel["axis"] = {"format": "d"}
    return channel


def _measure(chart: ChartSpec, fields: Mapping[str, Field], *, axis: bool = True) -> dict[str, Any]:
    is_single = len(chart.y) == 1
    name = chart.y[0] if is_single else VALUE
    title = chart.y_label or (label_from(name) if is_single else None)
    channel: dict[str, Any] = {"field": escape(name), "type": "quantitative", "title": title}
    if chart.type in ("line", "scatter"):
        channel["scale"] = {"zero": False}
    if chart.type == "stacked":
        channel["stack"] = "zero"
    if chart.type == "area" and len(chart.y) > 1:
        channel["stack"] = None
    whole = all(fields[column].kind is Kind.INTEGER for column in chart.y)
    return _with_format(channel, chart.format or ("integer" if whole else ""), "axis") if axis else channel


def _whole_ticks(chart: ChartSpec, fields: Mapping[str, Field], rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """One tick for each whole number where there are few: 0, 0, 1, 1 would stand where 0.5 and 1.5 are meant."""
    if chart.format not in ("", "integer") or any(fields[name].kind is not Kind.INTEGER for name in chart.y):
        return {}
    heights: dict[Any, int] = {}
    for number, row in enumerate(rows):
        key = row[chart.x] if chart.type in ("stacked", "area") else number
        heights[key] = heights.get(key, 0) + max((row[name] for name in chart.y if row[name] is not None), default=0)
    lowest = min((row[name] for row in rows for name in chart.y if row[name] is not None), default=0)
    span = max(heights.values(), default=0) - (lowest if chart.type in ("line", "scatter") else min(lowest, 0))
    return {"tickCount": max(1, span)} if span <= _FEW_TICKS else {}


def _with_format(channel: dict[str, Any], name: str, guide: str) -> dict[str, Any]:
    pattern = d3_format(name)
    return channel | {guide: {"format": pattern}} if pattern else channel


def d3_format(name: str) -> str:
    """The report file's format in d3's language, as near as it has it; "" when it has none."""
    wanted = read_format(name) if name else None
    if wanted is None or not wanted.is_number or wanted.name == "duration":
        return ""
    if wanted.name == "bytes":
        return ".2~s"
    group = "," if wanted.group else ""
    if wanted.name == "percent":
        return f".{wanted.decimals}%" if wanted.decimals is not None else ".1~%"
    if wanted.name == "money":
        return f"$,.{wanted.decimals or 0}~f"
    decimals = 0 if wanted.name == "integer" else wanted.decimals
    return f"{group}.{decimals}f" if decimals is not None else ",.2~f"


def escape(name: str) -> str:
    """A column's name as Vega-Lite takes it: dots and brackets would reach into objects."""
    return "".join("\\" + character if character in ".[]\\'\"" else character for character in name)
