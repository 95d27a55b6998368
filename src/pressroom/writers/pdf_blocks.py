"""A document's blocks as the values that the Typst program of the PDF reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pressroom.document import (
    Block,
    Chart,
    Document,
    Heading,
    Kpis,
    ListItem,
    Notice,
    PageBreak,
    Paragraph,
    Quote,
    Results,
    Rule,
    Span,
    Spans,
    Table,
    TextList,
    Tile,
)
from pressroom.writers import charts
from pressroom.writers.pdf_layout import INSET, Page, Panel, breakable, panels, text_width
from pressroom.writers.shown import ShownTable, clean, link_of, one_line, shown_table

POINTS_PER_PIXEL: Final = 0.75
MARGINS: Final = 2 * 18 * 72 / 25.4  # points, left and right together
PAPERS: Final = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}
TILE_GUTTER: Final = 9.0
TILE_INSETS: Final = 22.0
TILE_SIZES: Final = (17.0, 15.0, 13.0, 11.0, 9.0)
# At about 13 kB for each cell a table of so many is set in 80 MB; longer ones are divided.
CELLS_IN_ONE_TABLE: Final = 6_000


@dataclass
class Press:
    """Makes the values of all blocks, and beside them the pictures that they name."""

    document: Document
    results: Results
    pictures: dict[str, bytes] = field(default_factory=dict)
    _depth: int = 0

    @property
    def page(self) -> Page:
        short, long = PAPERS.get(self.document.page, PAPERS["a4"])
        if self.document.landscape:
            return Page(long - MARGINS, long - MARGINS, is_landscape=True)
        return Page(short - MARGINS, long - MARGINS)

    def blocks(self) -> list[dict[str, Any]]:
        """The values of all blocks in order; a long or wide table becomes several."""
        return [value for block in self.document.blocks for value in self._values(block)]

    def _values(self, block: Block) -> Iterator[dict[str, Any]]:
        match block:
            case Table():
                yield from self._table(block)
            case Chart():
                yield self._chart(block)
            case Kpis():
                yield from _kpis(block, self.page.width)
            case Heading():
                yield {"kind": "heading", "level": self._level(block.level), "spans": _spans(block.spans)}
            case Paragraph() | Quote() as prose:
                yield {"kind": "quote" if isinstance(prose, Quote) else "paragraph", "spans": _spans(prose.spans)}
            case TextList():
                yield {"kind": "list", "ordered": block.ordered, "items": _tree(list(block.items))}
            case Notice():
                yield {"kind": "notice", "text": clean(block.text)}
            case Rule():
                yield {"kind": "rule"}
            case PageBreak():
                yield {"kind": "page-break"}

    def _level(self, level: int) -> int:
        """The level a reader's software needs: it must begin at 1 and never skip one on its way down (PDF/UA-1)."""
        self._depth = max(1, min(level, self._depth + 1, 4))
        return self._depth

    def _chart(self, chart: Chart) -> dict[str, Any]:
        name = f"{len(self.pictures) + 1}.svg"
        picture = charts.svg(chart, self.document.locale)
        self.pictures[name] = picture.encode()
        return {
            "kind": "chart",
            "file": name,
            "title": one_line(chart.title),
            "alt": one_line(chart.alt) or one_line(chart.title) or "Chart",
            "width": round(min(self.page.width, charts.size(picture)[0] * POINTS_PER_PIXEL), 2),
            "notes": [one_line(chart.note)] if chart.note else [],
        }

    def _table(self, table: Table) -> Iterator[dict[str, Any]]:
        shown = shown_table(table, self.results, self.document.locale)
        for panel in panels(shown, self.page):
            step = max(1, CELLS_IN_ONE_TABLE // len(panel.columns))
            starts = range(0, max(1, len(shown.rows)), step)
            for start in starts:
                piece = replace(shown, rows=shown.rows[start : start + step])
                yield _panel(piece, panel, is_first=start == 0, is_last=start == starts[-1])


def _panel(shown: ShownTable, panel: Panel, *, is_first: bool, is_last: bool) -> dict[str, Any]:
    title = " · ".join(part for part in (shown.title, panel.part) if part)

    def picked(cells: Sequence[str]) -> list[str]:
        pairs = zip(panel.columns, panel.widths, strict=True)
        return [breakable(cells[column], width, panel.size) for column, width in pairs]

    return {
        "kind": "table",
        "title": title if is_first else "",
        "turned": panel.is_turned,
        "size": panel.size,
        "inset": INSET,
        "widths": [round(width, 2) for width in panel.widths],
        "numeric": [index for index, column in enumerate(panel.columns) if shown.numeric[column]],
        "labels": picked(shown.labels),
        "rows": [picked(row) for row in shown.rows],
        "totals": picked(shown.totals) if shown.totals and is_last else None,
        "notes": list(shown.notes) if is_last else [],
    }


def _spans(spans: Spans) -> list[dict[str, Any]]:
    return [_span(span) for span in spans] or [_span(Span(""))]


def _span(span: Span) -> dict[str, Any]:
    return {
        "text": clean(span.text),
        "bold": span.bold,
        "italic": span.italic,
        "code": span.code,
        "strike": span.strike,
        "link": link_of(span),
    }


def _tree(items: list[ListItem], level: int = 0) -> list[dict[str, Any]]:
    """Items with the deeper ones that follow them as their children."""
    branches: list[dict[str, Any]] = []
    while items and items[0].level >= level:
        item = items.pop(0)
        deeper = items[0].level if items else 0
        branches.append({"spans": _spans(item.spans), "children": _tree(items, deeper) if deeper > item.level else []})
    return branches


def _kpis(block: Kpis, width: float) -> Iterator[dict[str, Any]]:
    if not block.tiles:
        return
    columns = _tile_columns(len(block.tiles))
    room = (width - TILE_GUTTER * (columns - 1)) / columns - TILE_INSETS
    size = min(_tile_size(one_line(tile.text), room) for tile in block.tiles)
    tiles = [_tile(tile, size) for tile in block.tiles]
    groups = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    yield {"kind": "kpis", "columns": columns, "groups": groups}


def _tile_columns(count: int) -> int:
    """Four tiles in a row at most, and no row with a single one left over."""
    if count <= 4:
        return count
    return 3 if count % 4 == 1 or count in {6, 9} else 4


def _tile_size(text: str, room: float) -> float:
    return next((size for size in TILE_SIZES if text_width(text, size) * 1.05 <= room), TILE_SIZES[-1])


def _tile(tile: Tile, size: float) -> dict[str, Any]:
    return {
        "label": one_line(tile.label),
        "text": one_line(tile.text),
        "size": size,
        "delta": one_line(tile.delta),
        "tone": tile.delta_tone.value,
        "caption": one_line(tile.caption),
    }
