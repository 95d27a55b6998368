"""A Vega-Lite specification in a report file, read and checked at its lines before anything is drawn.

Vega-Lite itself draws an empty picture where a word is misspelt, or names no place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pressroom.errors import Place
from pressroom.schema import Section, plain
from pressroom.vega_schema import faults_of
from pressroom.wording import shown, suggest

FORBIDDEN_KEYS: Final = {
    "url": "A chart shows its query; it fetches nothing.",
    "href": "A chart has no links.",
    "config": "The look belongs to the report; set marks and encodings instead.",
    "usermeta": "Remove it.",
    "selection": "Vega-Lite 5 has `params` in its place.",
    "datasets": "Name a query: `data: {name: QUERY}`.",
}
MARKS: Final = (
    "arc", "area", "bar", "boxplot", "circle", "errorband", "errorbar", "geoshape", "line", "point", "rect", "rule", "square",
    "text", "tick", "trail",
)  # fmt: skip
CHANNELS: Final = (
    "angle", "color", "column", "description", "detail", "facet", "fill", "fillOpacity", "key", "latitude", "latitude2",
    "longitude", "longitude2", "opacity", "order", "radius", "radius2", "row", "shape", "size", "stroke", "strokeDash",
    "strokeOpacity", "strokeWidth", "text", "theta", "theta2", "time", "tooltip", "x", "x2", "xError", "xError2", "xOffset", "y",
    "y2", "yError", "yError2", "yOffset",
)  # fmt: skip
TYPES: Final = ("quantitative", "temporal", "ordinal", "nominal", "geojson")
CONCATENATIONS: Final = ("layer", "hconcat", "vconcat", "concat")
EXPRESSIONS: Final = ("calculate", "filter", "test", "expr", "labelExpr", "update", "init", "and", "or", "not")
SERIES: Final = ("sequence", "keyvals")
COUNTS: Final = ("maxbins", "steps", "minsteps", "maxsteps", "tickCount")
MOST_IN_SERIES: Final = 5_000
SPOKEN: Final = (*EXPRESSIONS, "param", "format")
_CONTROL = re.compile(
    r"\\(?:[bfv0-7]|x[01]|u00[01]|u\{0*1?[0-9a-f]\}|u\{?d[89a-f]|u\{?fff[ef])|\batob\b", re.IGNORECASE
)
COMPOSITIONS: Final = (*CONCATENATIONS, "spec")


@dataclass
class Found:
    """What a specification names: other queries, and columns with all that its transforms add to them."""

    queries: list[tuple[str, Place]] = field(default_factory=list)
    columns: list[tuple[str, Place]] = field(default_factory=list)
    spoken: list[tuple[str, str, Place]] = field(
        default_factory=list
    )  # expressions and what else only the drawing reads
    made: set[str] = field(default_factory=set)
    has_transforms: bool = False


def read_spec(section: Section, excluded: Sequence[str]) -> tuple[Mapping[str, Any], Found]:
    """The specification under `spec`, and what it names."""
    found = Found()
    for key in excluded:
        if section.has(key):
            section.problems.add(
                section.line_of(key),
                f"`{key}` and `spec` of the chart block exclude each other.",
                "Keep one of the two.",
            )
    node = section.entries["spec"]
    if not isinstance(node, MappingNode):
        section.wrong("spec", "a Vega-Lite specification, i.e. a mapping with `mark` and `encoding`")
        return {}, found
    before = len(section.problems.found)
    reader = _Reader(section, found)
    reader.view(node)
    reader.walk(node)
    spec = _with_names(dict(section.value("spec")))
    if "data" in spec:
        section.problems.add(
            section.line_of("spec"),
            "The specification of a chart has `data` of its own.",
            "Remove it: the rows of the query named by `data` of the block are put in. A view within may have `data: {name: QUERY}`.",
        )
    if len(section.problems.found) == before:  # what is misspelt would be told twice, and hide what was meant
        reader.compare(node, spec)
    return spec, found


def _with_names(value: Any) -> Any:
    """`data: QUERY` is short for `data: {name: QUERY}`."""
    if isinstance(value, Mapping):
        return {
            key: {"name": inner} if key == "data" and isinstance(inner, str) else _with_names(inner)
            for key, inner in value.items()
        }
    return [_with_names(item) for item in value] if isinstance(value, list) else value


class _Reader:
    def __init__(self, section: Section, found: Found) -> None:
        self._section = section
        self._found = found

    def _problem(self, node: Node, message: str, remedy: str) -> None:
        self._section.problems.add(self._section.line_of_node(node), message, remedy)

    # ---- views ------------------------------------------------------------------------------------------------------

    def view(self, node: Node) -> None:
        """Check *node*, a view, and those within it."""
        if not isinstance(node, MappingNode):
            self._problem(node, "A view of the chart is no mapping.", "Write `mark` and `encoding`.")
            return
        keys = {str(key.value): value for key, value in node.value}
        if "mark" in keys:
            self._mark(keys["mark"])
        elif not any(key in keys for key in COMPOSITIONS):
            remedy = f"Write `mark: {MARKS[2]}` and `encoding`, or one of {', '.join(CONCATENATIONS)}, facet, repeat."
            self._problem(node, "A view of the chart has no `mark`.", remedy)
        if isinstance(keys.get("encoding"), MappingNode):
            self._encoding(keys["encoding"])
        for key in CONCATENATIONS:
            if key in keys:
                self._views(key, keys[key])
        if "spec" in keys:
            self.view(keys["spec"])

    def _views(self, key: str, node: Node) -> None:
        if not isinstance(node, SequenceNode) or not node.value:
            self._problem(node, f"`{key}` of the chart has no views.", "Write a list of views, each with a `mark`.")
            return
        for one in node.value:
            self.view(one)

    def _mark(self, node: Node) -> None:
        if isinstance(node, MappingNode):
            node = next((value for key, value in node.value if key.value == "type"), node)
        if isinstance(node, ScalarNode) and node.value == "image":
            self._problem(
                node, "Image marks are not allowed in the specification of a chart.", "They would be fetched."
            )
        elif not isinstance(node, ScalarNode) or node.value not in MARKS:
            said = shown(node.value) if isinstance(node, ScalarNode) else "without a `type`"
            remedy = suggest(str(node.value), MARKS, what="Marks") if isinstance(node, ScalarNode) else "Write `type`."
            self._problem(node, f"The mark {said} of the chart is none of Vega-Lite.", remedy)

    def _encoding(self, node: Node) -> None:
        for key, value in node.value:
            name = str(key.value)
            if name not in CHANNELS and name not in FORBIDDEN_KEYS:
                self._problem(
                    key, f"Unknown channel {shown(name)} in the chart.", suggest(name, CHANNELS, what="Channels")
                )
            for inner, wanted in value.value if isinstance(value, MappingNode) else ():
                if inner.value == "type" and isinstance(wanted, ScalarNode) and wanted.value not in TYPES:
                    self._problem(
                        wanted, f"{shown(wanted.value)} is no type of a channel.", suggest(wanted.value, TYPES)
                    )

    # ---- what Vega-Lite's own schema says ---------------------------------------------------------------------------

    def compare(self, node: MappingNode, spec: Mapping[str, Any]) -> None:
        """Check *spec*, the values of *node*, against Vega-Lite's schema."""
        for fault in faults_of({**spec, "data": {"values": []}}):
            at = _node_at(node, (*fault.path, fault.key) if fault.is_unknown_key else fault.path)
            self._problem(at, f"In the chart, {fault}", fault.remedy)

    # ---- what is named, and what is forbidden -----------------------------------------------------------------------

    def walk(self, node: Node) -> None:
        """All of the tree, whose depth the reader of YAML bounds."""
        if isinstance(node, SequenceNode):
            for item in node.value:
                self.walk(item)
        if not isinstance(node, MappingNode):
            return
        for key, value in node.value:
            self._entry(str(key.value), key, value)
            self.walk(value)

    def _bounded(self, name: str, value: Node) -> None:
        """What the engine counts up to takes its time and its memory, as rows do."""
        if name in COUNTS and isinstance(value, ScalarNode):
            self._count(name, value)
        elif name in SERIES and isinstance(value, MappingNode):
            self._series(name, value)

    def _series(self, name: str, value: MappingNode) -> None:
        """A series that the engine makes itself is as much to draw as rows are."""
        given = {str(key.value): plain(inner) for key, inner in value.value}
        numbers = [given.get("start", 0), given.get("stop", 0), given.get("step", 1)]
        if not all(isinstance(number, int | Decimal) and not isinstance(number, bool) for number in numbers):
            return
        start, stop, step = map(float, numbers)
        if not step or abs(stop - start) / abs(step) > MOST_IN_SERIES:
            remedy = f"At most {MOST_IN_SERIES:,}: bring `start` and `stop` together, or give a larger `step`."
            self._problem(value, f"`{name}` of the chart makes too many values.", remedy)

    def _count(self, name: str, node: ScalarNode) -> None:
        count = plain(node)
        if isinstance(count, int | Decimal) and count > MOST_IN_SERIES:
            self._problem(node, f"`{name}` of the chart is {shown(count)}.", f"At most {MOST_IN_SERIES:,} are drawn.")

    def _spoken(self, name: str, value: Node) -> None:
        for node in _scalars(value):
            self._found.spoken.append(
                (name, node.value, self._section.problems.place(self._section.line_of_node(node)))
            )
            unsafe = _unsafe(node.value) if name in EXPRESSIONS else ""
            if unsafe:
                self._problem(
                    node, f"{shown(unsafe)} in an expression of the chart makes a control character.", "Remove it."
                )

    def _entry(self, name: str, key: Node, value: Node) -> None:
        place = self._section.problems.place(self._section.line_of_node(value))
        if name in FORBIDDEN_KEYS:
            self._problem(key, f"`{name}` is not allowed in the specification of a chart.", FORBIDDEN_KEYS[name])
        elif name == "transform":
            self._found.has_transforms = True
        elif name == "as":
            self._found.made |= set(_texts(value))
        elif name == "field" and isinstance(value, ScalarNode):
            self._found.columns.append((value.value, place))
        elif name in SERIES or name in COUNTS:
            self._bounded(name, value)
        elif name in SPOKEN:
            self._spoken(name, value)
        elif name == "data":
            named = value
            if isinstance(value, MappingNode):
                named = next((inner for one, inner in value.value if one.value == "name"), value)
            if isinstance(named, ScalarNode):
                self._found.queries.append((named.value, place))


def _unsafe(text: str) -> str:
    """The part of an expression that would write a character that no picture can hold; "" when there is none."""
    match = _CONTROL.search(text)
    return match[0] if match else ""


def _node_at(node: Node, path: Sequence[str | int]) -> Node:
    """The key or the item at *path* within *node*; as far along it as there is one."""
    at = node
    for step in path:
        if isinstance(node, MappingNode):
            at, node = next(((key, value) for key, value in node.value if key.value == step), (at, node))
        elif isinstance(node, SequenceNode) and isinstance(step, int):
            at = node = node.value[step]
    return at


def _scalars(node: Node) -> Iterator[ScalarNode]:
    """The texts of *node*: itself, or those in its lists, as `and` and `or` of a filter have them."""
    if isinstance(node, ScalarNode):
        yield node
    for item in node.value if isinstance(node, SequenceNode) else ():
        yield from _scalars(item)


def _texts(node: Node) -> list[str]:
    if isinstance(node, ScalarNode):
        return [node.value]
    return [item.value for item in node.value if isinstance(item, ScalarNode)]
