"""Parquet: every query that a table shows, all rows with the types of the database, compressed with zstd."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pressroom.columns import identifier, quoted
from pressroom.document import Document, Field, Results
from pressroom.lookup import file_note
from pressroom.workspace import Workspace
from pressroom.writers.json_blocks import plain
from pressroom.writers.queries import exported, file_names, gathered, workspace_of, writing

_WRITTEN_AS: Final = {"HUGEINT": "decimal(38,0)", "UHUGEINT": "decimal(38,0)", "INTERVAL": "varchar"}


def write(document: Document, results: Results, folder: Path) -> Path:
    """Write one Parquet file, or a zip archive of several, into *folder*."""
    workspace = workspace_of(results)
    names = exported(document, results)
    files = [
        _write_query(document, workspace, name, folder / file) for name, file in file_names(names, "parquet").items()
    ]
    return gathered(files, names, document, results, folder / "report.parquet.zip")


def _write_query(document: Document, workspace: Workspace, name: str, path: Path) -> Path:
    if made := workspace.file(name):
        return made.rename(path)
    facts = facts_of(document.title, document.prepared_at, document.timezone, document.parameters, name)
    if workspace.is_cut(name):
        facts["incomplete"] = file_note(name, workspace)
    with writing(f"The Parquet file of {name}"), workspace.writing(name):
        copy(workspace, workspace.fields(name), identifier(name), path, facts=facts)
    return path


def facts_of(
    title: str, prepared_at: datetime, timezone: str, parameters: Mapping[str, Any], query: str
) -> dict[str, str]:
    """What the file says of itself."""
    return {
        "title": title,
        "prepared_at": prepared_at.isoformat(),
        "timezone": timezone,
        "parameters": json.dumps(plain(parameters), ensure_ascii=False),
        "query": query,
    }


def copy(workspace: Workspace, fields: Sequence[Field], relation: str, path: Path, *, facts: Mapping[str, str]) -> None:
    """Write the rows of *relation*, which has *fields*, as Parquet to *path*."""
    metadata = ", ".join(f"{key}: {quoted(value)}" for key, value in facts.items())
    items = ", ".join(_item(field) for field in fields)
    options = f"format parquet, compression zstd, row_group_size {workspace.group_rows}, kv_metadata {{{metadata}}}"
    query = f"select {items} from {relation}"  # noqa: S608 - quoted identifiers
    workspace.connection.execute(f"copy ({query}) to {quoted(str(path))} ({options})")


def _item(field: Field) -> str:
    """The column as it is, but for what Parquet would change or refuse.

    It would make 128-bit whole numbers binary fractions; it has no negative durations, and few programs read any.
    """
    column = identifier(field.name)
    wanted = _WRITTEN_AS.get(field.type)
    return f"{column}::{wanted} as {column}" if wanted else column
