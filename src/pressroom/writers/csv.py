"""CSV (RFC 4180): every query that a table shows, all rows and all columns, in UTF-8 with a byte order mark for Excel.

Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers and dates stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    if made := workspace.file(name):
        return made.rename(path)
    with writing(f"The CSV file of {name}"):
        copy(workspace, workspace.fields(name), identifier(name), path)
    return path


def copy(workspace: Workspace, fields: Sequence[Field], relation: str, path: Path) -> None:
    """Write the rows of *relation*, which has *fields*, as CSV to *path* in one pass."""
    items = ", ".join(f"{_cell(field, workspace)} as {identifier(field.name)}" for field in fields)
    header = f"{_BYTE_ORDER_MARK}{','.join(_header(field) for field in fields)}\r\n"
    # With a prefix and a suffix, DuckDB puts line ends between the rows and not after each.
    options = f"format csv, header false, new_line '\\r\\n', prefix {quoted(header)}, suffix '\r\n'"
    query = f"select {items} from {relation}"  # noqa: S608 - quoted identifiers
    (count,) = workspace.connection.execute(f"copy ({query}) to {quoted(str(path))} ({options})").fetchall()[0]
    if not count:
        path.write_bytes(header.encode())


def _header(field: Field) -> str:
    name = f"'{field.name}" if field.name.startswith(FORMULA_STARTS) else field.name
    return '"' + name.replace('"', '""') + '"' if any(mark in name for mark in ',"\r\n') else name


def _cell(field: Field, workspace: Workspace) -> str:
    """SQL that gives the value as it is written.

    No list after IN: of five constants or more DuckDB makes a join, which loses the order of the rows. The comparison
    comes first because it costs nothing and settles most texts; all starts of formulas are below "A".
    """
    value = reading(field, workspace.zone)
    if field.kind is not Kind.TEXT:
        return value
    starts = " || ".join(f"chr({ord(start)})" for start in FORMULA_STARTS)
    is_formula = f"{value} < 'A' and {value} <> '' and contains({starts}, left({value}, 1))"
    return f"case when {is_formula} then chr(39) || {value} else {value} end"
