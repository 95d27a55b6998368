"""JSON (RFC 8259): the report's title, parameters and blocks, and all rows of every query that a table shows.

    {"title", "subtitle", "prepared_at", "timezone", "author", "parameters": {…},
     "blocks": [{"kind": "heading" | "paragraph" | "kpi" | "chart" | "table" | …, …}],
     "queries": {name: {"columns": [{"name", "type"}], "rows": [[…]], "count", "is_cut", "note"?}}}

Decimals are numbers with all their digits. Whole numbers beyond 2^53 are strings, since most readers of JSON would round
them. Dates and moments are ISO 8601, moments with a zone carry their offset. What is not a number is null.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pressroom.columns import identifier, reading
from pressroom.document import Document, Field, Kind, Results
from pressroom.lookup import file_note
from pressroom.workspace import Workspace
from pressroom.writers.json_blocks import EXACT_INTEGERS, plain, values
from pressroom.writers.queries import exported, workspace_of

_FETCHED_ROWS = 4096


def write(document: Document, results: Results, folder: Path) -> Path:
    """Write one JSON file into *folder*."""
    workspace = workspace_of(results)
    path = folder / "report.json"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_text(document, workspace))
    return path


def _text(document: Document, workspace: Workspace) -> Iterator[str]:
    head = {
        "title": document.title,
        "subtitle": document.subtitle,
        "prepared_at": document.prepared_at.isoformat(),
        "timezone": document.timezone,
        "author": document.author,
        "parameters": plain(document.parameters),
        "blocks": values(document, workspace),
    }
    yield json.dumps(head, ensure_ascii=False, allow_nan=False, indent=1).removesuffix("\n}")
    yield ',\n "queries": {'
    for number, name in enumerate(exported(document, workspace)):
        yield f"{',' if number else ''}\n{json.dumps(name, ensure_ascii=False)}: "
        yield from _query(workspace, name)
    yield "\n}}\n"


def _query(workspace: Workspace, name: str) -> Iterator[str]:
    fields = workspace.fields(name)
    columns = [{"name": field.name, "type": field.kind.value} for field in fields]
    is_cut = workspace.is_cut(name)
    facts: dict[str, Any] = {"columns": columns, "count": workspace.count(name), "is_cut": is_cut}
    facts |= {"note": file_note(name, workspace)} if is_cut else {}
    yield json.dumps(facts, ensure_ascii=False).removesuffix("}")
    yield ', "rows": ['
    cells = f"concat_ws(',', {', '.join(_cell(field, workspace) for field in fields)})"
    with workspace.cursor() as cursor:
        cursor.execute(f"select '[' || {cells} || ']' from {identifier(name)}")  # noqa: S608 - quoted identifiers
        separator = "\n"
        while rows := cursor.fetchmany(_FETCHED_ROWS):
            yield separator + ",\n".join(row[0] for row in rows)
            separator = ",\n"
    yield "\n]}"


def _cell(field: Field, workspace: Workspace) -> str:
    """SQL that gives the JSON text of one value."""
    value = reading(field, workspace.zone)
    match field.kind:
        case Kind.INTEGER:
            exact = f"abs({value}::hugeint) <= {EXACT_INTEGERS}"
            text = f"case when {exact} then {value}::varchar else '\"' || {value}::varchar || '\"' end"
        case Kind.DECIMAL | Kind.BOOLEAN:
            text = f"{value}::varchar"
        case Kind.FLOAT:
            text = f"case when isfinite({value}) then {value}::varchar end"
        case Kind.TIMESTAMP if field.type == "TIMESTAMP WITH TIME ZONE":
            text = f"case when {value} is not null then '\"' || {_with_offset(identifier(field.name))} || '\"' end"
        case Kind.TIMESTAMP:
            text = f"'\"' || strftime({value}, '%Y-%m-%dT%H:%M:%S.%f') || '\"'"
        case _:
            text = f"to_json({value}::varchar)::varchar"
    return f"coalesce({text}, 'null')"


def _with_offset(column: str) -> str:
    """RFC 3339 of an instant in the zone of the connection: `2024-07-01T12:00:00.000000+02:00`."""
    local = f"timezone(current_setting('TimeZone'), {column})"
    seconds = f"epoch({local} - timezone('UTC', {column}))::bigint"
    hours = f"left((time '00:00' + to_seconds(abs({seconds})))::varchar, 5)"
    return f"strftime({local}, '%Y-%m-%dT%H:%M:%S.%f') || case when {seconds} < 0 then '-' else '+' end || {hours}"
