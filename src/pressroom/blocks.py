"""The fenced blocks of a report file, read and checked: kpi, chart, table, pagebreak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pressroom.appearance import Side
from pressroom.blocks_tables import TableSpec, column_format
from pressroom.blocks_tiles import KpiSpec
from pressroom.blocks_vega import Found, read_spec
from pressroom.errors import Place
from pressroom.fences import Fence
from pressroom.schema import Problems, Section, read_mapping
from pressroom.wording import suggest

CHART_TYPES: Final = ("line", "area", "bar", "column", "stacked", "scatter", "pie", "heatmap")
_SHORT_KEYS: Final = ("type", "x", "y", "color", "series", "sort", "format", "x_label", "y_label")
SORTS: Final = ("data", "ascending", "descending")
_DEFAULT_CHART_HEIGHT = 260
LOWEST_CHART, HIGHEST_CHART = 60, 1200


@dataclass(frozen=True, slots=True)
class ProseSpec:
    """Markdown with values, between two blocks."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class ChartSpec:
    data: str
    place: Place
    type: str = ""
    x: str = ""
    y: tuple[str, ...] = ()
    color: str = ""
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    format: str = ""
    sort: str = "data"
    height: int = _DEFAULT_CHART_HEIGHT
    alt: str = ""
    spec: Mapping[str, Any] | None = None
    found: Found | None = None  # what the specification names

    def other_queries(self) -> list[tuple[str, Place]]:
        """The queries that its specification names, each with its line."""
        return self.found.queries if self.found else []


@dataclass(frozen=True, slots=True)
class PageBreakSpec:
    place: Place


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """A picture file of the report's folder or of the installation."""

    file: str
    alt: str  # a template
    place: Place
    caption: str = ""  # a template
    align: Side = Side.LEFT
    width: float = 0.0  # CSS pixels
    share: float = 0.0  # of the room, from 0 to 1


@dataclass(frozen=True, slots=True)
class LanesSpec:
    """Blocks beside each other; the shares of the width add up to 1."""

    lanes: tuple[tuple[BlockSpec, ...], ...]
    shares: tuple[float, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class TogetherSpec:
    """Blocks on one page."""

    blocks: tuple[BlockSpec, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Query:
    """A query of the report; `source` is a name, the report's own when the block names none."""

    name: str
    sql: str
    source: str
    place: Place
    parameters: tuple[str, ...] = field(default=())
    source_place: Place | None = None  # where its source is named


BlockSpec = ProseSpec | KpiSpec | ChartSpec | TableSpec | ImageSpec | LanesSpec | TogetherSpec | PageBreakSpec


CHART_KEYS: Final = (
    "data", "type", "x", "y", "color", "series", "title", "x_label", "y_label", "format", "sort", "height", "alt", "spec",
)  # fmt: skip


def read_chart(fence: Fence, problems: Problems) -> ChartSpec | None:
    section = read_mapping(fence.body, fence.line + 1, CHART_KEYS, "the chart block", problems)
    if section is None:
        return None
    place = problems.place(fence.line)
    data = section.text("data", required="QUERY")
    shared = {"title": section.text("title"), "alt": section.text("alt"), "height": _read_height(section)}
    if section.has("spec"):
        spec, found = read_spec(section, _SHORT_KEYS)
        return ChartSpec(data, place, spec=spec, found=found, **shared)  # type: ignore[arg-type]
    chart = ChartSpec(
        data, place,
        type=section.one_of("type", CHART_TYPES, required="line"),
        x=section.text("x", required="COLUMN"),
        y=section.texts("y", required="COLUMN"),
        color=section.text("color") or section.text("series"),
        x_label=section.text("x_label"),
        y_label=section.text("y_label"),
        format=column_format(section, "format"),
        sort=section.one_of("sort", SORTS, default="data"),
        **shared,  # type: ignore[arg-type]
    )  # fmt: skip
    _check_chart(chart, section)
    return chart


def _read_height(section: Section) -> int:
    return (
        section.integer("height", default=_DEFAULT_CHART_HEIGHT, low=LOWEST_CHART, high=HIGHEST_CHART)
        or _DEFAULT_CHART_HEIGHT
    )


def _check_chart(chart: ChartSpec, section: Section) -> None:
    if len(chart.y) > 1 and (chart.color or chart.type in ("pie", "heatmap", "scatter")):
        section.problems.add(
            section.line_of("y"),
            "Several columns in `y` do not go with `color`, nor with a pie, heatmap or scatter chart.",
            "Keep one column in `y`.",
        )
    if chart.type == "heatmap" and not chart.color:
        section.missing("color", "COLUMN")
    if chart.type == "stacked" and not chart.color and len(chart.y) == 1:
        section.missing("color", "COLUMN")


def read_page_break(fence: Fence, problems: Problems) -> PageBreakSpec:
    if fence.body.strip():
        problems.add(fence.line + 1, "A pagebreak block has something in it.", "Leave it empty.")
    return PageBreakSpec(problems.place(fence.line))


def unknown_block(language: str, allowed: Sequence[str]) -> tuple[str, str]:
    """Message and remedy for a fence in another language."""
    name = f"`{language}`" if language else "without a name"
    return f"A report has no block {name}.", suggest(language, allowed, what="Blocks")
