"""A document's blocks as the values that the HTML templates read, for the page and for the e-mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import jinja2

from pressroom.document import (
    Block,
    Chart,
    Document,
    Heading,
    Kpis,
    ListItem,
    Notice,
    Paragraph,
    Quote,
    Results,
    Rule,
    Span,
    Table,
    TextList,
    Tile,
)
from pressroom.writers.shown import clean, link_of, one_line, shown_table

Picture = Callable[[Chart], str]
HTML_HEADING_LEVELS: Final = (2, 5)  # h1 is the report's title
TILES_IN_A_ROW: Final = 4


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
            return {"kind": "kpis", "rows": _rows_of_tiles(block.tiles)}
        case Heading():
            low, high = HTML_HEADING_LEVELS
            return {"kind": "heading", "level": min(high, max(low, block.level + 1)), "spans": _spans(block.spans)}
        case Paragraph():
            return {"kind": "paragraph", "spans": _spans(block.spans)}
        case Quote():
            return {"kind": "quote", "spans": _spans(block.spans)}
        case TextList():
            return {"kind": "list", "ordered": block.ordered, "items": tree(block.items)}
        case Notice():
            return {"kind": "notice", "text": clean(block.text)}
        case Rule():
            return {"kind": "rule"}
    return {}  # a page break means nothing on a screen


def _chart(chart: Chart, picture: Picture) -> dict[str, Any]:
    return {
        "kind": "chart",
        "title": one_line(chart.title),
        "alt": one_line(chart.alt) or one_line(chart.title),
        "note": one_line(chart.note),
        "picture": picture(chart),
    }


def _rows_of_tiles(tiles: Sequence[Tile]) -> list[list[dict[str, str]]]:
    shown = [
        {
            "label": one_line(tile.label),
            "text": one_line(tile.text),
            "delta": one_line(tile.delta),
            "tone": tile.delta_tone.value,
            "caption": one_line(tile.caption),
        }
        for tile in tiles
    ]
    count = len(shown)
    columns = 3 if count > TILES_IN_A_ROW and (count % 4 == 1 or count in {6, 9}) else TILES_IN_A_ROW
    return [shown[start : start + columns] for start in range(0, count, columns)]


def _spans(spans: Sequence[Span]) -> list[dict[str, Any]]:
    return [
        {
            "text": clean(span.text),
            "bold": span.bold,
            "italic": span.italic,
            "code": span.code,
            "strike": span.strike,
            "link": link_of(span),
        }
        for span in spans
    ]


def tree(items: Sequence[ListItem]) -> list[dict[str, Any]]:
    """Items with the deeper ones that follow them as their children."""
    root: list[dict[str, Any]] = []
    open_lists: list[tuple[int, list[dict[str, Any]]]] = [(items[0].level if items else 0, root)]
    for item in items:
        while len(open_lists) > 1 and item.level < open_lists[-1][0]:
            open_lists.pop()
        level, siblings = open_lists[-1]
        if item.level > level and siblings:
            siblings = siblings[-1]["children"]
            open_lists.append((item.level, siblings))
        siblings.append({"spans": _spans(item.spans), "children": []})
    return root
