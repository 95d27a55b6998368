"""The kpi block of a report file, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pressroom.blocks_tables import column_format, label_from
from pressroom.errors import Place
from pressroom.fences import Fence
from pressroom.schema import Problems, Section, read_mapping

KPI_KEYS: Final = ("data", "tiles")
TILE_KEYS: Final = ("label", "value", "format", "compare", "good", "caption")


@dataclass(frozen=True, slots=True)
class TileSpec:
    label: str
    value: str  # a column
    place: Place
    format: str = ""
    compare: str = ""  # the column with the previous value
    good: str = ""  # "up", "down" or "" when neither is good
    caption: str = ""


@dataclass(frozen=True, slots=True)
class KpiSpec:
    data: str
    tiles: tuple[TileSpec, ...]
    place: Place


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
        compare=section.text("compare"),
        good=section.one_of("good", ("up", "down")),
        caption=section.text("caption"),
    )
