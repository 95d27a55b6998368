"""Columns of a query result and what is said of it, for every block that shows one."""

from __future__ import annotations

import re
from typing import Final

from pressroom.document import Field, Kind, Results
from pressroom.errors import LayoutError, Place
from pressroom.formats import NOTHING, format_value
from pressroom.phrases import phrase
from pressroom.wording import suggest

# Numbers that name something are not grouped: nobody wants to read 2,013 for a year.
_NAMES_SOMETHING = re.compile(r"(?:.*_)?(?:id|ids|year|jahr|no|nr|num|number|code|zip|plz|key)", re.IGNORECASE)
_UNGROUPED: Final = "0"


def find_field(results: Results, query: str, column: str, place: Place) -> Field:
    """The column *column* of the result *query*; LayoutError at *place* names the columns that there are."""
    fields = results.fields(query)
    for candidate in fields:
        if candidate.name == column:
            return candidate
    raise LayoutError(
        f"The query {query} has no column {column}.",
        remedy=suggest(column, [candidate.name for candidate in fields], what=f"Columns of {query}"),
        place=place,
    )


def own_format(field: Field) -> str:
    """The format of a column for which the author gave none."""
    is_name = field.kind is Kind.INTEGER and _NAMES_SOMETHING.fullmatch(field.name)
    return _UNGROUPED if is_name else ""


def cut_note(query: str, results: Results, locale: str) -> str:
    """A sentence for a result that a cap ended, else nothing."""
    if not results.is_cut(query):
        return ""
    rows, size = count_text(results.count(query), locale), results.stopped_at_bytes(query)
    if size is None:
        return phrase(locale, "stopped_at_rows", query=query, rows=rows)
    return phrase(locale, "stopped_at_bytes", query=query, rows=rows, size=size_text(size, locale))


def file_note(query: str, results: Results) -> str:
    """As `cut_note`, for a file of data that has no other place to say it; in English as its other words."""
    return f"{cut_note(query, results, 'en')} The rest is missing."


def size_text(size: int, locale: str) -> str:
    """A number of bytes as a reader is shown it."""
    return format_value(size, Kind.INTEGER, "bytes", locale)


def count_text(count: int, locale: str) -> str:
    """A number of rows as a reader is shown it."""
    return format_value(count, Kind.INTEGER, "integer", locale) if count else NOTHING
