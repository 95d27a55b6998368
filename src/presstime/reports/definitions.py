"""The text of a report, checked: what pressroom finds wrong, as problems of the field `definition`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from pressroom.definition import Definition, parse
from pressroom.errors import DefinitionError, Problem
from pressroom.wording import suggest
from presstime.base.errors import FieldProblem, Invalid

FIELD = "definition"
_SOURCE_KEY = re.compile(r"^source\s*:", re.MULTILINE)


def read(text: str) -> Definition:
    """The report in *text*; Invalid lists every problem with its line."""
    if "\0" in text:
        line = 1 + text.count("\n", 0, text.index("\0"))
        raise Invalid.of(FIELD, f"line {line}: The text holds a NUL character. Take it out.")
    try:
        return read_cached(text)
    except DefinitionError as error:
        raise Invalid([_field_problem(problem) for problem in error.problems], _summary(len(error.problems))) from error


@lru_cache(maxsize=32)  # texts have up to 2 MB
def read_cached(text: str) -> Definition:
    """As pressroom's `parse`, remembered: a list of schedules reads the same few reports again and again."""
    return parse(text)


class MissingSource(NamedTuple):
    """A source that a report names and that there is not."""

    line: int
    message: str
    remedy: str


def missing_sources(definition: Definition, text: str, known: Iterable[str]) -> Iterator[MissingSource]:
    """Each source that *definition* names and that is not among *known*."""
    names = sorted(known)
    for name in definition.source_names():
        if name not in names:
            line = _line_of(name, definition, text)
            yield MissingSource(line, f'There is no source "{name}".', _remedy(name, names))


def unknown_sources(definition: Definition, text: str, known: Iterable[str]) -> list[FieldProblem]:
    """As `missing_sources`, as problems of the field."""
    return [
        FieldProblem(FIELD, f"line {missing.line}: {missing.message} {missing.remedy}")
        for missing in missing_sources(definition, text, known)
    ]


def _remedy(name: str, known: list[str]) -> str:
    return suggest(name, known, what="Sources") if known else "An administrator adds sources: presstime source add."


def _line_of(name: str, definition: Definition, text: str) -> int:
    """The line that names the source: the front matter's key, else the query's first."""
    if name == definition.source:
        match = _SOURCE_KEY.search(text)
        return 1 + text.count("\n", 0, match.start()) if match else 1
    return next(query.place.line for query in definition.queries if query.source == name)


def _field_problem(problem: Problem) -> FieldProblem:
    where = f"line {problem.place.line}: " if problem.place else ""
    return FieldProblem(FIELD, f"{where}{problem.message} {problem.remedy}".rstrip())


def _summary(count: int) -> str:
    return "The report has a problem." if count == 1 else f"The report has {count} problems."
