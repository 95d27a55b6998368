"""A Vega-Lite specification made ready to draw: the same everywhere, fitting the page, with axes that read well."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from pressroom.locales import Locale, find_locale
from pressroom.writers import theme

DATA_KEYS: Final = ("values", "datasets")
MULTIPLE_VIEWS: Final = ("facet", "repeat", "hconcat", "vconcat", "concat")
DISCRETE: Final = ("nominal", "ordinal")
MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|[+-]\d\d:?\d\d)?")
NARROW: Final = 400  # CSS pixels: a chart on a phone
NARROW_LABELS: Final = 0.46  # of its width, that the names beside bars may take
MOST_BESIDE: Final = 3  # small multiples in a row, where the author does not say how many
VIEW_EDGE: Final = 62  # CSS pixels of the room of a view that its axis and the gap to the next take
LEAST_VIEW: Final = 60
LETTER_WIDTH: Final = 6.2  # CSS pixels, of a label
LABEL_LIMIT: Final = 130
SHORT_LABEL: Final = 26  # such as years, which stand level
LABEL_GAP: Final = 8
SLANT: Final = 40  # degrees
SLANTED_LINE: Final = 20  # CSS pixels across, of a slanted label
UPRIGHT_LINE: Final = 13
AXIS_WIDTH: Final = 50  # CSS pixels that the value axis takes
TITLE_HEIGHT: Final = 16  # CSS pixels that an axis title above the picture takes from the legend
ENTRY_HEIGHT: Final = 22  # CSS pixels of an entry of the legend beside a pie
MOST_ENTRIES: Final = 31  # of a legend: Vega says how many more there are
BESIDE: Final = {"orient": "right", "direction": "vertical", "titleOrient": "top", "rowPadding": 6}

UNITS: Final = {
    "utcyear": "%Y",
    "utcyearmonth": "%b %Y",
    "utcyearmonthdate": "%-d %b",
    "utcyearmonthdatehours": "%-d %b %H:%M",
}
# By the time that an axis spans: how its ticks are written. The first that is long enough.
TICKS: Final = (
    (timedelta(), "%-d %b %Y"),
    (timedelta(days=2), "%H:%M"),
    (timedelta(days=4), "%-d %b %H:%M"),
    (timedelta(days=120), "%-d %b"),
    (timedelta(days=800), "%b %Y"),
    (timedelta.max, "%Y"),
)


# What stands in the place of a part of a date.
DIRECTIVES: Final = {
    "d": "%-d", "dd": "%d", "m": "%-m", "mm": "%m", "short": "%b", "lone_short": "%b", "month": "%B", "lone_month": "%B", "year": "%Y",
}  # fmt: skip


def prepared(spec: Mapping[str, Any], width: float = theme.CHART_WIDTH, locale: str = "en") -> dict[str, Any]:
    """A copy of *spec* that draws the same in every time zone and fits a room of that width; dates as in *locale*."""
    copy = _in_utc(spec, set(_temporal_fields(spec)))
    assert isinstance(copy, dict)
    language = find_locale(locale)
    if language.least_grouped > 1:
        _ungroup(copy, language)
    rows = _rows_of(copy)
    if any(key in copy for key in MULTIPLE_VIEWS):
        _share_width(copy, rows, width)
        return copy
    for view in _views(copy):
        _write_ticks(view, rows, locale)
        _tilt_labels(copy, view, rows, width)
        _shorten_labels(view, width)
    _place_legend(copy, rows, width)
    return _fitted(copy, width)


def _share_width(view: dict[str, Any], rows: list[Mapping[str, Any]], width: float) -> None:
    """Give the views within *view* that have no width of their own the room there is: side by side, or one below the other."""
    inner = _mapping(view.get("spec"))
    if inner:
        names = view.get("repeat")
        field = _mapping(view.get("facet")).get("field")
        count = (
            len(names)
            if isinstance(names, list)
            else len({row.get(_unescaped(str(field))) for row in rows})
            if field
            else 0
        )
        if count:
            columns = view.setdefault("columns", min(count, MOST_BESIDE if width >= NARROW else 1))
            _give_width(inner, rows, width / max(1, min(count, columns)) if isinstance(columns, int) else width)
    for key in ("hconcat", "vconcat", "concat"):
        views = view.get(key)
        if isinstance(views, list) and views:
            columns = view.get("columns")
            beside = {"hconcat": len(views), "vconcat": 1}.get(key) or (
                columns if isinstance(columns, int) and columns > 0 else len(views)
            )
            for one in views:
                _give_width(_mapping(one), rows, width / beside)


def _give_width(view: dict[str, Any], rows: list[Mapping[str, Any]], width: float) -> None:
    if any(key in view for key in MULTIPLE_VIEWS):
        _share_width(view, rows, width)
    elif view and not {"row", "column", "facet"} & _mapping(view.get("encoding")).keys():
        view.setdefault("width", max(LEAST_VIEW, round(width - VIEW_EDGE)))


def _views(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The view itself and its layers, as far as they are views: what else stands there Vega-Lite refuses."""
    layers = spec.get("layer", ())
    yield from (view for view in (spec, *(layers if isinstance(layers, list | tuple) else ())) if _mapping(view))


def _mapping(value: Any) -> dict[str, Any]:
    """*value* where it is the mapping that it should be."""
    return value if isinstance(value, dict) else {}


def _channel(spec: Mapping[str, Any], name: str) -> dict[str, Any]:
    return _mapping(_mapping(spec.get("encoding")).get(name))


def _rows_of(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    values = _mapping(spec.get("data")).get("values", [])
    return [row for row in values if isinstance(row, Mapping)] if isinstance(values, list) else []


# ---- time -----------------------------------------------------------------------------------------------------------


def _temporal_fields(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if "field" in node and (node.get("type") == "temporal" or "timeUnit" in node):
            yield _unescaped(str(node["field"]))
        for key, value in node.items():
            if key not in DATA_KEYS:
                yield from _temporal_fields(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _temporal_fields(item)


def _in_utc(node: Any, fields: set[str], channel: str = "") -> Any:
    """The specification with every time read and shown as UTC, so that the zone of this process has no say."""
    if isinstance(node, list | tuple):
        return [_in_utc(item, fields, channel) for item in node]
    if not isinstance(node, Mapping):
        return _finite(node)
    done = {
        key: _data(value, fields) if key in DATA_KEYS else _in_utc(value, fields, key) for key, value in node.items()
    }
    unit = done.get("timeUnit")
    if isinstance(unit, str) and not unit.startswith("utc"):
        done["timeUnit"] = f"utc{unit}"
    if channel in {"x", "y"} and done.get("type") == "temporal" and isinstance(done.get("scale", {}), Mapping):
        done["scale"] = {"type": "utc", **done.get("scale", {})}
    return done


def _data(value: Any, fields: set[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _data(item, fields) for key, item in value.items()}
    return [_row(row, fields) for row in value] if isinstance(value, list | tuple) else value


def _row(row: Any, fields: set[str]) -> Any:
    if not isinstance(row, Mapping):
        return _finite(row)
    return {name: _wall_clock(cell) if name in fields else _finite(cell) for name, cell in row.items()}


def _wall_clock(value: Any) -> Any:
    text = value.isoformat() if isinstance(value, date) else value
    match = MOMENT.fullmatch(text) if isinstance(text, str) else None
    return f"{match[1]}T{match[2]}Z" if match else text


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_ticks(view: Mapping[str, Any], rows: list[Mapping[str, Any]], locale: str) -> None:
    """Give a time axis a short, constant form of date where its author left it to Vega, which mixes several."""
    axis = _channel(view, "x")
    guide = axis.get("axis", {})
    if axis.get("type") != "temporal" or not isinstance(guide, Mapping) or "format" in guide:
        return
    unit = axis.get("timeUnit")
    if isinstance(unit, str) and unit in UNITS:
        axis["axis"] = {"format": _in_language(UNITS[unit], locale), **guide}
        return
    name = _unescaped(str(axis.get("field")))
    moments = [moment for row in rows if (moment := _moment(row.get(name))) is not None]
    if moments and unit is None:
        span = max(moments) - min(moments)
        are_days = timedelta() < span and all(moment.time() == time.min for moment in moments)
        form = next(form for longest, form in TICKS if span <= longest and (not are_days or longest > TICKS[2][0]))
        axis["axis"] = {"format": _in_language(form, locale), **_sparse(span, are_days=are_days), **guide}


def _in_language(form: str, locale: str) -> str:
    """*form*, an English order of a date, in the order of *locale*; names of months are put in by d3."""
    language = find_locale(locale)
    orders = {"%-d %b %Y": language.day_short, "%-d %b": language.day_month, "%b %Y": language.month_of_year_short}
    english = next((order for order in orders if order in form), None)
    if english is None:
        return form
    return form.replace(english, orders[english].replace("%", "%%").format(**DIRECTIVES))


def _tilt_labels(spec: Mapping[str, Any], view: Mapping[str, Any], rows: list[Mapping[str, Any]], width: float) -> None:
    """Turn the labels below columns that would not find room beside each other; Vega would leave most of them out."""
    axis = _channel(view, "x")
    guide = axis.get("axis", {})
    if axis.get("type") not in DISCRETE or not isinstance(guide, Mapping) or "field" not in axis:
        return
    name = _unescaped(str(axis["field"]))
    labels = {str(row.get(name)) for row in rows}
    widest = min(LABEL_LIMIT, max(map(_label_width, labels), default=0))
    if widest > (width - AXIS_WIDTH) / max(1, len(labels)):
        # What makes other labels than the data has leaves their number open.
        is_known = "transform" not in spec.keys() | view.keys() and not {"timeUnit", "bin", "scale"} & axis.keys()
        axis["axis"] = {"labelLimit": LABEL_LIMIT, **_turned(widest, len(labels), width, is_known=is_known), **guide}


def _turned(widest: float, count: int, width: float, *, is_known: bool) -> dict[str, Any]:
    """How *count* labels stand below an axis that has no room for all of them beside each other.

    All of them slanted, all of them upright, or every second, third … of them. Vega itself compares the boxes around
    turned labels, which overlap long before their letters do, and would leave most of them out.
    """
    upright = (width - AXIS_WIDTH) / count
    if widest <= SHORT_LABEL:
        return {"labelAngle": 0, **_thinned((widest + LABEL_GAP) / upright, count, is_known=is_known)}
    slanted = (width - max(AXIS_WIDTH, widest * math.cos(math.radians(SLANT)))) / count
    if upright >= UPRIGHT_LINE and slanted < SLANTED_LINE:
        return {"labelAngle": -90, "labelOverlap": False}
    return {"labelAngle": -SLANT, **_thinned(SLANTED_LINE / slanted, count, is_known=is_known)}


def _thinned(lines: float, count: int, *, is_known: bool) -> dict[str, Any]:
    """Every so many of *count* labels, of which one takes the room of *lines*."""
    step = math.ceil(lines)
    if step <= 1 or not is_known:
        return {"labelOverlap": step > 1}
    return {"labelExpr": f"round(datum.index * {count - 1}) % {step} ? '' : datum.label", "labelOverlap": False}


def _label_width(label: str) -> float:
    """About how wide *label* is, in CSS pixels."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in label)
    return LETTER_WIDTH * (len(label) + wide * 0.8)


def _shorten_labels(view: Mapping[str, Any], width: float) -> None:
    """Leave bars more room than their names on a narrow screen."""
    axis = _channel(view, "y")
    guide = axis.get("axis", {})
    if width < NARROW and axis.get("type") in DISCRETE and isinstance(guide, Mapping):
        axis["axis"] = {"labelLimit": round(width * NARROW_LABELS), **guide}


def _unescaped(field: str) -> str:
    """The column that a field names: Vega-Lite has dots and brackets in names behind a backslash."""
    return re.sub(r"\\(.)", r"\1", field)


def _sparse(span: timedelta, *, are_days: bool) -> dict[str, Any]:
    """Never more ticks than days: the same date would stand under two of them, and days have no hours between them."""
    is_short = span <= timedelta(days=8) and (are_days or span > timedelta(days=4))
    return {"tickCount": {"interval": "day", "step": 1}} if is_short else {}


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return None


def _ungroup(node: Any, locale: Locale) -> None:
    """Write 1234 without a separator beside axes and in legends, where the language does: d3 groups from 1.234 on."""
    if isinstance(node, list):
        for item in node:
            _ungroup(item, locale)
    elif isinstance(node, dict):
        for channel, definition in _mapping(node.get("encoding")).items():
            if _is_number(definition):
                guide = definition.setdefault("axis" if channel in {"x", "y"} else "legend", {})
                if isinstance(guide, dict):
                    guide.setdefault("labelExpr", _ungrouped(locale))
        for key, value in node.items():
            if key not in DATA_KEYS:
                _ungroup(value, locale)


def _is_number(definition: Any) -> bool:
    channel = _mapping(definition)
    return channel.get("type") == "quantitative" and "value" not in channel and "datum" not in channel


def _ungrouped(locale: Locale) -> str:
    lone = f"^(\\D*\\d){re.escape(locale.group)}(\\d{{3}})(?!\\d|{re.escape(locale.group)}\\d)"
    return f"replace(datum.label, regexp({json.dumps(lone)}), '$1$2')"


# ---- legend and size ------------------------------------------------------------------------------------------------


def _place_legend(spec: dict[str, Any], rows: list[Mapping[str, Any]], width: float) -> None:
    """Keep the legend clear of the axis title below it, in as many lines as it needs: Vega uses only one."""
    colour = _channel(spec, "color")
    guide = colour.get("legend", {})
    if not isinstance(guide, Mapping) or "field" not in colour:
        return
    if _mark(spec) == "arc":
        colour["legend"] = {**BESIDE, **guide}
        _make_room(spec, colour, rows)
        return
    clear = {"offset": TITLE_HEIGHT + 14} if _has_title_above(spec) else {}
    broken = _columns(colour, rows, width) if colour.get("type") in DISCRETE else {}
    colour["legend"] = {**clear, **broken, **guide}


def _make_room(spec: dict[str, Any], colour: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> None:
    """Let the picture be as high as the legend beside it, which would be cut off."""
    name = _unescaped(str(colour.get("field")))
    entries = min(MOST_ENTRIES, len({str(row.get(name)) for row in rows}))
    height = spec.get("height", theme.CHART_HEIGHT)
    if isinstance(height, int | float):
        spec["height"] = max(height, ENTRY_HEIGHT * entries)


def _columns(colour: Mapping[str, Any], rows: list[Mapping[str, Any]], width: float) -> dict[str, int]:
    name = _unescaped(str(colour.get("field")))
    labels = {str(row.get(name)) for row in rows}
    entry = 34 + 6.4 * min(30, max(map(len, labels), default=0))
    title = 10 * len(str(colour.get("title") or ""))
    columns = max(1, int((width - title) // entry))
    return {"columns": columns} if columns < len(labels) else {}


def _mark(spec: Mapping[str, Any]) -> Any:
    mark = spec.get("mark")
    return mark.get("type") if isinstance(mark, Mapping) else mark


def _has_title_above(spec: Mapping[str, Any]) -> bool:
    axes = [_channel(view, "y") for view in _views(spec)]
    return any(axis and axis.get("title", "name") not in {None, ""} for axis in axes)


def _fitted(spec: dict[str, Any], width: float) -> dict[str, Any]:
    """The specification filling the width, unless its author gave a size or it is drawn several times."""
    encoding = _mapping(spec.get("encoding"))
    if any(channel in encoding for channel in ("row", "column", "facet")):
        return spec
    # Tuples, not sets: a step is a mapping, which no set can be asked for.
    if spec.get("width") in (None, "container"):
        spec["width"] = round(width)
    if spec.get("height") in (None, "container"):
        is_list = _channel(spec, "y").get("type") in DISCRETE
        spec["height"] = {"step": theme.BAR_STEP} if is_list else theme.CHART_HEIGHT
    kind = "fit-x" if isinstance(spec["height"], Mapping) else "fit"
    spec.setdefault("autosize", {"type": kind, "contains": "padding"})
    return spec
