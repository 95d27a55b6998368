"""The fenced blocks of a report file, read and checked: kpi, chart, table, pagebreak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pressroom.document import Total
from pressroom.errors import Place
from pressroom.fences import Fence
from pressroom.formats import read_format
from pressroom.schema import Problems, Section, describe, read_mapping
from pressroom.wording import shown, suggest

CHART_TYPES: Final = ("line", "area", "bar", "column", "stacked", "scatter", "pie", "heatmap")
SORTS: Final = ("data", "ascending", "descending")
DEFAULT_TABLE_LIMIT = 50
MAX_TABLE_LIMIT = 100_000
_DEFAULT_CHART_HEIGHT = 260


@dataclass(frozen=True, slots=True)
class ProseSpec:
    """Markdown with values, between two blocks."""

    text: str
    place: Place


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


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    name: str
    place: Place
    label: str = ""
    format: str = ""
    align: str = ""
    total: Total | None = None
    hide: bool = False


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table; `is_selection` tells a list of columns (only these, in this order) from a mapping (all, some described)."""

    data: str
    place: Place
    title: str = ""
    columns: tuple[ColumnSpec, ...] = ()
    is_selection: bool = False
    limit: int = DEFAULT_TABLE_LIMIT


@dataclass(frozen=True, slots=True)
class PageBreakSpec:
    place: Place


@dataclass(frozen=True, slots=True)
class Query:
    """A query of the report; `source` is a name, the report's own when the block names none."""

    name: str
    sql: str
    source: str
    place: Place
    parameters: tuple[str, ...] = field(default=())


BlockSpec = ProseSpec | KpiSpec | ChartSpec | TableSpec | PageBreakSpec


def read_kpi(fence: Fence, problems: Problems) -> KpiSpec | None:
    section = read_mapping(fence.body, fence.line + 1, ("data", "tiles"), "the kpi block", problems)
    if section is None:
        return None
    data = section.text("data", required="QUERY")
    if not section.has("tiles"):
        section.missing("tiles", "[{label: Flights, value: flights}]")
    allowed = ("label", "value", "format", "compare", "good", "caption")
    tiles = tuple(_read_tile(item) for item in section.sections("tiles", allowed, "tile"))
    return KpiSpec(data, tiles, problems.place(fence.line))


def _read_tile(section: Section) -> TileSpec:
    value = section.text("value", required="COLUMN")
    return TileSpec(
        label=section.text("label") or label_from(value),
        value=value,
        place=section.problems.place(section.line),
        format=_read_format(section, "format"),
        compare=section.text("compare"),
        good=section.one_of("good", ("up", "down")),
        caption=section.text("caption"),
    )


_CHART_KEYS: Final = (
    "data", "type", "x", "y", "color", "series", "title", "x_label", "y_label", "format", "sort", "height", "alt", "spec",
)  # fmt: skip


def read_chart(fence: Fence, problems: Problems) -> ChartSpec | None:
    section = read_mapping(fence.body, fence.line + 1, _CHART_KEYS, "the chart block", problems)
    if section is None:
        return None
    place = problems.place(fence.line)
    data = section.text("data", required="QUERY")
    shared = {"title": section.text("title"), "alt": section.text("alt"), "height": _read_height(section)}
    if section.has("spec"):
        return ChartSpec(data, place, spec=_read_spec(section), **shared)  # type: ignore[arg-type]
    chart = ChartSpec(
        data, place,
        type=section.one_of("type", CHART_TYPES, required="line"),
        x=section.text("x", required="COLUMN"),
        y=section.texts("y", required="COLUMN"),
        color=section.text("color") or section.text("series"),
        x_label=section.text("x_label"),
        y_label=section.text("y_label"),
        format=_read_format(section, "format"),
        sort=section.one_of("sort", SORTS, default="data"),
        **shared,  # type: ignore[arg-type]
    )  # fmt: skip
    _check_chart(chart, section)
    return chart


def _read_height(section: Section) -> int:
    return section.integer("height", default=_DEFAULT_CHART_HEIGHT, low=60, high=1200) or _DEFAULT_CHART_HEIGHT


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


FORBIDDEN_KEYS: Final = {
    "url": "A chart shows its query; it fetches nothing.",
    "href": "A chart has no links.",
    "config": "The look belongs to the report; set marks and encodings instead.",
    "usermeta": "Remove it.",
}


def _read_spec(section: Section) -> Mapping[str, Any]:
    for key in ("type", "x", "y", "color", "series", "sort", "format", "x_label", "y_label"):
        if section.has(key):
            section.problems.add(
                section.line_of(key),
                f"`{key}` and `spec` of the chart block exclude each other.",
                "Keep one of the two.",
            )
    node = section.entries["spec"]
    if not isinstance(node, MappingNode):
        section.wrong("spec", "a Vega-Lite specification, i.e. a mapping with `mark` and `encoding`")
        return {}
    _check_spec(node, section)
    spec = section.value("spec")
    if "data" in spec:
        section.problems.add(
            section.line_of("spec"),
            "The specification of a chart has `data` of its own.",
            "Remove it: the rows of the query named by `data` of the block are put in.",
        )
    return dict(spec)


def _check_spec(node: Node, section: Section) -> None:
    """Refuse what would be fetched or could be clicked; the tree's depth is bounded by the reader."""
    if isinstance(node, SequenceNode):
        for item in node.value:
            _check_spec(item, section)
    if not isinstance(node, MappingNode):
        return
    for key, value in node.value:
        name = str(key.value)
        line = section.line_of_node(key)
        if name in FORBIDDEN_KEYS:
            section.problems.add(
                line, f"`{name}` is not allowed in the specification of a chart.", FORBIDDEN_KEYS[name]
            )
        if name in ("mark", "type") and isinstance(value, ScalarNode) and value.value == "image":
            section.problems.add(
                line, "Image marks are not allowed in the specification of a chart.", "They would be fetched."
            )
        _check_spec(value, section)


_COLUMN_KEYS: Final = ("label", "format", "align", "total", "hide")


def read_table(fence: Fence, problems: Problems) -> TableSpec | None:
    section = read_mapping(
        fence.body, fence.line + 1, ("data", "title", "columns", "limit"), "the table block", problems
    )
    if section is None:
        return None
    columns, is_selection = _read_columns(section)
    return TableSpec(
        data=section.text("data", required="QUERY"),
        place=problems.place(fence.line),
        title=section.text("title"),
        columns=columns,
        is_selection=is_selection,
        limit=section.integer("limit", default=DEFAULT_TABLE_LIMIT, low=1, high=MAX_TABLE_LIMIT) or DEFAULT_TABLE_LIMIT,
    )


def _read_columns(section: Section) -> tuple[tuple[ColumnSpec, ...], bool]:
    node = section.entries.get("columns") if section.has("columns") else None
    if isinstance(node, MappingNode):
        return tuple(_columns_of(node, section)), False
    if isinstance(node, SequenceNode):
        return tuple(column for item in node.value for column in _listed_columns(item, section)), True
    if node is not None:
        section.wrong("columns", "a list of columns, or a mapping of a column to its label, format, align and total")
    return (), False


def _listed_columns(node: Node, section: Section) -> list[ColumnSpec]:
    if isinstance(node, ScalarNode):
        return [ColumnSpec(str(node.value), section.problems.place(section.line_of_node(node)))]
    if isinstance(node, MappingNode):
        return _columns_of(node, section)
    section.problems.add(section.line_of_node(node), f"A column is {describe(node)}.", "Allowed: a name.")
    return []


def _columns_of(node: MappingNode, section: Section) -> list[ColumnSpec]:
    described = Section(node, [str(key.value) for key, _ in node.value], "columns", section.problems, section.offset)
    return [_read_column(name, described) for name in described.entries]


def _read_column(name: str, columns: Section) -> ColumnSpec:
    """`name:` alone, `name: FORMAT` or `name: {label: …}`."""
    place = columns.problems.place(columns.line_of(name))
    node = columns.entries[name]
    if isinstance(node, ScalarNode):
        return ColumnSpec(name, place, format=_read_format(columns, name))
    section = columns.section(name, _COLUMN_KEYS, f"the column {name}")
    if section is None:
        return ColumnSpec(name, place)
    total = section.one_of("total", [str(total) for total in Total])
    return ColumnSpec(
        name, place,
        label=section.text("label"),
        format=_read_format(section, "format"),
        align=section.one_of("align", ("left", "right")),
        total=Total(total) if total else None,
        hide=section.boolean("hide"),
    )  # fmt: skip


def _read_format(section: Section, key: str) -> str:
    text = section.text(key)
    if not text:
        return ""
    try:
        read_format(text)
    except ValueError as error:
        section.problems.add(section.line_of(key), f"{shown(text)} is not a format.", str(error))
        return ""
    return text


def read_page_break(fence: Fence, problems: Problems) -> PageBreakSpec:
    if fence.body.strip():
        problems.add(fence.line + 1, "A pagebreak block has something in it.", "Leave it empty.")
    return PageBreakSpec(problems.place(fence.line))


def label_from(name: str) -> str:
    """A column's name as a heading: `dep_delay` is Dep delay."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def unknown_block(language: str, allowed: Sequence[str]) -> tuple[str, str]:
    """Message and remedy for a fence in another language."""
    name = f"`{language}`" if language else "without a name"
    return f"A report has no block {name}.", suggest(language, allowed, what="Blocks")
