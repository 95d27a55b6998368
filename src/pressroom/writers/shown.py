"""What a reader sees of a document, as plain text: table cells formatted, cut to size and freed of control characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pressroom.document import Column, Document, Kind, Results, Span, Table, Tile, Total
from pressroom.formats import format_value

MAX_CELL: Final = 1000
ELLIPSIS: Final = "…"

# Control characters do not print and break XML; overrides of the writing direction can show a value as another;
# half a surrogate pair is no text. New lines and tabs are kept and become spaces where there is one line only.
UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
SAFE_LINK: Final = re.compile(r"(https?://|mailto:)\S+", re.IGNORECASE)
TOTAL_LABELS: Final = {Total.AVG: "Average", Total.MIN: "Lowest", Total.MAX: "Highest"}


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table as text, the same for every medium that people read; `rows` has at most the table's limit."""

    id: str
    title: str
    labels: tuple[str, ...]
    numeric: tuple[bool, ...]  # right-aligned, with figures of equal width
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...] | None
    notes: tuple[str, ...]


def clean(text: str) -> str:
    """*text* without characters that cannot be printed."""
    return UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def one_line(text: str) -> str:
    """*text* as one line with single spaces."""
    return " ".join(clean(text).split())


def shortened(text: str, length: int) -> str:
    """*text* in at most *length* characters, with an ellipsis where it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + ELLIPSIS


def link_of(span: Span) -> str | None:
    """The address of *span* if it is one that a reader may safely follow."""
    return span.link if span.link and SAFE_LINK.fullmatch(span.link) else None


def text_of(spans: Sequence[Span]) -> str:
    """*spans* without their styles, as one line."""
    return one_line("".join(span.text for span in spans))


def prepared(document: Document) -> str:
    """When the report was prepared, for people: the planned instant in its own zone, which is named."""
    moment = format_value(document.prepared_at, Kind.TIMESTAMP, "%d %b %Y %H:%M", document.locale)
    return f"{moment} {document.timezone}"


def shown_table(table: Table, results: Results, locale: str, limit: int | None = None) -> ShownTable:
    """*table* as text, with at most its own limit of rows, or *limit* if that is less; the cut is said in the notes."""
    most = table.limit if limit is None else min(limit, table.limit)
    rows = tuple(_cells(row, locale) for row in _selected(table, results, most))
    return ShownTable(
        id=table.id,
        title=one_line(table.title),
        labels=tuple(one_line(column.label) for column in table.columns),
        numeric=tuple(column.align == "right" for column in table.columns),
        rows=rows,
        totals=_totals(table.columns) if table.has_totals else None,
        notes=_notes(table, len(rows), results),
    )


def _selected(table: Table, results: Results, limit: int) -> list[list[tuple[Column, Any]]]:
    position = {field.name: index for index, field in enumerate(results.fields(table.data))}
    columns = [(column, position[column.field.name]) for column in table.columns]
    return [[(column, row[index]) for column, index in columns] for row in results.rows(table.data, limit)]


def _cells(row: list[tuple[Column, Any]], locale: str) -> tuple[str, ...]:
    return tuple(
        shortened(clean(format_value(value, column.field.kind, column.format, locale)), MAX_CELL)
        for column, value in row
    )


def _totals(columns: Sequence[Column]) -> tuple[str, ...]:
    """The last row; its first cell says what it is, unless that column has a total of its own."""
    cells = [clean(column.total_text) if column.total else "" for column in columns]
    if not columns[0].total:
        kinds = {column.total for column in columns if column.total}
        cells[0] = TOTAL_LABELS.get(kinds.pop(), "Total") if len(kinds) == 1 else "Total"
    return tuple(cells)


def _notes(table: Table, shown: int, results: Results) -> tuple[str, ...]:
    """The table's own note, or, where fewer rows are shown than it speaks of, one that is true of these."""
    if table.note and shown >= min(table.limit, table.rows):
        return (one_line(table.note),)
    notes = [] if table.rows else ["No rows."]
    if shown < table.rows:
        notes.append(
            f"The first {shown:,} of {table.rows:,} rows." if shown else f"{table.rows:,} rows, not shown here."
        )
    if results.is_cut(table.data):
        notes.append(f"The query {table.data} was stopped at {results.count(table.data):,} rows: a limit was reached.")
    return tuple(one_line(note) for note in notes)


def headline(tile: Tile) -> str:
    """A tile in one line, e.g. `Flights 27,004 (+3.1% vs June)`."""
    compared = " ".join(part for part in (tile.delta, tile.caption) if part)
    return one_line(f"{tile.label} {tile.text}" + (f" ({compared})" if compared else ""))
