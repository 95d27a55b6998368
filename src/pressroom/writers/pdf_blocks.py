"""A document's blocks as the values that the Typst program of the PDF reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pressroom.appearance import PAPERS, Picture
from pressroom.document import (
    Block,
    Chart,
    Document,
    Heading,
    Image,
    Kpis,
    PageBreak,
    Results,
    SideBySide,
    Table,
    Together,
)
from pressroom.phrases import phrase
from pressroom.writers import charts, charts_labels, spark, theme
from pressroom.writers.directions import is_from_right, with_isolated
from pressroom.writers.headings import headings_of
from pressroom.writers.pdf_layout import BAR_GAP, BAR_WIDTH, INSET, Page, Panel, breakable, panels, text_width
from pressroom.writers.pictures import drawing, width_of
from pressroom.writers.shown import one_line
from pressroom.writers.shown_blocks import HeadingLevels, prose_value, rows_of_tiles, spans
from pressroom.writers.shown_tables import CellLook, RowKind, ShownRow, ShownTable, shown_table

POINTS_PER_PIXEL: Final = 0.75
LANE_GAP: Final = theme.LANE_GAP * POINTS_PER_PIXEL
ROWS_OF_AN_ENDING: Final = 2
LINES_OF_AN_ENDING: Final = 5  # of one cell: what stays together must not be higher than a page
TALLEST_IMAGE: Final = 0.9  # of the text on a page: room for its caption
HIGHEST_CHART: Final = 0.8  # of a page: its title, and that of the report, stand above it
TILE_GUTTER: Final = 9.0
TILE_INSETS: Final = 22.0
TILE_SIZES: Final = (17.0, 15.0, 13.0, 11.0, 9.0)


@dataclass
class Press:
    """Makes the values of all blocks, and beside them the pictures that they name."""

    document: Document
    results: Results
    pictures: dict[str, bytes] = field(default_factory=dict)
    _levels: HeadingLevels = field(default_factory=HeadingLevels)

    @property
    def page(self) -> Page:
        short, long = PAPERS.get(self.document.page, PAPERS["a4"])
        margins = self.document.margins
        sides, ends = margins.left + margins.right, margins.top + margins.bottom
        if self.document.landscape:
            return Page(long - sides, long - sides, short - ends, is_landscape=True)
        return Page(short - sides, long - sides, long - ends)

    def blocks(self) -> list[dict[str, Any]]:
        """The values of all blocks in order; a wide table becomes several."""
        values = self._flow(self.document.blocks, self.page)
        return with_isolated(values) if is_from_right(self.document.locale) else values

    def _flow(self, blocks: Iterable[Block], page: Page) -> list[dict[str, Any]]:
        return [value for block in blocks for value in self._values(block, page)]

    def _values(self, block: Block, page: Page) -> Iterator[dict[str, Any]]:
        match block:
            case Table():
                yield from self._table(block, page)
            case Chart():
                yield self._chart(block, page)
            case Image():
                yield self._image(block, page)
            case Kpis():
                if block.tiles:
                    yield self._kpis(block, page.width)
            case SideBySide():
                yield self._lanes(block, page)
            case Together():
                yield {"kind": "together", "blocks": self._flow(block.blocks, _within(page, page.width))}
            case Heading():
                yield {"kind": "heading", "level": self._levels.of(block), "spans": spans(block.spans)}
            case PageBreak():
                yield {"kind": "page-break"}
            case _:
                yield prose_value(block)

    def _lanes(self, block: SideBySide, page: Page) -> dict[str, Any]:
        room = page.width - LANE_GAP * (len(block.lanes) - 1)
        widths = [room * lane.share for lane in block.lanes]
        return {
            "kind": "lanes",
            "gap": LANE_GAP,
            "lane-widths": [round(width, 2) for width in widths],
            "lanes": [
                self._flow(lane.blocks, _within(page, width)) for lane, width in zip(block.lanes, widths, strict=True)
            ],
        }

    def _image(self, image: Image, page: Page) -> dict[str, Any]:
        return {
            "kind": "image",
            "file": self.picture(image.picture),
            "alt": one_line(image.alt),
            "caption": one_line(image.caption),
            "align": image.align.value,
            "width": round(_image_width(image, page), 2),
        }

    def picture(self, picture: Picture) -> str:
        """The name under which the program finds *picture*."""
        name = f"{len(self.pictures) + 1}.svg"
        self.pictures[name] = drawing(picture)
        return name

    def _kpis(self, block: Kpis, width: float) -> dict[str, Any]:
        value = _kpis(block, width)
        accent = theme.look_of(self.document.theme).accent
        for tile in tiles_of(value):
            tile["spark"] = self.picture(spark.picture(tile["spark"], accent)) if tile["spark"] else None
        return value

    def _chart(self, chart: Chart, page: Page) -> dict[str, Any]:
        name = f"{len(self.pictures) + 1}.svg"
        room = page.width / POINTS_PER_PIXEL
        if page.is_whole:  # a narrow page gets the picture of the other writers, smaller
            room = max(theme.CHART_WIDTH, room)
        picture = charts.svg(chart, self.document.locale, theme.look_of(self.document.theme), width=room)
        drawn, labels = charts_labels.separated(picture)
        self.pictures[name] = drawn.encode()
        return {
            "kind": "chart",
            "file": name,
            "title": one_line(chart.title),
            "alt": one_line(chart.alt) or one_line(chart.title) or phrase(self.document.locale, "chart"),
            "width": round(_chart_width(picture, page), 2),
            "pixels": charts.size(picture)[0],
            "labels": labels,
            "notes": [one_line(chart.note)] if chart.note else [],
        }

    def _table(self, table: Table, page: Page) -> Iterator[dict[str, Any]]:
        shown = shown_table(table, self.results, self.document)
        for panel in panels(shown, page):
            piece = replace(shown, title=self._panel_title(shown, panel))
            yield _panel(piece, panel, theme.look_of(self.document.theme))

    def _panel_title(self, shown: ShownTable, panel: Panel) -> str:
        """The title of the table, with the columns that stand here of one in several."""
        if panel.part is None:
            return shown.title
        first, last, count = panel.part
        said = phrase(self.document.locale, "columns_part", first=first, last=last, count=count)
        return " · ".join(part for part in (shown.title, said) if part)


def _within(page: Page, width: float) -> Page:
    """A part of *page*: no table in it can turn the page."""
    return Page(width, width, page.height, is_landscape=True, is_whole=False)


def _image_width(image: Image, page: Page) -> float:
    width = width_of(image, page.width / POINTS_PER_PIXEL) * POINTS_PER_PIXEL
    return min(width, page.height * TALLEST_IMAGE * image.picture.width / image.picture.height)


def inner_blocks(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The values of the blocks within *block*."""
    return [*block.get("blocks", ()), *(value for lane in block.get("lanes", ()) for value in lane)]


def tiles_of(block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The values of the tiles of *block*, if it has any."""
    return (tile for group in block.get("groups", ()) for tile in group)


def _chart_width(picture: str, page: Page) -> float:
    """Its own width in points; what nearly fills the room, or would run over its edge, fills it, if a page is high enough."""
    wide, high = (pixels * POINTS_PER_PIXEL for pixels in charts.size(picture))
    width = page.width if wide > 0.95 * page.width else wide
    highest = page.height * HIGHEST_CHART
    return min(width, highest * wide / high) if highest and high else width


def _panel(shown: ShownTable, panel: Panel, look: theme.Look) -> dict[str, Any]:
    def picked(cells: Sequence[str]) -> list[str]:
        pairs = zip(panel.columns, panel.widths, strict=True)
        return [breakable(cells[column], width - _bar_room(shown, column), panel.size) for column, width in pairs]

    return {
        "kind": "table",
        "title": shown.title,
        "turned": panel.is_turned,
        "size": panel.size,
        "inset": INSET,
        "bar-width": BAR_WIDTH,
        "figures": [_figure_width(shown, column, panel.size) for column in panel.columns],
        "widths": [round(width, 2) for width in panel.widths],
        "numeric": [index for index, column in enumerate(panel.columns) if shown.numeric[column]],
        "aligns": [shown.columns[column].align for column in panel.columns],
        "labels": picked(shown.labels),
        "headings": _headings(shown, panel),
        "grouped": shown.is_grouped,
        "rows": [_row(row, panel, look, picked) for row in shown.rows],
        "of": len(shown.rows),
        "before": 0,  # rows, in earlier parts
        "opened": 0,  # groups, which go on from there
        "ending": _ending(shown, panel),
        "totals": picked(shown.totals) if shown.totals else None,
        "notes": list(shown.notes),
    }


def _ending(shown: ShownTable, panel: Panel) -> int:
    """How many of the last rows stand on one page, with the totals: a row or a sum alone on the last page says little."""
    rows = shown.rows[-ROWS_OF_AN_ENDING:]
    if len(shown.rows) <= ROWS_OF_AN_ENDING or any(row.kind is RowKind.GROUP for row in rows):
        return 0
    room = {
        column: width - 2 * INSET - _bar_room(shown, column)
        for column, width in zip(panel.columns, panel.widths, strict=True)
    }
    lines = [text_width(row.cells[column], panel.size) / max(1.0, room[column]) for row in rows for column in room]
    return len(rows) if max(lines, default=0) <= LINES_OF_AN_ENDING else 0


def _headings(shown: ShownTable, panel: Panel) -> list[dict[str, Any]]:
    """What stands over the labels of a panel, from left to right."""
    found = headings_of([shown.columns[column].heading for column in panel.columns])
    widths = [sum(panel.widths[heading.first : heading.first + heading.count]) for heading in found]
    return [
        {"text": breakable(heading.text, width, panel.size), "count": heading.count}
        for heading, width in zip(found, widths, strict=True)
    ]


def _figure_width(shown: ShownTable, column: int, size: float) -> float:
    """The room for the figures beside the bars of a column, so that all its bars end at one line."""
    if not shown.columns[column].has_bar:
        return 0.0
    texts = (row.cells[column] for row in shown.rows if row.kind is not RowKind.GROUP)
    return round(max((text_width(text, size) for text in texts), default=0.0) + BAR_GAP, 2)


def _bar_room(shown: ShownTable, column: int) -> float:
    return BAR_WIDTH + BAR_GAP if shown.columns[column].has_bar else 0.0


def _row(row: ShownRow, panel: Panel, colours: theme.Look, picked: Callable[[Sequence[str]], list[str]]) -> Any:
    """A row as Typst takes it: a list of texts where nothing is set off, which is most of them."""
    if row.kind is RowKind.GROUP:
        return {"group": breakable(row.cells[0], sum(panel.widths), panel.size), "level": row.level}
    if row.kind is RowKind.SUBTOTAL:
        return {"subtotal": picked(row.cells), "level": row.level}
    texts = picked(row.cells)
    if not any(row.looks):
        return texts
    looks = [row.looks[column] for column in panel.columns]
    return [_cell(text, look, colours) if look else text for text, look in zip(texts, looks, strict=True)]


def _cell(text: str, look: CellLook, colours: theme.Look) -> dict[str, Any]:
    bar_colour = theme.MUTED if look.is_negative else colours.tones[look.colour]
    return {
        "text": text,
        "tone": colours.tones.get(look.tone),
        "fill": colours.shade(look.colour, look.shade) if look.shade else None,
        "bar": [round(part, 4) for part in look.bar] if look.bar else None,
        "colour": bar_colour,
    }


def _kpis(block: Kpis, width: float) -> dict[str, Any]:
    groups = rows_of_tiles(block, width / POINTS_PER_PIXEL)
    columns = len(groups[0])
    room = (width - TILE_GUTTER * (columns - 1)) / columns - TILE_INSETS
    size = min(_tile_size(tile["text"], room) for group in groups for tile in group)
    return {"kind": "kpis", "columns": columns, "size": size, "groups": groups}


def _tile_size(text: str, room: float) -> float:
    return next((size for size in TILE_SIZES if text_width(text, size) * 1.05 <= room), TILE_SIZES[-1])
