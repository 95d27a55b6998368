"""Charts: a Vega-Lite specification becomes an SVG picture, and that picture a PNG; nothing is ever fetched.

The same specification gives the same picture on every machine: Inter is registered, times are shown as the wall clock
they were given as, whatever zone the process runs in, and numbers follow the report's locale.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from pressroom.document import Chart
from pressroom.errors import RenderError
from pressroom.formats import money_sides, read_format
from pressroom.locales import Locale, find_locale
from pressroom.pictures import MAX_PIXELS, MAX_SIDE
from pressroom.writers import charts_faults, charts_labels, fonts, theme
from pressroom.writers.charts_spec import DATA_KEYS, prepared
from pressroom.writers.charts_text import drawable
from pressroom.writers.theme import PLAIN, Look

PNG_SCALE: Final = 2
CSS_PIXELS_PER_INCH: Final = 96

# `url` is data or an image to fetch, `href` a link to follow, both from text that may come out of a database.
FORBIDDEN_KEYS: Final = ("url", "href")
PNG_PROGRAM: Final = """\
#import "labels.typ": labelled
#let d = json("labels.json")
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#labelled(image("chart.svg"), d.labels, d.families, .75pt)
"""
# Converts a specification, given a locale, a currency and a configuration; None when it does not, ValueError when nobody could.
Drawing = Callable[[str, str, str, Mapping[str, Any]], str | None]
# Who is asked first for charts set in Inter alone, for instance a process that has V8 running.
ELSEWHERE: Final[ContextVar[Drawing | None]] = ContextVar("elsewhere", default=None)
IDENTIFIER: Final = re.compile(r'(\bid="|url\(#|href="#)([^")]+)')
SIZE: Final = re.compile(r'<svg[^>]*\bwidth="([\d.e+]+)"[^>]*\bheight="([\d.e+]+)"')


def svg(chart: Chart, locale: str, look: Look = PLAIN, *, width: float = theme.CHART_WIDTH) -> str:
    """The picture of *chart* as SVG with text kept as text; RenderError when it is no valid Vega-Lite.

    *width* is that of the room in CSS pixels; a chart whose author gave a width keeps it.
    """
    try:
        refuse_foreign(chart.spec, chart.id)
        specification = json.dumps(
            prepared(chart.spec, width, locale), ensure_ascii=False, allow_nan=False, default=_plain
        )
        picture = _converted(specification, locale, currency_of(chart), chart.id, look)
    except RenderError as error:
        error.place = error.place or charts_faults.place_of(chart, str(error.__cause__ or ""), _draws) or chart.place
        raise
    # Several pictures stand in one page, and Vega counts its clip paths and gradients from zero in each.
    return IDENTIFIER.sub(lambda match: f"{match[1]}{chart.id}-{match[2]}", picture)


def png(
    chart: Chart, locale: str, look: Look = PLAIN, *, width: float = theme.CHART_WIDTH, shown: float | None = None
) -> bytes:
    """The picture of *chart* on white, two pixels for each of CSS that it is *shown* wide, so that it is sharp on dense screens."""
    return _rasterised(svg(chart, locale, look, width=width), locale, look, (shown or width) / width)


def has_own_width(chart: Chart) -> bool:
    """Whether its author said how wide *chart* is."""
    return isinstance(chart.spec.get("width"), int | float | dict)


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


# ---- conversion -----------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    """What JSON does not know: a decimal as a number (a picture has no use for its last digits), a date as ISO text."""
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    return value.isoformat() if isinstance(value, date) else str(value)


@cache
def _converter(folder: Path | None, *, beyond_inter: bool) -> ModuleType:
    import vl_convert

    # Without Inter all text vanishes from the picture, and nothing says so; without the others labels are measured wrong.
    for path in [*theme.font_folders(folder), *(fonts.noto_folders() if beyond_inter else [])]:
        vl_convert.register_font_directory(str(path))
    return vl_convert


def currency_of(chart: Chart) -> str:
    """What a `$` in its formats stands for: the currency of the chart's own format, US dollars without one."""
    return (read_format(chart.format).currency if chart.format else "") or "USD"


def _numbers_of(locale: Locale, currency: str) -> dict[str, Any]:
    """How d3 writes numbers as the rest of the report does."""
    groups = [3, *[2] * 9] if locale.has_lakhs else [3]
    return {
        "decimal": locale.decimal, "thousands": locale.group, "grouping": groups, "currency": money_sides(currency, locale),
        "percent": locale.percent[1] or "%", "minus": "\u2212",
    }  # fmt: skip


def _dates_of(locale: Locale) -> dict[str, Any]:
    """The names by which d3 writes dates; its weeks begin on Sunday."""
    return {
        "dateTime": "%-d %b %Y, %H:%M:%S", "date": "%-d %b %Y", "time": "%H:%M:%S", "periods": ["AM", "PM"],
        "days": [locale.weekdays[-1], *locale.weekdays[:-1]], "shortDays": [locale.short_weekdays[-1], *locale.short_weekdays[:-1]],
        "months": list(locale.lone_months), "shortMonths": list(locale.short_months),
    }  # fmt: skip


def convert(
    specification: str,
    locale: str,
    currency: str,
    config: Mapping[str, Any],
    folder: Path | None = None,
    *,
    beyond_inter: bool = False,
) -> str:
    """The picture of a prepared *specification* as SVG; ValueError when it is no valid Vega-Lite."""
    text, back = drawable(specification)
    # `allowed_base_urls` is the second lock: `refuse_foreign` is the first.
    picture: str = _converter(folder, beyond_inter=beyond_inter).vegalite_to_svg(
        text,
        config=config,
        format_locale=_numbers_of(find_locale(locale), currency),
        time_format_locale=_dates_of(find_locale(locale)),
        allowed_base_urls=[],
    )
    return picture.translate(back)


def _drawn(specification: str, locale: str, currency: str, look: Look) -> str:
    beyond_inter, config = fonts.is_beyond_inter(specification), theme.vega_config(look)
    elsewhere = ELSEWHERE.get()
    # Fonts once registered change how later charts are measured: those that need others are drawn here.
    if elsewhere is not None and look.fonts is None and not beyond_inter:
        picture = elsewhere(specification, locale, currency, config)
        if picture is not None:
            return picture
    return convert(specification, locale, currency, config, look.fonts, beyond_inter=beyond_inter)


@lru_cache(maxsize=32)  # a page, a phone and a mail each have their own picture
def _converted(specification: str, locale: str, currency: str, where: str, look: Look) -> str:
    try:
        picture = _drawn(specification, locale, currency, look)
    except ValueError as error:
        raise _invalid(where, charts_faults.reason_of(str(error))) from error
    across, down = size(picture)
    if min(across, down) <= 0:
        raise _invalid(where, "it draws nothing.")
    if max(across, down) > MAX_SIDE or across * down > MAX_PIXELS:
        raise RenderError(
            f"Chart {where} would be {across:,.0f} by {down:,.0f} pixels.",
            remedy=f"At most {MAX_SIDE:,} a side and {MAX_PIXELS:,} in all: give it another width, height or step.",
            code="chart",
        )
    return picture


def _draws(spec: Mapping[str, Any]) -> bool:
    """Whether the engine takes *spec*; a name that it does not know may be one of another part."""
    try:
        convert(json.dumps(spec), "en", "", {})
    except ValueError as error:
        return charts_faults.is_of_a_name(str(error))
    return True


def _invalid(where: str, reason: str) -> RenderError:
    return RenderError(
        f"Chart {where} is not a valid Vega-Lite specification: {reason.rstrip('.')}.",
        remedy="Compare it with https://vega.github.io/vega-lite/docs/.",
        code="chart",
    )


@lru_cache(maxsize=16)
def _rasterised(picture: str, locale: str, look: Look = PLAIN, enlarged: float = 1.0) -> bytes:
    from pressroom.writers.pdf_typst import compile_png, fonts_of

    drawn, labels = charts_labels.separated(picture)
    families = fonts.families(picture, locale, look.family)
    files = {
        "chart.svg": drawn.encode(),
        "labels.json": json.dumps({"labels": labels, "families": families}, ensure_ascii=False).encode(),
        "labels.typ": theme.template("labels.typ").encode(),
    }
    ppi = CSS_PIXELS_PER_INCH * PNG_SCALE * enlarged
    return compile_png(PNG_PROGRAM, files, ppi=ppi, fonts=fonts_of(look.fonts, beyond_inter=bool(labels)))
