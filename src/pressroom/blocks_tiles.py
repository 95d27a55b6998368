"""The kpi block of a report file, read and checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yaml.nodes import MappingNode

from pressroom.blocks_looks import read_operand
from pressroom.blocks_tables import column_format, label_from
from pressroom.errors import Place
from pressroom.fences import Fence
from pressroom.schema import Problems, Section, read_mapping

KPI_KEYS: Final = ("data", "tiles")
TILE_KEYS: Final = (
    "label", "value", "format", "compare", "delta", "good", "target", "spark", "caption",
)  # fmt: skip
COMPARE_KEYS: Final = ("data", "value")
PREVIOUS: Final = "previous"
DELTAS: Final = ("percent", "absolute")


@dataclass(frozen=True, slots=True)
class CompareSpec:
    """What a tile is compared with: a column of a query's first row, or the same query of the period before."""

    value: str = ""  # a column; the tile's own when empty
    data: str = ""  # a query; the block's own when empty
    is_previous: bool = False


@dataclass(frozen=True, slots=True)
class TileSpec:
    label: str
    value: str  # a column
    place: Place
    format: str = ""
    compare: CompareSpec | None = None
    delta: str = ""  # "percent" or "absolute"; "" leaves it to the format
    good: str = ""  # "up", "down" or "" when neither is good
    target: Decimal | str | None = None  # a number, or the column that has it
    spark: tuple[str, str] | None = None  # a query and its column
    caption: str = ""


@dataclass(frozen=True, slots=True)
class KpiSpec:
    data: str
    tiles: tuple[TileSpec, ...]
    place: Place

    @property
    def has_previous(self) -> bool:
        """Whether the query must run again for the period before."""
        return any(tile.compare and tile.compare.is_previous for tile in self.tiles)

    def other_queries(self) -> Iterator[tuple[str, Place]]:
        """The queries that single tiles name, and where."""
        for tile in self.tiles:
            if tile.compare and tile.compare.data:
                yield tile.compare.data, tile.place
            if tile.spark:
                yield tile.spark[0], tile.place


def read_kpi(fence: Fence, problems: Problems) -> KpiSpec | None:
    section = read_mapping(fence.body, fence.line + 1, KPI_KEYS, "the kpi block", problems)
    if section is None:
        return None
    data = section.text("data", required="QUERY")
    if not section.has("tiles"):
        section.missing("tiles", "[{label: Flights, value: flights}]")
    tiles = tuple(_read_tile(item) for item in section.sections("tiles", TILE_KEYS, "tile"))
    return KpiSpec(data, tiles, problems.place(fence.line))


def _read_tile(section: Section) -> TileSpec:
    value = section.text("value", required="COLUMN")
    return TileSpec(
        label=section.text("label") or label_from(value),
        value=value,
        place=section.problems.place(section.line),
        format=column_format(section, "format"),
        compare=_read_compare(section),
        delta=section.one_of("delta", DELTAS),
        good=section.one_of("good", ("up", "down")),
        target=_read_target(section),
        spark=_read_spark(section),
        caption=section.text("caption"),
    )


def _read_compare(section: Section) -> CompareSpec | None:
    """`compare: COLUMN`, `compare: previous` or `compare: {data: QUERY, value: COLUMN}`."""
    if not section.has("compare"):
        return None
    if isinstance(section.entries["compare"], MappingNode):
        inner = section.section("compare", COMPARE_KEYS, f"the compare of {section.what}")
        return CompareSpec(inner.text("value"), inner.text("data")) if inner else None
    text = section.text("compare")
    return CompareSpec(is_previous=True) if text == PREVIOUS else CompareSpec(text)


def _read_target(section: Section) -> Decimal | str | None:
    """A number, a percentage such as `80%`, or the name of a column."""
    text = section.text("target")
    operand = read_operand(text) if text else None
    return operand if isinstance(operand, Decimal | str) else None


def _read_spark(section: Section) -> tuple[str, str] | None:
    """`spark: QUERY.COLUMN`."""
    text = section.text("spark")
    query, dot, column = text.partition(".")
    if text and not (query and dot and column):
        section.wrong("spark", "a query and a column of it, e.g. by_day.flights")
        return None
    return (query, column) if text else None
