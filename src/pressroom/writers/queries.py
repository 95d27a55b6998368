"""Which query results belong to the data files of a report, and how they are called there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from pressroom.database import not_kept
from pressroom.document import Document, Results
from pressroom.errors import RenderError
from pressroom.lookup import file_note
from pressroom.workspace import Workspace
from pressroom.writers.archive import bundle


def workspace_of(results: Results) -> Workspace:
    """*results* as the workspace that the data writers read from with SQL."""
    if not isinstance(results, Workspace):
        raise RenderError("Data files are written from a workspace only.", remedy="Load the queries into a Workspace.")
    return results


def exported(document: Document, results: Results) -> list[str]:
    """The queries shown in tables, in the document's order; all queries when no table shows any."""
    shown = dict.fromkeys(table.data for table in document.tables())
    names = list(shown or results.names())
    if not names:
        raise RenderError("The report has no query to write.", remedy="Add a ```sql block to the report file.")
    return names


NOTE_FILE: Final = "INCOMPLETE.txt"


def gathered(files: list[Path], names: Sequence[str], document: Document, results: Results, target: Path) -> Path:
    """The one of *files*, or all of them in the archive *target*.

    A result that a cap ended is told in a note beside the data, in an archive then too: the data themselves have no place
    for it that a program would not read as a row.
    """
    notes = [file_note(name, results) for name in names if results.is_cut(name)]
    if len(files) == 1 and not notes:
        return files[0]
    if notes:
        note = target.with_name(NOTE_FILE)
        note.write_text("\n".join(notes) + "\n", encoding="utf-8")
        files = [note, *files]
    return bundle(files, target, document.prepared_at, is_compressed=target.name.endswith(".parquet.zip"))


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Turn what DuckDB says while *what* is written into RenderError, as `not_kept` does."""
    try:
        yield
    except duckdb.Error as error:
        raise not_kept(f"{what} could not be written", error) from error


def file_names(names: Sequence[str], extension: str) -> dict[str, str]:
    """A file name for each query, safe on every system and distinct without regard to case."""
    taken: set[str] = set()
    result = {}
    for name in names:
        stem = re.sub(r"[^\w-]+", "_", name, flags=re.ASCII).strip("_") or "query"
        candidate, number = stem, 2
        while candidate.casefold() in taken:
            candidate, number = f"{stem}_{number}", number + 1
        taken.add(candidate.casefold())
        result[name] = f"{candidate}.{extension}"
    return result
