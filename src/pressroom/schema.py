"""Reading YAML with places: every key knows its line, every problem is collected, nothing is guessed.

The YAML is the plain part of YAML 1.2: `no` is a word and not false, dates stay text, decimals stay exact. Anchors and
aliases are refused, since a short text could unfold into a long one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pressroom.errors import Place, Problem
from pressroom.wording import shown, suggest

MAX_DEPTH = 40
MAX_YAML_CHARACTERS = 200_000
MAX_PROBLEMS = 100

_NULL: Final = "tag:yaml.org,2002:null"
_BOOL: Final = "tag:yaml.org,2002:bool"
_INT: Final = "tag:yaml.org,2002:int"
_FLOAT: Final = "tag:yaml.org,2002:float"
_TEXT: Final = "tag:yaml.org,2002:str"


class Problems:
    """What was found wrong in one file, in the order in which it was found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def add(self, line: int, message: str, remedy: str = "") -> None:
        self.found.append(Problem(message, remedy, Place(self.file, line)))

    def place(self, line: int) -> Place:
        return Place(self.file, line)

    def in_order(self) -> list[Problem]:
        """What was found, by line; of very many problems the first hundred, and how many more there are."""
        ordered = sorted(self.found, key=lambda problem: problem.place.line if problem.place else 0)
        more = len(ordered) - MAX_PROBLEMS
        if more <= 0:
            return ordered
        return [*ordered[:MAX_PROBLEMS], Problem(f"There are {more:,} more problems.", "Mend these first.")]


class _Loader(yaml.SafeLoader):
    """Composes nodes; the implicit types are YAML 1.2's, not 1.1's."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _tag, _pattern, _first in (
    (_NULL, r"(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    (_BOOL, r"(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    (_INT, r"[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    (_FLOAT, r"[-+]?(?:(?:0|[1-9][0-9]*)?\.[0-9]+|(?:0|[1-9][0-9]*)\.?)(?:[eE][-+]?[0-9]+)?$", list("-+0123456789.")),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


# The same by libyaml, ten times as fast; what it refuses is read again by the other, whose words for an error are better.
_FastLoader: Any = type("_FastLoader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
_FastLoader.yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers


class _Dumper(yaml.SafeDumper):
    """Quotes whatever a reader of YAML 1.1 or `_Loader` would take for something other than a text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True

    def represent_str(self, data: str) -> ScalarNode:
        # Only between double quotes are rare line ends and the byte order mark escaped.
        style = '"' if _RARE.search(data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


_RARE = re.compile("[\x85\u2028\u2029\ufeff]")
_Dumper.add_representer(str, _Dumper.represent_str)


for _start, _resolvers in _Loader.yaml_implicit_resolvers.items():
    for _kind, _form in _resolvers:
        _Dumper.add_implicit_resolver(_kind, _form, [_start])


def dump(values: Mapping[str, Any]) -> str:
    """*values* as YAML that `read_mapping` reads back as they were."""
    return yaml.dump(dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def plain(node: Node) -> Any:
    """*node* as Python values: dict, list, str, int, Decimal, bool, None."""
    if isinstance(node, MappingNode):
        return {str(key.value): plain(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.value]
    return _scalar(node)


def _scalar(node: Node) -> Any:
    value = str(node.value)
    if node.tag == _NULL:
        return None
    if node.tag == _BOOL:
        return value.lower() == "true"
    if node.tag == _INT:
        # Python refuses to read integers of more than 4,300 digits; nobody means one.
        return int(value) if len(value) <= 100 else value
    return Decimal(value) if node.tag == _FLOAT else value


def describe(node: Node) -> str:
    """What *node* is, in the words of an error."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    return "nothing" if node.tag == _NULL else shown(plain(node))


class Section:
    """A YAML mapping whose keys are known in advance; reads each as its type and collects what is wrong."""

    def __init__(self, node: MappingNode, allowed: Sequence[str], what: str, problems: Problems, offset: int) -> None:
        self.node = node
        self.what = what
        self.problems = problems
        self.offset = offset
        self.line = self.line_of_node(node)
        self.entries: dict[str, Node] = {}
        self.lines: dict[str, int] = {}
        for name, line, value in pairs(node, problems, offset, what):
            if name not in allowed:
                problems.add(line, f"Unknown key {shown(name)} in {what}.", suggest(name, allowed))
                continue
            self.entries[name] = value
            self.lines[name] = line

    def line_of_node(self, node: Node) -> int:
        return int(node.start_mark.line) + self.offset

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)

    def has(self, key: str) -> bool:
        node = self.entries.get(key)
        return node is not None and node.tag != _NULL

    def wrong(self, key: str, allowed: str) -> None:
        read = describe(self.entries[key])
        self.problems.add(self.line_of(key), f"`{key}` of {self.what} is {read}.", f"Allowed: {allowed}.")

    def missing(self, key: str, allowed: str) -> None:
        self.problems.add(
            self.line, f"{self.what[0].upper()}{self.what[1:]} has no `{key}`.", f"Add `{key}: {allowed}`."
        )

    def text(self, key: str, *, default: str = "", required: str = "") -> str:
        """A scalar as it is written; *required* is the example that the error shows when it is missing."""
        if not self.has(key):
            if required:
                self.missing(key, required)
            return default
        node = self.entries[key]
        if isinstance(node, ScalarNode):
            return str(node.value).strip()
        self.wrong(key, "a text")
        return default

    def one_of(self, key: str, choices: Sequence[str], *, default: str = "", required: str = "") -> str:
        value = self.text(key, default=default, required=required)
        if value == default or value in choices:
            return value
        self.problems.add(self.line_of(key), f"`{key}` of {self.what} is {shown(value)}.", suggest(value, choices))
        return default

    def integer(self, key: str, *, default: int | None, low: int, high: int) -> int | None:
        if not self.has(key):
            return default
        value = plain(self.entries[key])
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.wrong(key, f"a whole number from {low:,} to {high:,}")
        return default

    def boolean(self, key: str, *, default: bool = False) -> bool:
        if not self.has(key):
            return default
        value = plain(self.entries[key])
        if isinstance(value, bool):
            return value
        self.wrong(key, "true or false")
        return default

    def texts(self, key: str, *, required: str = "") -> tuple[str, ...]:
        """A list of texts; a single text is a list of one."""
        if not self.has(key):
            if required:
                self.missing(key, required)
            return ()
        node = self.entries[key]
        if isinstance(node, ScalarNode):
            return (str(node.value).strip(),)
        if isinstance(node, SequenceNode) and all(isinstance(item, ScalarNode) for item in node.value):
            return tuple(str(item.value).strip() for item in node.value)
        self.wrong(key, "a text or a list of texts")
        return ()

    def value(self, key: str) -> Any:
        """Whatever stands there, as plain Python values; None when nothing does."""
        return plain(self.entries[key]) if self.has(key) else None

    def section(self, key: str, allowed: Sequence[str], what: str) -> Section | None:
        if not self.has(key):
            return None
        node = self.entries[key]
        if isinstance(node, MappingNode):
            return Section(node, allowed, what, self.problems, self.offset)
        self.wrong(key, f"a mapping of {', '.join(allowed)}")
        return None

    def sections(self, key: str, allowed: Sequence[str], what: str) -> list[Section]:
        """A list of mappings."""
        if not self.has(key):
            return []
        node = self.entries[key]
        if not isinstance(node, SequenceNode):
            self.wrong(key, f"a list of mappings with {', '.join(allowed)}")
            return []
        return [
            section
            for number, item in enumerate(node.value, start=1)
            if (section := self._item(item, allowed, f"{what} {number}")) is not None
        ]

    def _item(self, node: Node, allowed: Sequence[str], what: str) -> Section | None:
        if isinstance(node, MappingNode):
            return Section(node, allowed, what, self.problems, self.offset)
        self.problems.add(
            self.line_of_node(node),
            f"{what[0].upper()}{what[1:]} is {describe(node)}.",
            f"Allowed: a mapping of {', '.join(allowed)}.",
        )
        return None


def pairs(node: MappingNode, problems: Problems, offset: int, what: str) -> Iterator[tuple[str, int, Node]]:
    """Name, line and value of each entry; keys that are not text or stand twice are reported and left out."""
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = int(key.start_mark.line) + offset
        if not isinstance(key, ScalarNode):
            problems.add(line, f"A key of {what} is {describe(key)}.", "Allowed: a name.")
            continue
        name = str(key.value)
        if name in seen:
            problems.add(
                line,
                f"The key {shown(name)} of {what} stands twice; first on line {seen[name]}.",
                "Remove one of them.",
            )
            continue
        seen[name] = line
        yield name, line, value


def read_mapping(text: str, first_line: int, allowed: Sequence[str], what: str, problems: Problems) -> Section | None:
    """The YAML mapping in *text*, whose first line is *first_line* of the file; None when it cannot be read at all."""
    node = compose(text, first_line, what, problems)
    if node is None:
        return None
    if not isinstance(node, MappingNode):
        line = int(node.start_mark.line) + first_line
        problems.add(
            line, f"{what[0].upper()}{what[1:]} is {describe(node)}.", f"Write keys and values: {', '.join(allowed)}."
        )
        return None
    return Section(node, allowed, what, problems, first_line)


def compose(text: str, first_line: int, what: str, problems: Problems) -> Node | None:
    if len(text) > MAX_YAML_CHARACTERS:
        problems.add(
            first_line,
            f"{what[0].upper()}{what[1:]} has {len(text):,} characters of YAML.",
            f"At most {MAX_YAML_CHARACTERS:,} are allowed; data belong in a query.",
        )
        return None
    try:
        try:
            node = _composed(text, _FastLoader, first_line, what, problems)
        except yaml.YAMLError:
            node = _composed(text, _Loader, first_line, what, problems)
    except yaml.MarkedYAMLError as error:
        _report(error, first_line, what, problems)
        return None
    except yaml.YAMLError as error:
        problems.add(first_line, f"{what[0].upper()}{what[1:]} is not YAML: {' '.join(str(error).split())}.", "")
        return None
    return node


def _composed(text: str, loader: Any, first_line: int, what: str, problems: Problems) -> Node | None:
    if not _is_tame(text, loader, first_line, what, problems):
        return None
    return yaml.compose(text, Loader=loader) or _nothing()


def _nothing() -> MappingNode:
    start = yaml.Mark("", 0, 0, 0, "", 0)
    return MappingNode("tag:yaml.org,2002:map", [], start, start)


def _report(error: yaml.MarkedYAMLError, first_line: int, what: str, problems: Problems) -> None:
    mark = error.problem_mark or error.context_mark
    line = first_line + (mark.line if mark else 0)
    reason = error.problem or error.context or "it cannot be read"
    problems.add(
        line,
        f"{what[0].upper()}{what[1:]} is not YAML: {reason}.",
        "Check indentation (spaces, no tabs), colons, and put quotes around a text with a colon or a bracket in it.",
    )


def _is_tame(text: str, loader: Any, first_line: int, what: str, problems: Problems) -> bool:
    """Whether composing is safe: the composer recurses, and aliases multiply."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        line = first_line + (event.start_mark.line if event.start_mark else 0)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            problems.add(
                line, f"{what[0].upper()}{what[1:]} uses an anchor or an alias.", "Write the value out, or quote it."
            )
            return False
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            problems.add(line, f"{what[0].upper()}{what[1:]} is nested more than {MAX_DEPTH} deep.", "Make it flatter.")
            return False
    return True


def as_mapping(value: Any) -> Mapping[str, Any]:
    """*value* when it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}
