"""CSV (RFC 4180): every query that a table shows, all rows and all columns, in the dialect of the report.

Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers and dates stay as they are.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from pathlib import Path

from pressroom.columns import identifier, quoted, reading
from pressroom.dialect import Dialect
from pressroom.document import Document, Field, Kind, Results
from pressroom.errors import RenderError
from pressroom.workspace import Workspace
from pressroom.writers.headings import told_apart
from pressroom.writers.queries import exported, file_names, gathered, workspace_of, writing

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_BYTE_ORDER_MARK = "\ufeff"
_PLAIN = Dialect()
_READ_BYTES = 1 << 20


def write(document: Document, results: Results, folder: Path) -> Path:
    """Write one CSV file, or a zip archive of several, into *folder*; RenderError when the encoding lacks a character."""
    workspace = workspace_of(results)
    names = exported(document, results)
    files = [
        write_query(workspace, name, folder / file, document.csv, _labels(document, name))
        for name, file in file_names(names, "csv").items()
    ]
    return gathered(files, names, document, results, folder / "report.csv.zip")


def _labels(document: Document, query: str) -> Mapping[str, str]:
    """What the first table of *query* calls its columns, where the dialect wants that."""
    if document.csv.header != "labels":
        return {}
    table = next((table for table in document.tables() if table.data == query), None)
    if table is None:
        return {}
    return {column.field.name: label for column, label in zip(table.columns, told_apart(table.columns), strict=True)}


def write_query(
    workspace: Workspace, name: str, path: Path, dialect: Dialect = _PLAIN, labels: Mapping[str, str] | None = None
) -> Path:
    """Write all rows of the result *name* as CSV to *path*; *labels* stand for names of columns in its head."""
    if made := workspace.file(name):
        return made.rename(path)
    with writing(f"The CSV file of {name}"), workspace.writing(name):
        copy(workspace, workspace.fields(name), identifier(name), path, dialect, labels)
    if not dialect.is_utf8:
        _transcode(path, dialect.encoding, name)
    return path


def copy(
    workspace: Workspace,
    fields: Sequence[Field],
    relation: str,
    path: Path,
    dialect: Dialect = _PLAIN,
    labels: Mapping[str, str] | None = None,
) -> None:
    """Write the rows of *relation*, which has *fields*, as CSV in UTF-8 to *path* in one pass."""
    cells = [_cell(field, workspace, dialect) for field in fields]
    if len(cells) == 1 and not dialect.null:
        cells = [f"coalesce(({cells[0]})::varchar, '')"]  # written as "": most readers skip an empty line
    items = ", ".join(f"{cell} as {identifier(field.name)}" for cell, field in zip(cells, fields, strict=True))
    head = _head([(labels or {}).get(field.name, field.name) for field in fields], dialect)
    query = f"select {items} from {relation}"  # noqa: S608 - quoted identifiers
    options = ", ".join(_options(head, dialect))
    (count,) = workspace.connection.execute(f"copy ({query}) to {quoted(str(path))} ({options})").fetchall()[0]
    if not count:
        path.write_bytes(head.encode())


def _options(head: str, dialect: Dialect) -> list[str]:
    end = dialect.line_ending
    options = [
        "format csv",
        "header false",
        f"delimiter {quoted(dialect.delimiter)}",
        f"nullstr {quoted(dialect.null)}",
    ]
    options.append(f"new_line '{end.encode('unicode_escape').decode()}'")
    # With a prefix and a suffix, DuckDB puts line ends between the rows and not after each.
    options += [f"prefix {quoted(head)}", f"suffix {quoted(end)}"] if head else []
    return [*options, "force_quote *"] if dialect.quote == "all" else options


def _head(names: Sequence[str], dialect: Dialect) -> str:
    mark = _BYTE_ORDER_MARK if dialect.encoding == "utf-8-sig" else ""
    if dialect.header == "false":
        return mark
    return f"{mark}{dialect.delimiter.join(_name(name, dialect) for name in names)}{dialect.line_ending}"


def _name(name: str, dialect: Dialect) -> str:
    name = f"'{name}" if name.startswith(FORMULA_STARTS) else name
    is_quoted = dialect.quote == "all" or any(mark in name for mark in f'{dialect.delimiter}"\r\n')
    return '"' + name.replace('"', '""') + '"' if is_quoted else name


def _cell(field: Field, workspace: Workspace, dialect: Dialect) -> str:
    """SQL that gives the value as it is written.

    No list after IN: of five constants or more DuckDB makes a join, which loses the order of the rows. The comparison
    comes first because it costs nothing and settles most texts; all starts of formulas are below "A".
    """
    value = reading(field, workspace.zone)
    if field.kind in (Kind.DECIMAL, Kind.FLOAT) and dialect.decimal != ".":
        return f"replace({value}::varchar, '.', {quoted(dialect.decimal)})"
    if field.kind is not Kind.TEXT:
        return value
    starts = " || ".join(f"chr({ord(start)})" for start in FORMULA_STARTS)
    is_formula = f"{value} < 'A' and {value} <> '' and contains({starts}, left({value}, 1))"
    return f"case when {is_formula} then chr(39) || {value} else {value} end"


# ---- other encodings ------------------------------------------------------------------------------------------------


def _transcode(path: Path, encoding: str, name: str) -> None:
    """Write the file again in *encoding*; a replacement would change the data without a place to say so."""
    decoder, encoder = codecs.getincrementaldecoder("utf-8")(), codecs.getincrementalencoder(encoding)()
    made, line = path.with_suffix(".part"), 1
    with path.open("rb") as source, made.open("wb") as target:
        while chunk := source.read(_READ_BYTES):
            text = decoder.decode(chunk)
            try:
                target.write(encoder.encode(text))
            except UnicodeEncodeError as error:
                line += text.count("\n", 0, error.start)
                raise _lacking(text[error.start], line, encoding, name) from None
            line += text.count("\n")
    made.replace(path)


def _lacking(character: str, line: int, encoding: str, name: str) -> RenderError:
    return RenderError(
        f"The CSV file of {name} cannot be written as {encoding}: line {line} has {character!r} (U+{ord(character):04X}), "
        "which that encoding lacks.",
        remedy="Write `csv: {encoding: utf-8-sig}` in the front matter, or replace the character in SQL.",
        code="encoding",
    )
