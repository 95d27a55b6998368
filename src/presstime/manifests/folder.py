"""A folder that makes an installation, read: what is wanted, and everything that cannot be read, with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from pressroom.asset_checks import kind_of
from pressroom.schema import Problems, Section, read_mapping
from presstime.base.errors import FieldProblem, PresstimeError
from presstime.manifests import secrets
from presstime.manifests.naming import name_of
from presstime.reports import definitions
from presstime.schedules.checks import field_names

ASSETS, GROUPS, SOURCES, REPORTS, SCHEDULES = "assets", "groups", "sources", "reports", "schedules"
KINDS = (ASSETS, GROUPS, SOURCES, REPORTS, SCHEDULES)
LARGEST_FILE = 4_000_000
_LINE = re.compile(r"line (\d+): ")
_TEXTS = frozenset({definitions.FIELD, "file"})  # of a report, of a theme
_YAML = (".yaml", ".yml")
_FIELDS = {
    GROUPS: ("name", "description", "reports", "sources"),
    SOURCES: ("name", "url"),
    SCHEDULES: (*field_names(), "owner"),
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong in one file; line 1 where it concerns the file as a whole."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.field}: {self.message}"


class Refused(PresstimeError):  # noqa: N818 - reads as a state
    """Files that cannot be applied, with every flaw; nothing was changed."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = sorted(set(flaws), key=lambda flaw: (flaw.file, flaw.line, flaw.field))
        count = "One problem" if len(self.flaws) == 1 else f"{len(self.flaws)} problems"
        super().__init__("\n".join([f"{count}; nothing was changed.", *map(str, self.flaws)]))


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing as its file wants it; `given` are its fields, `lines` where they stand."""

    file: str
    name: str
    given: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, dotted: str) -> int:
        """The line of a field, or of what it lies in."""
        parts = dotted.split(".")
        known = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((self.lines[name] for name in known if name in self.lines), 1)


@dataclass(slots=True)
class Content:
    """All that a folder wants, by kind; a kind without a folder of its own is None."""

    assets: list[Wanted] | None = None
    groups: list[Wanted] | None = None
    sources: list[Wanted] | None = None
    reports: list[Wanted] | None = None
    schedules: list[Wanted] | None = None
    warnings: list[str] = field(default_factory=list)


def flaw_of(wanted: Wanted, problem: FieldProblem) -> Flaw:
    """The problem at its line: that of the field, or the one that the problem of a text names itself."""
    found = _LINE.match(problem.message)
    if problem.field in _TEXTS and found:
        return Flaw(wanted.file, int(found[1]), problem.field, problem.message[found.end() :])
    return Flaw(wanted.file, wanted.line_of(problem.field), problem.field, problem.message)


def read(folder: Path, environment: Mapping[str, str]) -> Content:
    """The content of *folder*, placeholders filled from *environment*; Refused lists all that cannot be read."""
    content, flaws = Content(), list[Flaw]()
    kinds = [kind for kind in KINDS if (folder / kind).is_dir()]
    if not kinds:
        message = f'"{folder}" has no folder {", ".join(KINDS[:-1])} or {KINDS[-1]}. Name the folder that holds them.'
        raise Refused([Flaw(str(folder), 1, "DIR", message)])
    for kind in kinds:
        reader = _Reader(folder, kind, environment, content.warnings, flaws)
        setattr(content, kind, reader.read())
    if flaws:
        raise Refused(flaws)
    return content


def files_of(folder: Path, kind: str) -> list[Path]:
    """The files of one kind, in the order of their names; those of no kind, and hidden ones, are none."""
    start = folder / kind
    found = (path for path in start.rglob("*") if path.is_file())
    return sorted(path for path in found if _is_of(kind, path.relative_to(start)))


def _is_of(kind: str, path: Path) -> bool:
    if kind == ASSETS:
        return not any(part.startswith(".") for part in path.parts) and kind_of(path.as_posix()) is not None
    return path.suffix in ((".md",) if kind == REPORTS else _YAML)


@dataclass
class _Reader:
    """Reads all files of one kind."""

    folder: Path
    kind: str
    environment: Mapping[str, str]
    warnings: list[str]
    flaws: list[Flaw]

    def read(self) -> list[Wanted]:
        found: dict[str, Wanted] = {}
        for path in files_of(self.folder, self.kind):
            wanted = self._read(path, str(path.relative_to(self.folder)))
            if wanted is None:
                continue
            if wanted.name in found:
                message = f'"{wanted.name}" stands in {found[wanted.name].file} already. Remove one of them.'
                self._wrong(wanted.file, wanted.line_of("name"), "name", message)
            found.setdefault(wanted.name, wanted)
        return list(found.values())

    def _read(self, path: Path, file: str) -> Wanted | None:
        content = self._content(path, file)
        if content is None:
            return None
        if self.kind == ASSETS:
            return Wanted(file, path.relative_to(self.folder / ASSETS).as_posix(), {"content": content})
        try:
            text = content.decode("utf-8-sig")  # line ends stay as they are, so that what was exported is the same
        except UnicodeDecodeError as error:
            line = 1 + content[: error.start].count(b"\n")
            self._wrong(file, line, "file", "It is not UTF-8. Save it as UTF-8.")
            return None
        if self.kind == REPORTS:
            return Wanted(file, name_of(path.stem), {"definition": text})
        return self._read_yaml(text, file, name_of(path.stem))

    def _content(self, path: Path, file: str) -> bytes | None:
        try:
            if path.stat().st_size <= LARGEST_FILE:
                return path.read_bytes()
            message = f"It has more than {LARGEST_FILE:,} bytes. Data belong in a source."
        except OSError as error:
            message = f"It cannot be read: {error.strerror}."
        self._wrong(file, 1, "file", message)
        return None

    def _read_yaml(self, text: str, file: str, stem: str) -> Wanted | None:
        problems = Problems(file)
        section = read_mapping(text, 1, sorted(_FIELDS[self.kind]), f"the {self.kind[:-1]}", problems)
        for problem in problems.in_order():
            line = problem.place.line if problem.place else 1
            self._wrong(file, line, self.kind[:-1], f"{problem.message} {problem.remedy}".rstrip())
        if section is None or problems.found:
            return None
        given = {name: _jsonable(section.value(name)) for name in section.entries}
        wanted = Wanted(file, str(given.get("name") or stem), given, dict(_lines(section)))
        return self._with_secrets(wanted) if self.kind == SOURCES else wanted

    def _with_secrets(self, wanted: Wanted) -> Wanted | None:
        url, line = wanted.given.get("url"), wanted.line_of("url")
        if not isinstance(url, str) or not url:
            example = "url: postgresql://reader:${WAREHOUSE_PASSWORD}@db.example.com/warehouse"
            self._wrong(wanted.file, line, "url", f"A source needs an address, such as {example}.")
            return None
        if secrets.has_secret(url):
            self.warnings.append(f"{wanted.file}:{line} url: a secret stands here in clear. Write ${{NAME}} instead.")
        try:
            filled = secrets.fill(url, self.environment)
        except secrets.Missing as error:
            self._wrong(wanted.file, line, "url", str(error))
            return None
        return Wanted(wanted.file, wanted.name, {"url": filled}, wanted.lines)

    def _wrong(self, file: str, line: int, field: str, message: str) -> None:
        self.flaws.append(Flaw(file, line, field, message))


def _lines(section: Section) -> Iterator[tuple[str, int]]:
    for name, node in section.entries.items():
        yield name, section.line_of(name)
        yield from _inner_lines(node, name, section)


def _inner_lines(node: Node, prefix: str, section: Section) -> Iterator[tuple[str, int]]:
    inner: list[tuple[str, Node, Node]] = []
    if isinstance(node, MappingNode):
        inner = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, SequenceNode):
        inner = [(str(number), value, value) for number, value in enumerate(node.value)]
    for name, place, value in inner:
        yield f"{prefix}.{name}", section.line_of_node(place)
        yield from _inner_lines(value, f"{prefix}.{name}", section)


def _jsonable(value: Any) -> Any:
    """*value* as JSON would have brought it: a decimal as a number when that loses nothing, else as it is written."""
    if isinstance(value, dict):
        return {name: _jsonable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, Decimal):
        number = float(value)
        return number if Decimal(repr(number)) == value else str(value)
    return value
