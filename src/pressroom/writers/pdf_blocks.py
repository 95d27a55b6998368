"""A document's blocks as the values that the Typst program of the PDF reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pressroom.document import Block, Chart, Document, Heading, Kpis, PageBreak, Results, Table
from pressroom.writers import charts, theme
from pressroom.writers.pdf_layout import BAR_GAP, BAR_WIDTH, INSET, Page, Panel, breakable, panels, text_width
from pressroom.writers.shown import one_line
from pressroom.writers.shown_blocks import prose_value, rows_of_tiles, spans
from pressroom.writers.shown_tables import CellLook, RowKind, ShownRow, ShownTable, shown_table

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
                piece = replace(shown, rows=(*_continued(shown.rows, start), *shown.rows[start : start + step]))
                yield _panel(piece, panel, is_first=start == 0, is_last=start == starts[-1])


def _panel(shown: ShownTable, panel: Panel, *, is_first: bool, is_last: bool) -> dict[str, Any]:
    title = " · ".join(part for part in (shown.title, panel.part) if part)

    def picked(cells: Sequence[str]) -> list[str]:
        pairs = zip(panel.columns, panel.widths, strict=True)
        return [breakable(cells[column], width - _bar_room(shown, column), panel.size) for column, width in pairs]

    return {
        "kind": "table",
        "title": title if is_first else "",
        "turned": panel.is_turned,
        "size": panel.size,
        "inset": INSET,
        "bar-width": BAR_WIDTH,
        "figures": [_figure_width(shown, column, panel.size) for column in panel.columns],
        "widths": [round(width, 2) for width in panel.widths],
        "numeric": [index for index, column in enumerate(panel.columns) if shown.numeric[column]],
        "aligns": [shown.columns[column].align for column in panel.columns],
        "labels": picked(shown.labels),
        "grouped": shown.is_grouped,
        "rows": [_row(row, panel, picked) for row in shown.rows],
        "totals": picked(shown.totals) if shown.totals and is_last else None,
        "notes": list(shown.notes) if is_last else [],
    }


def _continued(rows: Sequence[ShownRow], start: int) -> list[ShownRow]:
    """The headings of the groups in which a piece of a table begins."""
    open_groups: dict[int, ShownRow] = {}
    for row in rows[: start + 1]:
        if row.kind is RowKind.GROUP:
            open_groups = {level: other for level, other in open_groups.items() if level < row.level} | {row.level: row}
    first = rows[start : start + 1]
    return [group for group in open_groups.values() if first and group is not first[0]]


def _figure_width(shown: ShownTable, column: int, size: float) -> float:
    """The room for the figures beside the bars of a column, so that all its bars end at one line."""
    if not shown.columns[column].has_bar:
        return 0.0
    texts = (row.cells[column] for row in shown.rows if row.kind is not RowKind.GROUP)
    return round(max((text_width(text, size) for text in texts), default=0.0) + BAR_GAP, 2)


def _bar_room(shown: ShownTable, column: int) -> float:
    return BAR_WIDTH + BAR_GAP if shown.columns[column].has_bar else 0.0


def _row(row: ShownRow, panel: Panel, picked: Callable[[Sequence[str]], list[str]]) -> Any:
    """A row as Typst takes it: a list of texts where nothing is set off, which is most of them."""
    if row.kind is RowKind.GROUP:
        return {"group": breakable(row.cells[0], sum(panel.widths), panel.size), "level": row.level}
    if row.kind is RowKind.SUBTOTAL:
        return {"subtotal": picked(row.cells), "level": row.level}
    texts = picked(row.cells)
    if not any(row.looks):
        return texts
    looks = [row.looks[column] for column in panel.columns]
    return [_cell(text, look) if look else text for text, look in zip(texts, looks, strict=True)]


def _cell(text: str, look: CellLook) -> dict[str, Any]:
    bar_colour = theme.MUTED if look.is_negative else theme.TONES[look.colour]
    return {
        "text": text,
        "tone": theme.TONES.get(look.tone),
        "fill": theme.shade(look.colour, look.shade) if look.shade else None,
        "bar": [round(part, 4) for part in look.bar] if look.bar else None,
        "colour": bar_colour,
    }


def _kpis(block: Kpis, width: float) -> dict[str, Any]:
    groups = rows_of_tiles(block)
    columns = len(groups[0])
    room = (width - TILE_GUTTER * (columns - 1)) / columns - TILE_INSETS
    size = min(_tile_size(tile["text"], room) for group in groups for tile in group)
    return {"kind": "kpis", "columns": columns, "size": size, "groups": groups}


def _tile_size(text: str, room: float) -> float:
    return next((size for size in TILE_SIZES if text_width(text, size) * 1.05 <= room), TILE_SIZES[-1])
