"""Which results need not be kept: large ones that only a data file shows, which then go straight to it.

To load ten million rows into the workspace and to read them again costs more time than to write their file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from pressroom.blocks import PageBreakSpec, ProseSpec
from pressroom.blocks_tables import ColumnSpec, TableSpec
from pressroom.definition import Definition
from pressroom.dialect import Dialect
from pressroom.evaluate import shown_parameters, title_of
from pressroom.parameters import ResolvedParameters

if TYPE_CHECKING:
    from pressroom.workspace import Straight, Workspace

FORMATS: Final = ("csv", "parquet")
# What a table may say and still need no more than its first rows; totals and scales need them all.
_TABLE: Final = ("data", "place", "title", "columns", "is_selection", "limit")
_COLUMN: Final = ("name", "place", "label", "format", "align", "hide", "width", "wrap")


def heads(definition: Definition, formats: Sequence[str]) -> dict[str, int]:
    """The queries whose rows only the one data file of *formats* needs, and how many of their first rows are shown.

    That is a query of simple tables (or of none, when the report has no table), named in no text of the report.
    """
    if len(formats) != 1 or formats[0] not in FORMATS or not _is_plain(definition.csv):
        return {}
    if not all(isinstance(block, ProseSpec | PageBreakSpec | TableSpec) for block in definition.blocks):
        return {}
    tables = [block for block in definition.blocks if isinstance(block, TableSpec)]
    texts = repr(replace(definition, queries=(), blocks=tuple(b for b in definition.blocks if b not in tables)))
    found = {}
    for name in definition.query_names():
        its = [table for table in tables if table.data == name]
        if (its or not tables) and all(map(_is_simple, its)) and not re.search(rf"\b{re.escape(name)}\b", texts):
            found[name] = max((table.limit for table in its), default=0)
    return found


def _is_plain(dialect: Dialect) -> bool:
    """Whether DuckDB alone writes it, and knows all that stands in it before the report is evaluated."""
    return dialect.is_utf8 and dialect.header != "labels"


def _is_simple(table: TableSpec) -> bool:
    bare = TableSpec(table.data, table.place)
    return _differ_only_in(_TABLE, table, bare) and all(
        _differ_only_in(_COLUMN, column, ColumnSpec(column.name, column.place)) for column in table.columns
    )


def _differ_only_in(names: Iterable[str], one: Any, other: Any) -> bool:
    return all(
        getattr(one, field.name) == getattr(other, field.name) for field in fields(one) if field.name not in names
    )


def ways(
    definition: Definition,
    workspace: Workspace,
    resolved: ResolvedParameters,
    formats: Sequence[str],
    folder: Callable[[], Path],
    *,
    at: datetime,
    zone: ZoneInfo,
) -> Mapping[str, Straight]:
    """How such queries get to their file, made in the *folder* that is asked for only then."""
    queries = heads(definition, formats)
    if not queries:
        return {}
    from pressroom.workspace import Straight
    from pressroom.writers import csv, parquet

    title = title_of(definition, workspace, resolved, at=at, zone=zone)
    prepared_at = at.astimezone(zone)
    shown = shown_parameters(definition, resolved)
    copies: dict[str, Any] = {name: partial(csv.copy, dialect=definition.csv) for name in queries}
    if formats[0] == "parquet":
        facts = {name: parquet.facts_of(title, prepared_at, str(zone), shown, name) for name in queries}
        copies = {name: partial(parquet.copy, facts=facts[name]) for name in queries}
    place = folder()
    return {
        name: Straight(copies[name], place / f"{number}.{formats[0]}", head)
        for number, (name, head) in enumerate(queries.items())
    }
