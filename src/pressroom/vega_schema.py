"""What Vega-Lite's own JSON Schema says against a specification: what is wrong, where, and what is allowed there.

A validator alone would say that a specification is none of seven kinds. An author means one of them: of the ways to read
a value that one is taken which has the least wrong with it, and only what is wrong with that one is told.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from pressroom.wording import nearest, shown, suggest

FILE: Final = Path(__file__).parent / "schemas" / "vega-lite.json.gz"
MOST_TOLD: Final = 20

_OTHER_KIND: Final = 100.0  # a text where a mapping is wanted is hardly what was meant
_OWN: Final = 1.0
_DEEPER: Final = 0.1
_WORDS: Final = {
    "string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true, false", "null": "null",
    "object": "a mapping", "array": "a list",
}  # fmt: skip

Step = str | int
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong at *path*: a `key` that is unknown or missing there, or the value itself."""

    path: tuple[Step, ...]
    message: str  # what follows the name of what is at *path*
    allowed: tuple[str, ...]
    key: str = ""
    read: str = ""  # the text that stands there, when it is one
    cost: float = _OWN

    def __str__(self) -> str:
        what = _named(self.path)
        return f"unknown key {shown(self.key)} in {what}." if self.is_unknown_key else f"{what} {self.message}"

    @property
    def remedy(self) -> str:
        if self.key and not self.allowed:
            return f"Add `{self.key}`."
        return suggest(self.key or self.read, self.allowed)

    @property
    def is_unknown_key(self) -> bool:
        return bool(self.key and self.allowed)


def faults_of(spec: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with *spec*, a whole specification of Vega-Lite; nothing if it is one."""
    schema = _schema()
    found = list(_Reading(schema["definitions"]).faults(spec, schema))
    # A key that is misspelt is missing too: that is told once.
    meant = {(one.path, nearest(one.key, one.allowed)) for one in found if one.is_unknown_key}
    return [one for one in found if one.is_unknown_key or (one.path, one.key or None) not in meant][:MOST_TOLD]


@cache
def _schema() -> Schema:
    found: Schema = json.loads(gzip.decompress(FILE.read_bytes()))
    return found


def _named(path: Sequence[Step]) -> str:
    """What an author calls the value at *path*: its key, and that of the list it stands in."""
    if not path:
        return "the specification"
    *within, last = path
    own = f"`{last}`" if isinstance(last, str) else f"item {last + 1}"
    parent = next((step for step in reversed(within) if isinstance(step, str)), "")
    return f"{own} of `{parent}`" if parent else own


class _Reading:
    """One specification; what was found of each value is kept, since views within views are read in many ways."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions
        self._known: dict[tuple[int, int], tuple[Fault, ...]] = {}
        self._ways: dict[int, list[Schema]] = {}

    def faults(self, value: Any, schema: Schema) -> tuple[Fault, ...]:
        """The faults of *value*, their paths beginning at it."""
        key = (id(value), id(schema))
        if key not in self._known:
            self._known[key] = self._fewest(value, self._leaves(schema))
        return self._known[key]

    def _leaves(self, schema: Schema) -> list[Schema]:
        """The ways to satisfy *schema*, none of which is a choice itself."""
        if id(schema) not in self._ways:
            if "$ref" in schema:
                found = self._leaves(self._definitions[schema["$ref"].removeprefix("#/definitions/")])
            elif "anyOf" in schema:
                beside = {key: value for key, value in schema.items() if key != "anyOf"}  # holds for every way
                leaves = (leaf for way in schema["anyOf"] for leaf in self._leaves(way))
                found = [{**beside, **leaf} if beside else leaf for leaf in leaves]
            else:
                found = [schema]
            self._ways[id(schema)] = found
        return self._ways[id(schema)]

    def _fewest(self, value: Any, ways: Sequence[Schema]) -> tuple[Fault, ...]:
        best: list[tuple[Fault, ...]] = []
        lowest = float("inf")
        for way in ways:
            found = tuple(self._own(value, way))
            if not found:
                return ()
            cost = sum(fault.cost for fault in found)
            if not isinstance(value, Mapping | list):
                cost = lowest = _OTHER_KIND  # of a plain value every way is told
            if cost < lowest:
                best, lowest = [], cost
            if cost == lowest:
                best.append(found)
        return _together(best)

    def _own(self, value: Any, schema: Schema) -> Iterator[Fault]:
        """The faults of *value* under *schema*, which is no choice."""
        if not _is_kind(value, schema.get("type")) or not _is_listed(value, schema):
            cost = _OWN if _is_kind(value, schema.get("type")) else _OTHER_KIND
            yield Fault(
                (), f"is {_read(value)}.", _allowed(schema), read=value if isinstance(value, str) else "", cost=cost
            )
        elif isinstance(value, Mapping):
            yield from self._mapping(value, schema)
        elif isinstance(value, list):
            yield from self._list(value, schema)
        elif _is_kind(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield Fault((), f"is {value}.", (_range(schema),))

    def _mapping(self, value: Mapping[str, Any], schema: Schema) -> Iterator[Fault]:
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name in schema.get("required", ()):
            if name not in value:
                yield Fault((), f"has no `{name}`.", (), key=name)
        for name, inner in value.items():
            if name in properties or isinstance(others, Mapping):
                yield from self._within(name, inner, properties.get(name, others))
            elif others is False:
                yield Fault((), "", tuple(properties), key=name)

    def _list(self, value: list[Any], schema: Schema) -> Iterator[Fault]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", len(value))
        if not least <= len(value) <= most:
            count = f"{least}" if least == schema.get("maxItems") else f"{least} or more"
            yield Fault((), f"has {len(value)} items.", (f"{count} items",))
        for position, item in enumerate(value):
            if isinstance(schema.get("items"), Mapping):
                yield from self._within(position, item, schema["items"])

    def _within(self, step: Step, value: Any, schema: Schema) -> Iterator[Fault]:
        for fault in self.faults(value, schema):
            # A constant tells the kind of a mapping, such as `type`: another one is another kind.
            is_constant = not fault.path and not fault.key and "const" in schema
            yield replace(fault, path=(step, *fault.path), cost=_OWN if is_constant else _DEEPER)


def _together(ways: Sequence[tuple[Fault, ...]]) -> tuple[Fault, ...]:
    """One list of faults out of equally good ones: what any of them allows is allowed."""
    first = ways[0]
    alike = [way for way in ways if [(one.path, one.key) for one in way] == [(one.path, one.key) for one in first]]
    return tuple(
        replace(fault, allowed=tuple(dict.fromkeys(name for way in alike for name in way[number].allowed)))
        for number, fault in enumerate(first)
    )


def _is_kind(value: Any, kind: str | Sequence[str] | None) -> bool:
    if kind is None:
        return True
    if not isinstance(kind, str):
        return any(_is_kind(value, one) for one in kind)
    if kind in ("number", "integer"):
        return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    kinds = {"string": str, "boolean": bool, "null": type(None), "object": Mapping, "array": list}
    return isinstance(value, kinds[kind])


def _is_listed(value: Any, schema: Schema) -> bool:
    if "const" in schema:
        return _is_same(value, schema["const"])
    return "enum" not in schema or any(_is_same(value, one) for one in schema["enum"])


def _is_same(value: Any, other: Any) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _read(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else shown(value)


def _allowed(schema: Schema) -> tuple[str, ...]:
    listed = [schema["const"]] if "const" in schema else schema.get("enum")
    if listed is not None:
        return tuple(
            "null" if one is None else str(one).lower() if isinstance(one, bool) else str(one) for one in listed
        )
    if schema.get("required") == ["expr"]:
        return ("{expr: …}",)
    kinds = schema.get("type", ())
    return tuple(_WORDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _range(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f"a number from {least} to {most}"
    return f"a number of at least {least}" if least is not None else f"a number of at most {most}"
