"""CSV (RFC 4180): every query that a table shows, all rows and all columns, in UTF-8 with a byte order mark for Excel.

Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers and dates stay as they are.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from pressroom.columns import identifier, quoted, reading
from pressroom.document import Document, Field, Kind, Results
from pressroom.workspace import Workspace
from pressroom.writers.archive import bundle
from pressroom.writers.queries import exported, file_names, workspace_of, writing

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_BYTE_ORDER_MARK = "\ufeff"


def write(document: Document, results: Results, folder: Path) -> Path:
    """Write one CSV file, or a zip archive of several, into *folder*."""
    workspace = workspace_of(results)
    files = [
        write_query(workspace, name, folder / file)
        for name, file in file_names(exported(document, results), "csv").items()
    ]
    if len(files) == 1:
        return files[0]
    return bundle(files, folder / "report.csv.zip", document.prepared_at, is_compressed=False)


def write_query(workspace: Workspace, name: str, path: Path) -> Path:
    """Write all rows of the result *name* as CSV to *path*."""
    fields = workspace.fields(name)
    items = ", ".join(f"{_cell(field, workspace)} as {identifier(field.name)}" for field in fields)
    body = path.with_suffix(".part")
    options = "format csv, header false, new_line '\\r\\n'"
    with writing(f"The CSV file of {name}"):
        workspace.connection.execute(
            f"copy (select {items} from {identifier(name)}) to {quoted(str(body))} ({options})"  # noqa: S608 - quoted
        )
    with path.open("wb") as target, body.open("rb") as rows:
        target.write(f"{_BYTE_ORDER_MARK}{','.join(_header(field) for field in fields)}\r\n".encode())
        shutil.copyfileobj(rows, target, 1 << 20)
    body.unlink()
    return path


def _header(field: Field) -> str:
    name = f"'{field.name}" if field.name.startswith(FORMULA_STARTS) else field.name
    return '"' + name.replace('"', '""') + '"' if any(mark in name for mark in ',"\r\n') else name


def _cell(field: Field, workspace: Workspace) -> str:
    value = reading(field, workspace.zone)
    if field.kind is not Kind.TEXT:
        return value
    starts = ", ".join(f"chr({ord(start)})" for start in FORMULA_STARTS)
    return f"case when left({value}, 1) in ({starts}) then '''' || {value} else {value} end"
