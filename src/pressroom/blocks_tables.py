"""The table block of a report file, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pressroom.blocks_looks import RuleSpec, ScaleSpec, read_bar, read_heat, read_rules, read_width
from pressroom.document import Total, Width
from pressroom.errors import Place
from pressroom.fences import Fence
from pressroom.formats import read_format
from pressroom.schema import Problems, Section, describe, read_mapping
from pressroom.wording import shown

DEFAULT_TABLE_LIMIT = 50
MAX_TABLE_LIMIT = 100_000
MAX_GROUPS: Final = 4  # levels: more headings than rows help nobody
TABLE_KEYS: Final = ("data", "title", "columns", "group", "limit")
COLUMN_KEYS: Final = (
    "label", "format", "align", "total", "hide", "color", "heat", "bar", "width", "wrap", "heading",
)  # fmt: skip
ALIGNMENTS: Final = ("left", "right", "center")


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    name: str
    place: Place
    label: str = ""
    format: str = ""
    align: str = ""
    total: Total | None = None
    hide: bool = False
    rules: tuple[RuleSpec, ...] = ()
    heat: ScaleSpec | None = None
    bar: ScaleSpec | None = None
    width: Width | None = None
    wrap: bool = True
    heading: str = ""  # over this column and its neighbours that have the same


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table; `is_selection` tells a list of columns (only these, in this order) from a mapping (all, some described)."""

    data: str
    place: Place
    title: str = ""
    columns: tuple[ColumnSpec, ...] = ()
    is_selection: bool = False
    limit: int = DEFAULT_TABLE_LIMIT
    groups: tuple[str, ...] = ()  # columns, outermost first


def read_table(fence: Fence, problems: Problems) -> TableSpec | None:
    section = read_mapping(fence.body, fence.line + 1, TABLE_KEYS, "the table block", problems)
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
        groups=_read_groups(section),
    )


def _read_groups(section: Section) -> tuple[str, ...]:
    """`group: region` or `group: [region, city]`."""
    groups = section.texts("group")
    if len(set(groups)) < len(groups) or len(groups) > MAX_GROUPS:
        section.wrong("group", f"a column or a list of at most {MAX_GROUPS} different columns, the outermost first")
    return groups


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
        return ColumnSpec(name, place, format=column_format(columns, name))
    section = columns.section(name, COLUMN_KEYS, f"the column {name}")
    if section is None:
        return ColumnSpec(name, place)
    total = section.one_of("total", [str(total) for total in Total])
    _check_looks(section)
    return ColumnSpec(
        name, place,
        label=section.text("label"),
        format=column_format(section, "format"),
        align=section.one_of("align", ALIGNMENTS),
        total=Total(total) if total else None,
        hide=section.boolean("hide"),
        rules=read_rules(section),
        heat=read_heat(section),
        bar=read_bar(section),
        width=read_width(section),
        wrap=section.boolean("wrap", default=True),
        heading=section.text("heading"),
    )  # fmt: skip


def _check_looks(section: Section) -> None:
    """Shade and tone in one cell would have to be told apart."""
    for other in ("color", "bar"):
        if section.has("heat") and section.has(other):
            section.problems.add(
                section.line_of("heat"), f"`heat` and `{other}` of {section.what} exclude each other.",
                "Keep one of the two.",
            )  # fmt: skip


def column_format(section: Section, key: str) -> str:
    """The format that stands at *key*, checked; empty when there is none."""
    text = section.text(key)
    if not text:
        return ""
    try:
        read_format(text)
    except ValueError as error:
        what = section.what if key == "format" else f"the column {key}"
        section.problems.add(section.line_of(key), f"{shown(text)} of {what} is not a format.", str(error))
        return ""
    return text


def label_from(name: str) -> str:
    """A column's name as a heading: `dep_delay` is Dep delay."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
