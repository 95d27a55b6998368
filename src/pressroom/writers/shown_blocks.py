"""The blocks of a document as plain values, the same for PDF, page and e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pressroom.document import (
    Block,
    Heading,
    Kpis,
    ListItem,
    Notice,
    Paragraph,
    Quote,
    Rule,
    Span,
    Target,
    TextList,
    Tile,
)
from pressroom.writers.shown import clean, link_of, one_line

TILES_IN_A_ROW: Final = 4
LOWEST_HEADING: Final = 4
FULL_WIDTH: Final = 658.0  # CSS pixels of the text on a page
NARROWEST_TILE: Final = 130.0


class HeadingLevels:
    """Levels as the software of a reader needs them: the first is 1, none is skipped on the way down (PDF/UA-1, WCAG 1.3.1).

    Neighbours of the same level keep the same one, whatever it is: most reports know only `##`.
    """

    def __init__(self) -> None:
        self._open: list[int] = []  # the author's levels, from the outermost heading to the last one

    def of(self, heading: Heading) -> int:
        """The level of the next heading."""
        while self._open and self._open[-1] >= heading.level:
            self._open.pop()
        self._open.append(heading.level)
        return min(len(self._open), LOWEST_HEADING)


def prose_value(block: Block) -> dict[str, Any]:
    """A block of words as values with its `kind`; empty for a block that is not one."""
    match block:
        case Paragraph():
            value: dict[str, Any] = {"kind": "paragraph", "spans": spans(block.spans)}
        case Quote():
            value = {"kind": "quote", "spans": spans(block.spans)}
        case TextList():
            value = {"kind": "list", "ordered": block.ordered, "items": tree(block.items)}
        case Notice():
            value = {"kind": "notice", "text": clean(block.text)}
        case Rule():
            value = {"kind": "rule"}
        case _:
            value = {}
    return value


def spans(run: Sequence[Span]) -> list[dict[str, Any]]:
    """Runs of text with their styles; a link that is not safe to follow becomes text."""
    return [
        {
            "text": clean(span.text),
            "bold": span.bold,
            "italic": span.italic,
            "code": span.code,
            "strike": span.strike,
            "link": link_of(span),
        }
        for span in run
    ]


def tree(items: Sequence[ListItem]) -> list[dict[str, Any]]:
    """Items of a list, each with the deeper ones that follow it as its children."""
    root: list[dict[str, Any]] = []
    lists: list[tuple[int, list[dict[str, Any]]]] = [(items[0].level if items else 0, root)]
    for item in items:
        while len(lists) > 1 and item.level < lists[-1][0]:
            lists.pop()
        level, siblings = lists[-1]
        if item.level > level and siblings:
            siblings = siblings[-1]["children"]
            lists.append((item.level, siblings))
        siblings.append({"spans": spans(item.spans), "children": []})
    return root


def rows_of_tiles(block: Kpis, width: float = FULL_WIDTH) -> list[list[dict[str, Any]]]:
    """Tiles in rows of at most four, and no row with a single one left over; fewer in a room of less *width*."""
    tiles = [_tile(tile) for tile in block.tiles]
    count = len(tiles)
    columns = 3 if count > TILES_IN_A_ROW and (count % TILES_IN_A_ROW == 1 or count in {6, 9}) else TILES_IN_A_ROW
    columns = min(columns, max(1, int(width // NARROWEST_TILE)))
    return [tiles[start : start + columns] for start in range(0, count, columns)]


def _tile(tile: Tile) -> dict[str, Any]:
    return {
        "label": one_line(tile.label),
        "text": one_line(tile.text),
        "word": max(map(len, one_line(tile.text).split(" "))),
        "delta": one_line(tile.delta),
        "tone": tile.delta_tone.value,
        "caption": one_line(tile.caption),
        "target": _target(tile.target) if tile.target else None,
        "spark": tile.spark,
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "text": one_line(target.text),
        "tone": target.tone.value,
        "filled": None if target.filled is None else round(target.filled, 4),
        "mark": None if target.mark is None else round(target.mark, 4),
    }
