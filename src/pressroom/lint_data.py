"""Linting with data: each query is run for its first rows, and each block and text is tried on what it gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pressroom.assets import Assets
from pressroom.blocks import BlockSpec, ChartSpec, ProseSpec, Query
from pressroom.blocks_tables import TableSpec
from pressroom.blocks_tiles import KpiSpec
from pressroom.choices import MAX_CHOICES, choice_queries, with_choices
from pressroom.definition import Definition
from pressroom.errors import Place, PressroomError, SourceError
from pressroom.evaluate import evaluate
from pressroom.lint import Finding, Severity, findings_of, in_order
from pressroom.pages import Setup
from pressroom.parameters import Parameter, ResolvedParameters, Type, resolve
from pressroom.render import Resolver, place_in
from pressroom.templates import columns_in
from pressroom.wording import suggest
from pressroom.workspace import Workspace

_ROWS: Final = MAX_CHOICES + 1  # of each query
_SAMPLES: Final[Mapping[Type, Any]] = {
    Type.TEXT: "x", Type.NUMBER: 1, Type.DATE: "today", Type.BOOLEAN: False, Type.LIST: ["x"], Type.PERIOD: "last month",
}  # fmt: skip


def lint_data(
    definition: Definition,
    source_of: Resolver,
    *,
    parameters: Mapping[str, Any],
    at: datetime,
    zone: ZoneInfo,
    scratch: Path,
    assets: Assets | None = None,
) -> list[Finding]:
    """What the queries of *definition* show to be wrong: SQL that is refused, columns that are not given.

    A parameter without a value gets some value of its type. A source that cannot be reached is a note, never an error.
    *source_of* opens sources; whoever gives it closes them. *assets* are the files that the report may show.
    """
    with Workspace(scratch, row_limit=_ROWS, zone=zone) as workspace:
        trial = _Trial(definition, workspace, source_of, assets or Assets())
        trial.run(choice_queries(definition), {})
        try:
            trial.fill_choices()
            resolved = resolve(trial.definition, _sampled(trial.definition, parameters), at, zone)
        except PressroomError as error:
            return in_order([*trial.findings, *findings_of(error)])
        trial.run([query.name for query in definition.queries], resolved.bindings)
        trial.try_blocks(resolved, at, zone)
        return in_order(trial.findings)


def _sampled(definition: Definition, given: Mapping[str, Any]) -> dict[str, Any]:
    missing = [each for each in definition.parameters if each.is_required and given.get(each.name) is None]
    return {**given, **{parameter.name: _sample(parameter) for parameter in missing}}


def _sample(parameter: Parameter) -> Any:
    if parameter.choices:
        return [parameter.choices[0]] if parameter.type is Type.LIST else parameter.choices[0]
    return _SAMPLES.get(parameter.type, "x")


@dataclass
class _Trial:
    definition: Definition
    workspace: Workspace
    source_of: Resolver
    assets: Assets
    findings: list[Finding] = field(default_factory=list)
    unreachable: set[str] = field(default_factory=set)  # sources

    def run(self, names: list[str], bindings: Mapping[str, Any]) -> None:
        """Run those of the queries *names* that have not run, as far as their sources answer."""
        for query in self.definition.queries:
            if query.name in names and query.name not in self.workspace.names():
                self._run(query, {name: bindings[name] for name in query.parameters})

    def _run(self, query: Query, bound: Mapping[str, Any]) -> None:
        if query.source in self.unreachable:
            return
        try:
            self.workspace.load(query.name, self.source_of(query.source), query.sql, bound)
        except SourceError as error:
            self.unreachable.add(query.source)
            self.findings.append(
                Finding(
                    Severity.NOTE, "unchecked",
                    f"The columns of the queries to {query.source} were not checked: {error.message}", error.remedy,
                )
            )  # fmt: skip
        except PressroomError as error:
            error.place = error.place or place_in(query, error, bound)
            self.findings += findings_of(error)

    def fill_choices(self) -> None:
        if all(name in self.workspace.names() for name in choice_queries(self.definition)):
            self.definition = with_choices(self.definition, self.workspace)

    def try_blocks(self, resolved: ResolvedParameters, at: datetime, zone: ZoneInfo) -> None:
        """Evaluate title and blocks one by one, so that each says what is wrong with it."""
        bare = replace(self.definition, title="-", subtitle="", setup=Setup(), blocks=())
        alone = [replace(self.definition, blocks=())]
        for block in self.definition.every_block():
            missing = list(self._missing_columns(block))
            self.findings += missing
            if not missing:
                alone += [replace(bare, blocks=(part,)) for part in _parts(block)]
        for definition in alone:
            try:
                evaluate(definition, self.workspace, resolved, at=at, zone=zone, assets=self.assets)
            except PressroomError as error:
                if error.code != "missing_query":  # its query has failed, which is told already
                    self.findings += findings_of(error)

    def _missing_columns(self, block: BlockSpec) -> Iterator[Finding]:
        for query, column, place in _columns_of(block, self.workspace.names()):
            known = [each.name for each in self.workspace.fields(query)]
            if column not in known:
                yield Finding(
                    Severity.ERROR, "missing_column", f"The query {query} has no column {column}.",
                    suggest(column, known, what=f"Columns of {query}"), place,
                )  # fmt: skip


def _columns_of(block: BlockSpec, queries: Any) -> Iterator[tuple[str, str, Place]]:
    """Query, column and place of each column that *block* names."""
    if isinstance(block, ProseSpec):
        yield from columns_in(block.text, block.place, queries)
    elif isinstance(block, TableSpec) and block.data in queries:
        yield from ((block.data, column.name, column.place) for column in block.columns)
    elif isinstance(block, ChartSpec) and block.data in queries:
        yield from ((block.data, name, block.place) for name in (block.x, *block.y, block.color) if name)


def _parts(block: BlockSpec) -> list[BlockSpec]:
    """Tiles one by one, since each may name another column; other blocks whole."""
    return [replace(block, tiles=(tile,)) for tile in block.tiles] if isinstance(block, KpiSpec) else [block]
