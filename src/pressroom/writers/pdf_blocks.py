"""A document's blocks as the values that the Typst program of the PDF reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pressroom.document import Block, Chart, Document, Heading, Kpis, PageBreak, Results, Table
from pressroom.writers import charts
from pressroom.writers.pdf_layout import INSET, Page, Panel, breakable, panels, text_width
from pressroom.writers.shown import ShownTable, one_line, shown_table
from pressroom.writers.shown_blocks import prose_value, rows_of_tiles, spans

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
                if block.tiles:
                    yield _kpis(block, self.page.width)
            case Heading():
                yield {"kind": "heading", "level": self._level(block.level), "spans": spans(block.spans)}
            case PageBreak():
                yield {"kind": "page-break"}
            case _:
                yield prose_value(block)

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
            "width": round(self._chart_width(picture), 2),
            "notes": [one_line(chart.note)] if chart.note else [],
        }

    def _chart_width(self, picture: str) -> float:
        """Its own width in points; what nearly fills the page, or would run over its edge, fills it."""
        width = charts.size(picture)[0] * POINTS_PER_PIXEL
        return self.page.width if width > 0.95 * self.page.width else width

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


def _kpis(block: Kpis, width: float) -> dict[str, Any]:
    groups = rows_of_tiles(block)
    columns = len(groups[0])
    room = (width - TILE_GUTTER * (columns - 1)) / columns - TILE_INSETS
    size = min(_tile_size(tile["text"], room) for group in groups for tile in group)
    return {"kind": "kpis", "columns": columns, "size": size, "groups": groups}


def _tile_size(text: str, room: float) -> float:
    return next((size for size in TILE_SIZES if text_width(text, size) * 1.05 <= room), TILE_SIZES[-1])
