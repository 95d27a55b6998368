"""What an author should know about a report before it runs at night: errors, and what is probably not meant.

`lint` looks at the text alone; `pressroom.lint_data` also runs the queries. Neither raises for what it finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pressroom.blocks import ChartSpec, Query
from pressroom.blocks_tables import TableSpec
from pressroom.definition import Definition, parse
from pressroom.errors import DefinitionError, Place, PressroomError
from pressroom.parameters import Parameter
from pressroom.sql import Part, scan
from pressroom.templates import names_in


class Severity(StrEnum):
    """An error stops a run; a warning is probably not meant; a note says what could not be looked at."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend; `code` is for programs and never changes its meaning."""

    severity: Severity
    code: str
    message: str
    remedy: str = ""
    place: Place | None = None

    def as_json(self) -> dict[str, Any]:
        """As the API and `--json` give it."""
        return {
            "severity": self.severity.value,
            "code": self.code,
            "line": self.place.line if self.place else None,
            "message": self.message,
            "remedy": self.remedy,
        }


def lint_text(text: str, *, file: str = "report.md") -> tuple[Definition | None, list[Finding]]:
    """The report in *text*, None when it cannot be read, and what is to be said about it."""
    try:
        definition = parse(text, file=file)
    except DefinitionError as error:
        return None, findings_of(error)
    return definition, lint(definition)


def findings_of(error: PressroomError) -> list[Finding]:
    """*error* as findings: one for each problem."""
    return [
        Finding(Severity.ERROR, error.code, problem.message, problem.remedy, problem.place)
        for problem in error.problems
    ]


def lint(definition: Definition) -> list[Finding]:
    """What the text of a readable report shows to be superfluous or doubtful, by line."""
    found = [
        *_unused_queries(definition),
        *_unused_parameters(definition),
        *_whole_tables(definition),
        *_no_charts(definition),
    ]
    return in_order(found)


def in_order(findings: list[Finding]) -> list[Finding]:
    """*findings* by their lines; those without one first."""
    return sorted(findings, key=lambda finding: finding.place.line if finding.place else 0)


def _unused_queries(definition: Definition) -> Iterator[Finding]:
    for query in definition.unused_queries():
        yield Finding(
            Severity.WARNING, "unused_query", f"The query {query.name} is shown nowhere.",
            "Show it in a block or in the text, or delete it: it runs every time.", query.place,
        )  # fmt: skip


def _unused_parameters(definition: Definition) -> Iterator[Finding]:
    bound = {name for query in definition.queries for name in query.parameters}
    said = template_names_used(definition)
    for parameter in definition.parameters:
        if not bound.intersection(parameter.bound_names()) and parameter.name not in said:
            yield Finding(
                Severity.WARNING, "unused_parameter", f"The parameter {parameter.name} changes nothing.",
                f"{_use_of(parameter)}, or delete it.", parameter.place,
            )  # fmt: skip


def _use_of(parameter: Parameter) -> str:
    return f"Bind {' and '.join(f':{name}' for name in parameter.bound_names()[:2])} in a query"


def template_names_used(definition: Definition) -> set[str]:
    """Queries and parameters that the templates of the report name."""
    return {name for text in definition.texts() for name in names_in(text)}


# A query with one of these narrows or sums up what it reads.
_NARROWS: Final = re.compile(
    r"\b(?:where|group|limit|fetch|top|having|distinct|sample|tablesample|join|using|values|(?:count|sum|avg|min|max)\s*\()",
    re.IGNORECASE,
)


def _whole_tables(definition: Definition) -> Iterator[Finding]:
    tables = {block.data: block for block in definition.every_block() if isinstance(block, TableSpec)}
    for query in definition.queries:
        if query.name in tables and definition.row_limit is None and _reads_all(query):
            yield Finding(
                Severity.WARNING, "whole_table",
                f"The query {query.name} has neither `where` nor `limit`: it reads a whole table.",
                "Narrow it, e.g. to the report's period, or set `row_limit` in the front matter.", query.place,
            )  # fmt: skip


def _reads_all(query: Query) -> bool:
    code = "".join(token.text if token.part is Part.CODE else " x " for token in scan(query.sql))
    return re.search(r"\bfrom\b", code, re.IGNORECASE) is not None and not _NARROWS.search(code)


def _no_charts(definition: Definition) -> Iterator[Finding]:
    if "png" in definition.formats and not any(isinstance(block, ChartSpec) for block in definition.every_block()):
        yield Finding(
            Severity.WARNING, "no_chart", "The format png is asked for, but the report has no chart to draw.",
            "Leave png out of `formats`, or add a chart.",
        )  # fmt: skip


def counts(findings: list[Finding]) -> Mapping[Severity, int]:
    """How many findings there are of each severity."""
    return {severity: sum(finding.severity is severity for finding in findings) for severity in Severity}
