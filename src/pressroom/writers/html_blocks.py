"""A document's blocks as the values that the HTML templates read, for the page and for the e-mail."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import jinja2

from pressroom.document import Block, Chart, Document, Heading, Kpis, Results, Table
from pressroom.writers.shown import one_line
from pressroom.writers.shown_blocks import prose_value, rows_of_tiles, spans
from pressroom.writers.shown_tables import shown_table

Picture = Callable[[Chart], str]
HTML_HEADING_LEVELS: Final = (2, 5)  # h1 is the report's title


@cache
def environment() -> jinja2.Environment:
    """The templates of this package; values are escaped and a misspelt name is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("pressroom.writers", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def values(document: Document, results: Results, picture: Picture, *, limit: int | None = None) -> list[dict[str, Any]]:
    """The blocks of *document* in order; *picture* says what stands for a chart, *limit* caps the rows of a table."""
    made = [_value(block, document, results, picture, limit) for block in document.blocks]
    return [value for value in made if value]


def _value(block: Block, document: Document, results: Results, picture: Picture, limit: int | None) -> dict[str, Any]:
    match block:
        case Table():
            return {"kind": "table", "table": shown_table(block, results, document.locale, limit)}
        case Chart():
            return _chart(block, picture)
        case Kpis():
            return {"kind": "kpis", "rows": rows_of_tiles(block)}
        case Heading():
            low, high = HTML_HEADING_LEVELS
            return {"kind": "heading", "level": min(high, max(low, block.level + 1)), "spans": spans(block.spans)}
    return prose_value(block)  # a page break is none, and means nothing on a screen


def _chart(chart: Chart, picture: Picture) -> dict[str, Any]:
    return {
        "kind": "chart",
        "title": one_line(chart.title),
        "alt": one_line(chart.alt) or one_line(chart.title),
        "note": one_line(chart.note),
        "picture": picture(chart),
    }
