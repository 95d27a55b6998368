"""The first sheet of the workbook: what the report says, its tiles and charts, and where the tables are."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from xlsxwriter.worksheet import Worksheet

from pressroom.appearance import Picture
from pressroom.document import (
    Block,
    Chart,
    Document,
    Heading,
    Image,
    Kpis,
    Notice,
    Paragraph,
    Quote,
    Results,
    Table,
    TextList,
    Tile,
)
from pressroom.formats import excel_format, kind_of, read_format
from pressroom.lookup import count_text, cut_note
from pressroom.phrases import phrase
from pressroom.writers import charts, pictures, theme
from pressroom.writers.shown import clean, prepared, text_of
from pressroom.writers.xlsx_charts import HEIGHT, WIDTH, ChartData, native
from pressroom.writers.xlsx_look import TONES, Look
from pressroom.writers.xlsx_page import set_page
from pressroom.writers.xlsx_rows import CUT_NOTE, LONGEST_TEXT
from pressroom.writers.xlsx_sheets import DataSheet

_FIRST, _LAST = 1, 8  # columns B to I
_COLUMN_CHARACTERS: Final = 14
_LINE_CHARACTERS: Final = 118  # of prose over all columns
_LINE_POINTS: Final = 15
_ROW_PIXELS: Final = 20
_TILES_IN_A_ROW: Final = 4
_TILE_PARTS: Final = {"label": 20, "value": 30, "delta": 20, "target": 18, "spark": 30}  # heights in points
_WIDEST_NUMBER: Final = 14
TALLEST_IMAGE: Final = 600.0  # pixels


class Summary:
    """Writes the sheet from top to bottom."""

    def __init__(self, sheet: Worksheet, look: Look, chart_data: ChartData) -> None:
        self._sheet = sheet
        self._look = look
        self._chart_data = chart_data
        self._row = 1
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 2)
        sheet.set_column(_FIRST, _LAST, _COLUMN_CHARACTERS)

    def write(self, document: Document, results: Results, sheets: Sequence[DataSheet]) -> None:
        self._page(document)
        if document.theme.logo:
            self._put(document.theme.logo, *self._logo_size(document.theme.logo), document.theme.logo_alt)
        self._line(document.title, self._look.title, points=30)
        if document.subtitle:
            self._line(document.subtitle, self._look.format(font_size=13, font_color=theme.MUTED), points=20)
        said = phrase(document.locale, "prepared", at=prepared(document))
        self._line(said[:1].upper() + said[1:], self._look.muted)
        self._row += 1
        for block in document.leaves():
            self._block(block, document, sheets)
        self._facts(document, results, sheets)

    def _block(self, block: Block, document: Document, sheets: Sequence[DataSheet]) -> None:
        match block:
            case Heading():
                self._row += 1
                self._line(text_of(block.spans), self._look.heading(block.level), points=22)
            case Paragraph() | Quote():
                self._prose(text_of(block.spans))
            case TextList():
                self._list(block)
            case Notice():
                self._prose(block.text, font_color=theme.BAD)
            case Kpis():
                self._tiles(block.tiles)
            case Chart():
                self._chart(block, document.locale)
            case Image():
                self._image(block)
            case Table():
                self._links([sheet for sheet in sheets if sheet.table is block], document.locale)
            case _:
                pass

    def _line(self, text: str, look: Any, *, points: float = _LINE_POINTS) -> None:
        self._sheet.set_row(self._row, points)
        self._sheet.write_string(self._row, _FIRST, _fitting(text), look)
        self._row += 1

    def _prose(self, text: str, **properties: Any) -> None:
        fitting = _fitting(text)
        if not fitting:
            return
        lines = sum(max(1, math.ceil(len(line) / _LINE_CHARACTERS)) for line in fitting.split("\n"))
        look = self._look.format(**{"font_color": theme.INK, "text_wrap": True, "valign": "top", **properties})
        self._sheet.set_row(self._row, min(lines * _LINE_POINTS + 4, 400))
        self._sheet.merge_range(self._row, _FIRST, self._row, _LAST, "", look)
        self._sheet.write_string(self._row, _FIRST, fitting, look)
        self._row += 1

    def _list(self, block: TextList) -> None:
        number = 0
        for item in block.items:
            number += not item.level
            mark = f"{number}." if block.ordered and not item.level else "•"
            self._prose(f"{mark} {text_of(item.spans)}", indent=item.level * 2 + 1)

    def _links(self, sheets: Sequence[DataSheet], locale: str) -> None:
        for sheet in sheets:
            text = phrase(locale, "sheet_rows", sheet=sheet.name, rows=count_text(sheet.rows, locale))
            look = self._look.format(font_color=self._look.colours.accent, underline=1)
            address = f"internal:'{sheet.name.replace(chr(39), chr(39) * 2)}'!A1"
            tip = phrase(locale, "go_to_sheet", sheet=sheet.name)
            self._sheet.write_url(self._row, _FIRST, address, look, text, tip)
            self._row += 1
        if any(sheet.lacks_subtotals for sheet in sheets):
            self._prose(phrase(locale, "sheet_lacks_subtotals"), font_color=theme.MUTED)
        if len(sheets) > 1:
            self._split_totals(sheets[0].table, locale)
        self._row += 1

    def _split_totals(self, table: Table, locale: str) -> None:
        """Totals of a table that goes on over several sheets, where no formula of Excel adds them up."""
        totals = [f"{column.label} {column.total_text}" for column in table.columns if column.total]
        if totals:
            self._prose(phrase(locale, "total_of_sheets", totals=" · ".join(totals)))

    # ---- tiles ------------------------------------------------------------------------------------------------------

    def _tiles(self, tiles: Sequence[Tile]) -> None:
        self._row += 1
        parts = dict(_TILE_PARTS)
        if not any(tile.target for tile in tiles):
            del parts["target"]
        if not any(tile.spark for tile in tiles):
            del parts["spark"]
        for start in range(0, len(tiles), _TILES_IN_A_ROW):
            for row, points in enumerate(parts.values()):
                self._sheet.set_row(self._row + row, points)
            for place, tile in enumerate(tiles[start : start + _TILES_IN_A_ROW]):
                self._tile(_FIRST + 2 * place, tile, list(parts))
            self._row += len(parts) + 1

    def _tile(self, column: int, tile: Tile, parts: Sequence[str]) -> None:
        number, number_format = _tile_number(tile, self._look.locale)
        delta = " ".join(part for part in (tile.delta, tile.caption) if part)
        target = tile.target
        cells: dict[str, tuple[str | float, dict[str, Any]]] = {
            "label": (_fitting(tile.label), {}),
            "value": (_fitting(tile.text), {}) if number is None else (number, {"num_format": number_format}),
            "delta": (_fitting(delta), {"font_color": TONES[tile.delta_tone]}),
            "target": (_fitting(target.text), {"font_color": TONES[target.tone]}) if target else ("", {}),
            "spark": ("", {}),
        }
        for row, part in enumerate(parts):
            value, properties = cells[part]
            self._merged(row, column, value, self._look.tile(part, is_last=part == parts[-1], **properties))
        if tile.spark:
            place = self._chart_data.spark(tile.label, tile.spark, number_format)
            accent = self._look.colours.accent
            options = {"range": place, "series_color": accent, "last_point": True, "last_color": accent}
            self._sheet.add_sparkline(self._row + len(parts) - 1, column, options)

    def _merged(self, row: int, column: int, value: str | float, look: Any) -> None:
        at = self._row + row
        self._sheet.merge_range(at, column, at, column + 1, "", look)
        if isinstance(value, str):
            self._sheet.write_string(at, column, value, look)
        else:
            self._sheet.write_number(at, column, value, look)

    # ---- charts -----------------------------------------------------------------------------------------------------

    def _chart(self, chart: Chart, locale: str) -> None:
        drawn = native(chart, locale)
        described = {"object_position": 2, "description": _fitting(chart.alt)}
        height = HEIGHT
        if drawn is None:
            height = self._picture(chart, locale, described)
        else:
            if drawn.type == "bar":
                height = max(HEIGHT, 90 + 24 * len(drawn.categories) * (1 if drawn.subtype else len(drawn.series)))
            picture = self._chart_data.draw(chart, drawn)
            picture.set_size({"width": WIDTH, "height": height})
            self._sheet.insert_chart(self._row, _FIRST, picture, described)
        self._row += math.ceil(height / _ROW_PIXELS) + 1
        if chart.note:
            self._prose(chart.note, font_color=theme.MUTED)

    def _picture(self, chart: Chart, locale: str, described: dict[str, Any]) -> int:
        """Put the chart in as a picture; its height in pixels."""
        if chart.title:
            self._line(chart.title, self._look.heading(3))
        width, height = charts.size(charts.svg(chart, locale, self._look.colours))
        scale = WIDTH / width if width >= theme.CHART_WIDTH - 2 else 1.0  # as wide as the charts that Excel draws
        image = io.BytesIO(charts.png(chart, locale, self._look.colours))
        placed = {"image_data": image, "x_scale": scale / charts.PNG_SCALE, "y_scale": scale / charts.PNG_SCALE}
        self._sheet.insert_image(self._row, _FIRST, f"{chart.id}.png", {**described, **placed})
        return math.ceil(height * scale)

    # ---- pictures ---------------------------------------------------------------------------------------------------

    def _image(self, image: Image) -> None:
        width = pictures.width_of(image, WIDTH)
        size = pictures.fitted(image.picture.width, image.picture.height, width, TALLEST_IMAGE)
        self._put(image.picture, *size, image.alt)
        if image.caption:
            self._prose(image.caption, font_color=theme.MUTED)

    def _put(self, picture: Picture, width: int, height: int, alt: str) -> None:
        """Put *picture* in at that size in pixels, as PNG: some programs show no other."""
        scale = 1 / pictures.PNG_SCALE
        content = io.BytesIO(pictures.png(picture, width))
        placed = {"image_data": content, "x_scale": scale, "y_scale": scale, "object_position": 2}
        name = f"picture-{self._row}.png"
        self._sheet.insert_image(self._row, _FIRST, name, {**placed, "description": _fitting(alt)})
        self._row += math.ceil(height / _ROW_PIXELS) + 1

    def _logo_size(self, picture: Picture) -> tuple[int, int]:
        return pictures.fitted(picture.width, picture.height, theme.LOGO_WIDTH, theme.LOGO_HEIGHT)

    def _page(self, document: Document) -> None:
        if document.landscape:
            self._sheet.set_landscape()
        set_page(self._sheet, document)

    # ---- the end ----------------------------------------------------------------------------------------------------

    def _facts(self, document: Document, results: Results, sheets: Sequence[DataSheet]) -> None:
        """What a reader needs to judge the numbers: parameters, zone, and whatever was left out."""
        facts = [(name.replace("_", " ").capitalize(), str(value)) for name, value in document.parameters.items()]
        facts += [(phrase(document.locale, "time_zone"), document.timezone)]
        facts += [(phrase(document.locale, "author"), document.author)] if document.author else []
        self._row += 1
        self._line(phrase(document.locale, "about_report"), self._look.heading(3), points=20)
        for name, value in facts:
            self._sheet.write_string(self._row, _FIRST, _fitting(name), self._look.muted)
            self._sheet.write_string(self._row, _FIRST + 2, _fitting(value), self._look.format(font_color=theme.INK))
            self._row += 1
        for name in dict.fromkeys(sheet.table.data for sheet in sheets if results.is_cut(sheet.table.data)):
            self._prose(cut_note(name, results, document.locale), font_color=theme.BAD)


def _tile_number(tile: Tile, locale: str) -> tuple[float | None, str]:
    """The value of a tile as a number with its format, None where only its text will do."""
    value = tile.value
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or len(tile.text) > _WIDEST_NUMBER:
        return None, ""
    if tile.format and read_format(tile.format).name in ("bytes", "duration"):
        return None, ""
    return float(value), excel_format(tile.format, kind_of(value), locale)


def _fitting(text: str) -> str:
    plain = clean(text)
    return plain if len(plain) <= LONGEST_TEXT else plain[: LONGEST_TEXT - len(CUT_NOTE)] + CUT_NOTE
