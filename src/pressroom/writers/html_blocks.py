"""A document's blocks as the values that the HTML templates read, for the page and for the e-mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Protocol

import jinja2

from pressroom.appearance import Picture
from pressroom.document import Block, Chart, Document, Heading, Image, Kpis, Results, SideBySide, Table, Together
from pressroom.phrases import phrase
from pressroom.writers import spark, theme
from pressroom.writers.directions import is_from_right, with_isolated
from pressroom.writers.pictures import width_of
from pressroom.writers.shown import one_line
from pressroom.writers.shown_blocks import HeadingLevels, prose_value, rows_of_tiles, spans
from pressroom.writers.shown_tables import shown_table

LISTED_LEVEL: Final = 3
WIDENED: Final = 1.5  # of its width, that a chart from a column of a mail may have when it stands alone on a phone


class Pictures(Protocol):
    """What stands for a picture in the HTML, in a room of *width* CSS pixels."""

    def chart(self, chart: Chart, width: float) -> str: ...

    def image(self, picture: Picture, key: str, width: float) -> str: ...

    def spark(self, points: spark.Points) -> str: ...


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


def values(
    document: Document,
    results: Results,
    pictures: Pictures,
    *,
    limit: int | None = None,
    most_columns: int | None = None,
    width: float = theme.CHART_WIDTH,
) -> list[dict[str, Any]]:
    """The blocks of *document* in order; *limit* caps the rows of a table, *width* is that of the text in CSS pixels."""
    made = _Values(document, results, pictures, limit, most_columns).of(document.blocks, width)
    return with_isolated(made) if is_from_right(document.locale) else made


def contents(blocks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The headings that a table of contents lists, each given an `id` to lead to."""
    found: list[dict[str, Any]] = []
    _number_headings(blocks, found)
    return [heading for heading in found if heading["level"] <= LISTED_LEVEL]


def _number_headings(blocks: Iterable[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    for block in blocks:
        if block["kind"] == "heading":
            found.append(block)
            block["id"] = f"section-{len(found)}"
        _number_headings(block.get("blocks", ()), found)
        for lane in block.get("lanes", ()):
            _number_headings(lane["blocks"], found)


@dataclass(frozen=True, slots=True)
class _Values:
    document: Document
    results: Results
    pictures: Pictures
    limit: int | None
    most_columns: int | None
    levels: HeadingLevels = field(default_factory=HeadingLevels)
    names: Counter[str] = field(default_factory=Counter)

    def of(self, blocks: Iterable[Block], width: float) -> list[dict[str, Any]]:
        made = [self._value(block, width) for block in blocks]
        return [value for value in made if value]

    def _value(self, block: Block, width: float) -> dict[str, Any]:
        match block:
            case Table():
                shown = shown_table(block, self.results, self.document, self.limit, self.most_columns)
                value: dict[str, Any] = {"kind": "table", "table": shown, "name": self._name(shown.title)}
            case Chart():
                value = self._chart(block, width)
            case Image():
                value = self._image(block, width)
            case Kpis():
                value = {"kind": "kpis", "rows": self._tiles(block, width), "width": width}
            case Heading():
                level = self.levels.of(block) + 1  # h1 is the report's title
                value = {"kind": "heading", "level": level, "spans": spans(block.spans)}
            case SideBySide():
                value = self._lanes(block, width)
            case Together():
                value = {"kind": "together", "blocks": self.of(block.blocks, width)}
            case _:
                value = prose_value(block)  # a page break is none, and means nothing on a screen
        return value

    def _name(self, title: str) -> str:
        """What software that reads the page aloud calls a table: no two have the same name."""
        name = title or phrase(self.document.locale, "table")
        self.names[name] += 1
        return name if self.names[name] == 1 else f"{name} {self.names[name]}"

    def _tiles(self, block: Kpis, width: float) -> list[list[dict[str, Any]]]:
        rows = rows_of_tiles(block, width)
        for tile in (tile for row in rows for tile in row):
            tile["spark"] = self.pictures.spark(tile["spark"]) if tile["spark"] else ""
        return rows

    def _chart(self, chart: Chart, width: float) -> dict[str, Any]:
        return {
            "kind": "chart",
            "title": one_line(chart.title),
            "alt": one_line(chart.alt) or one_line(chart.title),
            "note": one_line(chart.note),
            "picture": self.pictures.chart(chart, width),
            "width": round(width),
            "widest": round(width * WIDENED),
        }

    def _image(self, image: Image, width: float) -> dict[str, Any]:
        shown = width_of(image, width)
        return {
            "kind": "image",
            "alt": one_line(image.alt),
            "caption": one_line(image.caption),
            "align": image.align.value,
            "width": round(shown),
            "address": self.pictures.image(image.picture, image.id, shown),
        }

    def _lanes(self, block: SideBySide, width: float) -> dict[str, Any]:
        room = width - theme.LANE_GAP * (len(block.lanes) - 1)
        lanes = [
            {
                "blocks": self.of(lane.blocks, room * lane.share),
                "share": round(lane.share * 1000),
                "percent": lane.share * room / width * 100,
            }
            for lane in block.lanes
        ]
        gutter = round(theme.LANE_GAP / width * 100, 1)
        return {"kind": "lanes", "lanes": lanes, "width": width, "gutter": gutter}
