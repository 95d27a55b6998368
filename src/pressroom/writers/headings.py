"""Headings over several columns of a table: which of them stand together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from pressroom.document import Column


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands over *count* columns, the first of them at *first*; without a text over one column that has none."""

    text: str
    first: int
    count: int = 1


def headings_of(texts: Sequence[str]) -> tuple[Heading, ...]:
    """The row of headings over columns with *texts*: neighbours with the same share it. Nothing where none has any."""
    if not any(texts):
        return ()
    found: list[Heading] = []
    for text, group in groupby(range(len(texts)), key=texts.__getitem__):
        columns = list(group)
        found += [Heading(text, columns[0], len(columns))] if text else [Heading("", column) for column in columns]
    return tuple(found)


def told_apart(columns: Sequence[Column]) -> list[str]:
    """The labels of *columns* for a file that has no headings: those that come twice name theirs."""
    count = Counter(column.label.casefold() for column in columns)
    return [
        f"{column.label} ({column.heading})" if column.heading and count[column.label.casefold()] > 1 else column.label
        for column in columns
    ]
