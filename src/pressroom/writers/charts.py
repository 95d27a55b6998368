"""Charts: a Vega-Lite specification becomes an SVG picture, and that picture a PNG; nothing is ever fetched.

The same specification gives the same picture on every machine: Inter is registered, times are shown as the wall clock
they were given as, whatever zone the process runs in, and numbers follow the report's locale.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from types import ModuleType
from typing import Any, Final

from pressroom.document import Chart
from pressroom.errors import RenderError
from pressroom.writers import theme

PNG_SCALE: Final = 2
CSS_PIXELS_PER_INCH: Final = 96

# `url` is data or an image to fetch, `href` a link to follow, both from text that may come out of a database.
FORBIDDEN_KEYS: Final = ("url", "href")
DATA_KEYS: Final = ("values", "datasets")
D3_LOCALES: Final = {
    "cs": "cs-CZ", "da": "da-DK", "de": "de-DE", "es": "es-ES", "fr": "fr-FR", "it": "it-IT", "ja": "ja-JP",
    "nl": "nl-NL", "pl": "pl-PL", "pt": "pt-BR", "sv": "sv-SE", "zh": "zh-CN",
}  # fmt: skip
MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|[+-]\d\d:?\d\d)?")
IDENTIFIER: Final = re.compile(r'(\bid="|url\(#|href="#)([^")]+)')
SIZE: Final = re.compile(r'<svg[^>]*\bwidth="([\d.]+)"[^>]*\bheight="([\d.]+)"')


def svg(chart: Chart, locale: str) -> str:
    """The picture of *chart* as SVG with text kept as text; RenderError when it is no valid Vega-Lite."""
    refuse_foreign(chart.spec, chart.id)
    specification = json.dumps(_prepared(chart.spec), ensure_ascii=False, allow_nan=False, default=_plain)
    picture = _converted(specification, D3_LOCALES.get(locale.partition("-")[0].lower(), "en-US"), chart.id)
    # Several pictures stand in one page, and Vega counts its clip paths and gradients from zero in each.
    return IDENTIFIER.sub(lambda match: f"{match[1]}{chart.id}-{match[2]}", picture)


def png(chart: Chart, locale: str) -> bytes:
    """The picture of *chart* on white, two pixels for each of CSS, so that it is sharp on dense screens."""
    return _rasterised(svg(chart, locale))


def size(picture: str) -> tuple[float, float]:
    """Width and height of an SVG picture in CSS pixels."""
    found = SIZE.search(picture)
    return (float(found[1]), float(found[2])) if found else (theme.CHART_WIDTH, theme.CHART_HEIGHT)


def refuse_foreign(spec: Mapping[str, Any], where: str) -> None:
    """Raise RenderError if *spec* would load anything from outside itself or link to something."""
    for key, value in _entries(spec):
        if key in FORBIDDEN_KEYS:
            raise RenderError(
                f"Chart {where} has {key!r} in its specification; charts neither fetch nor link.",
                remedy="Give the data by a query.",
                code="chart_foreign",
            )
        if key in {"mark", "type"} and value == "image":
            raise RenderError(
                f"Chart {where} uses image marks, which would be fetched.",
                remedy="Use another mark, for example point or text.",
                code="chart_foreign",
            )


def _entries(node: Any) -> Iterator[tuple[str, Any]]:
    """All keys and values of the specification, the rows of its data left out."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield key, value
            if key not in DATA_KEYS:
                yield from _entries(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _entries(item)


# ---- the same picture everywhere ------------------------------------------------------------------------------------


def _prepared(spec: Mapping[str, Any]) -> dict[str, Any]:
    fields = {str(name) for name in _temporal_fields(spec)}
    prepared = _in_utc(spec, fields)
    assert isinstance(prepared, dict)
    return _with_legend_columns(_fitted(prepared))


def _temporal_fields(node: Any) -> Iterator[Any]:
    if isinstance(node, Mapping):
        if "field" in node and (node.get("type") == "temporal" or "timeUnit" in node):
            yield node["field"]
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
        return _plain_number(node)
    done = {
        key: _rows(value, fields) if key in DATA_KEYS else _in_utc(value, fields, key) for key, value in node.items()
    }
    unit = done.get("timeUnit")
    if isinstance(unit, str) and not unit.startswith("utc"):
        done["timeUnit"] = f"utc{unit}"
    if channel in {"x", "y"} and done.get("type") == "temporal" and done.get("scale", {}) is not None:
        done["scale"] = {"type": "utc", **done.get("scale", {})}
    return done


def _rows(value: Any, fields: set[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _rows(item, fields) for key, item in value.items()}
    if not isinstance(value, list | tuple):
        return value
    return [
        {name: _wall_clock(cell) if name in fields else _plain_number(cell) for name, cell in row.items()}
        if isinstance(row, Mapping)
        else row
        for row in value
    ]


def _wall_clock(value: Any) -> Any:
    text = value.isoformat() if isinstance(value, date) else value
    match = MOMENT.fullmatch(text) if isinstance(text, str) else None
    return f"{match[1]}T{match[2]}Z" if match else text


def _plain_number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: Any) -> Any:
    """What JSON does not know: a decimal as a number (a picture has no use for its last digits), a date as ISO text."""
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


# ---- size and legend ------------------------------------------------------------------------------------------------


def _fitted(spec: dict[str, Any]) -> dict[str, Any]:
    """The specification filling the width of the page, unless its author gave a size or it has several views."""
    if "mark" not in spec and "layer" not in spec or any(key in spec for key in ("facet", "repeat")):
        return spec
    encoding = spec.get("encoding", {})
    if any(channel in encoding for channel in ("row", "column", "facet")):
        return spec
    if spec.get("width") in {None, "container"}:
        spec["width"] = theme.CHART_WIDTH
    discrete = encoding.get("y", {}).get("type") in {"nominal", "ordinal"}
    if spec.get("height") in (None, "container"):  # a tuple: a step is a mapping, which no set can hold
        spec["height"] = {"step": theme.BAR_STEP} if discrete else theme.CHART_HEIGHT
    kind = "fit-x" if isinstance(spec["height"], Mapping) else "fit"
    spec.setdefault("autosize", {"type": kind, "contains": "padding"})
    return spec


def _with_legend_columns(spec: dict[str, Any]) -> dict[str, Any]:
    """A legend above the picture broken into as many rows as it needs: Vega draws it on one and lets it run out."""
    colour = spec.get("encoding", {}).get("color", {})
    rows = spec.get("data", {}).get("values", [])
    if not isinstance(colour, dict) or "field" not in colour or colour.get("type") in {"quantitative", "temporal"}:
        return spec
    labels = {str(row.get(colour["field"])) for row in rows if isinstance(row, Mapping)}
    if not labels or colour.get("legend", {}) is None:
        return spec
    entry = 34 + 6.4 * min(30, max(len(label) for label in labels))
    columns = max(1, int(theme.CHART_WIDTH // entry))
    if columns < len(labels):
        colour["legend"] = {"columns": columns, **colour.get("legend", {})}
    return spec


# ---- conversion -----------------------------------------------------------------------------------------------------


@cache
def _converter() -> ModuleType:
    import vl_convert

    # Without this all text vanishes from the picture, and nothing says so.
    vl_convert.register_font_directory(str(theme.font_folder()))
    return vl_convert


@lru_cache(maxsize=16)
def _converted(specification: str, locale: str, where: str) -> str:
    # `allowed_base_urls` is the second lock: `refuse_foreign` is the first.
    try:
        picture: str = _converter().vegalite_to_svg(
            specification, config=theme.vega_config(), format_locale=locale, allowed_base_urls=[]
        )
    except ValueError as error:
        reason = str(error).splitlines()[1:2] or [str(error)]
        raise RenderError(
            f"Chart {where} is not a valid Vega-Lite specification: {reason[0].strip()}",
            remedy="Compare it with https://vega.github.io/vega-lite/docs/.",
            code="chart",
        ) from error
    return picture


@lru_cache(maxsize=16)
def _rasterised(picture: str) -> bytes:
    from pressroom.writers.pdf_typst import compile_png

    source = '#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image("chart.svg")\n'
    return compile_png(source, {"chart.svg": picture.encode()}, ppi=CSS_PIXELS_PER_INCH * PNG_SCALE)
