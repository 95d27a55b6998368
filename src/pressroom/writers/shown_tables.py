"""Tables as a reader sees them: cells as text with their looks, headings and subtotals of groups, totals, notes."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from pressroom.cells import bar_of, matching, shade_of
from pressroom.document import Column, Document, Kind, Results, Subtotal, Table, Tone, Total, Width
from pressroom.formats import format_value
from pressroom.lookup import count_text, cut_note
from pressroom.phrases import phrase
from pressroom.tables import total_text
from pressroom.writers.headings import Heading, headings_of
from pressroom.writers.shown import clean, one_line, shortened

MAX_CELL: Final = 1000
_PIXELS_OF_POINT = 4 / 3
_PIXELS_OF_CHARACTER = 7.5
_SAMPLE: Final = 100  # rows
_SHORT_TEXT: Final = 14  # characters: a date or a code stays on a line
_LONGEST_DATE: Final = 24  # characters: dates with their time of day stay on a line
_LONGEST_WORD: Final = 16  # characters: longer ones are broken where there is no room
_NAMED_TOTALS: Final = (Total.AVG, Total.MIN, Total.MAX)


class RowKind(StrEnum):
    """What a row of a table is."""

    ROW = "row"
    GROUP = "group"  # its first cell is a heading over the rows that follow
    SUBTOTAL = "subtotal"


@dataclass(frozen=True, slots=True)
class CellLook:
    """How a cell is set off from its neighbours."""

    tone: str = ""  # of its text
    shade: int = 0  # of its ground, 0 to 8
    bar: tuple[float, float] | None = None  # from where to where, as parts of the width
    colour: str = Tone.ACCENT.value  # the tone of shade and bar
    is_negative: bool = False


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of a table as text."""

    cells: tuple[str, ...]
    kind: RowKind = RowKind.ROW
    level: int = 1  # of a group, from 1 for the outermost
    looks: tuple[CellLook | None, ...] = ()  # one for each cell, or none at all


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of a table as text."""

    label: str
    align: str = "left"
    has_bar: bool = False
    width: Width | None = None
    wrap: bool = True
    figures: int = 0  # characters of the longest figure beside a bar
    heading: str = ""  # over this column and its neighbours that have the same
    word: int = 0  # characters that should stay on a line: of its longest word or short text

    @property
    def keeps_words(self) -> bool:
        """Whether the words of the label stay whole where a browser would divide them, as between any two of Chinese."""
        return all(_cells_of(word) <= _LONGEST_WORD for word in self.label.split())

    @property
    def mail_width(self) -> str:
        """The width as HTML's attribute has it, in per cent or pixels, which all mail programs know."""
        if self.width is None:
            return ""
        if self.width.unit == "%":
            return f"{self.width.value:g}%"
        return str(round(self.width.value * (_PIXELS_OF_POINT if self.width.unit == "pt" else _PIXELS_OF_CHARACTER)))


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table as text, the same for every medium that people read; it has at most the table's limit of rows of data."""

    id: str
    title: str
    columns: tuple[ShownColumn, ...]
    rows: tuple[ShownRow, ...]
    totals: tuple[str, ...] | None
    notes: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(column.label for column in self.columns)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns stand on the right, with figures of equal width."""
        return tuple(column.align == "right" for column in self.columns)

    @property
    def headings(self) -> tuple[Heading, ...]:
        """The row above the labels; none where no column has a heading."""
        return headings_of([column.heading for column in self.columns])

    @property
    def has_widths(self) -> bool:
        return any(column.width for column in self.columns)

    @property
    def bars(self) -> int:
        """How many columns have bars."""
        return sum(column.has_bar for column in self.columns)

    def bars_under(self, heading: Heading) -> int:
        """How many columns under *heading* have bars."""
        return sum(column.has_bar for column in self.columns[heading.first : heading.first + heading.count])

    @property
    def is_grouped(self) -> bool:
        return any(row.kind is not RowKind.ROW for row in self.rows)


def shown_table(
    table: Table, results: Results, document: Document, limit: int | None = None, most_columns: int | None = None
) -> ShownTable:
    """*table* of *document* as text, with at most its own limit of rows, or *limit* if that is less.

    What is cut, rows, columns or texts, is said in the notes, and which file has it whole.
    """
    left_out = _left_out(table, most_columns, document)
    table = replace(table, columns=table.columns[:most_columns])
    most = table.limit if limit is None else min(limit, table.limit)
    reading = _Rows(table, results, document.locale)
    rows = tuple(reading.shown(most))
    shown = sum(row.kind is RowKind.ROW for row in rows)
    texts = [column.total_text for column in table.columns]
    totals = _totals(table.columns, texts, document.locale) if table.has_totals else None
    return ShownTable(
        id=table.id,
        title=one_line(table.title),
        columns=tuple(_column(column, index, rows, totals) for index, column in enumerate(table.columns)),
        rows=rows,
        totals=totals,
        notes=(*_notes(table, shown, results, document), *left_out, *_shortened(reading.shortened, document)),
    )


def _left_out(table: Table, most: int | None, document: Document) -> Iterator[str]:
    """What is said of the columns beyond the first *most*."""
    count = len(table.columns)
    if most is None or count <= most:
        return
    said = phrase(document.locale, "columns_part", first=1, last=most, count=count)
    where = phrase(document.locale, "all_columns_in", file=document.carrier) if document.carrier else ""
    yield one_line(f"{said[0].upper()}{said[1:]}. {where}")


def _column(column: Column, index: int, rows: Sequence[ShownRow], totals: Sequence[str] | None) -> ShownColumn:
    texts = [row.cells[index] for row in rows if row.kind is not RowKind.GROUP] + ([totals[index]] if totals else [])
    figures = max(map(len, texts), default=0) if column.bar else 0
    return ShownColumn(
        label=one_line(column.label),
        align=column.align,
        has_bar=column.bar is not None,
        width=column.width,
        wrap=column.wrap,
        figures=figures,
        heading=one_line(column.heading),
        word=_unbroken(column, texts),
    )


def _unbroken(column: Column, texts: Sequence[str]) -> int:
    texts = [*texts[:_SAMPLE], *texts[-1:]]  # the total is the last
    short = _LONGEST_DATE if column.field.kind in (Kind.DATE, Kind.TIMESTAMP) else _SHORT_TEXT
    pieces = [column.label, *(text for text in texts if len(text) > short)]
    whole = [_breadth(text) for text in texts if len(text) <= short]
    return max([0, *whole, *(_breadth(word[:_LONGEST_WORD]) for text in pieces for word in text.split())])


def _cells_of(word: str) -> int:
    """How broad *word* is, letters of Chinese, Japanese and Korean being twice as broad as others."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in word)


def _breadth(text: str) -> int:
    """The characters of *text*, capitals as broad as they are."""
    capitals = sum(map(str.isupper, text))
    return len(text) + (math.ceil(capitals / 2) if capitals > 1 else 0)


def _totals(columns: Sequence[Column], texts: Sequence[str], locale: str, of: str = "") -> tuple[str, ...]:
    """A row of totals; its first cell says what it is, unless that column has a total of its own."""
    cells = [clean(text) if column.total else "" for column, text in zip(columns, texts, strict=True)]
    if not columns[0].total:
        cells[0] = shortened(f"{total_word(columns, locale)} {of}".strip(), MAX_CELL)
    return tuple(cells)


def total_word(columns: Sequence[Column], locale: str) -> str:
    """What a row of totals is called."""
    kinds = {column.total for column in columns if column.total}
    only = kinds.pop() if len(kinds) == 1 else None
    return phrase(locale, str(only) if only in _NAMED_TOTALS else "total")


def group_name(column: Column, value: Any, locale: str) -> str:
    """The value that a group shares; a number or a date says what it is of."""
    text = one_line(format_value(value, column.field.kind, column.format, locale))
    is_plain = column.field.kind is Kind.TEXT and value is not None
    return text if is_plain else f"{one_line(column.label)}: {text}"


class _Rows:
    """Turns the rows of one table into text, with headings and subtotals where a group begins and ends."""

    def __init__(self, table: Table, results: Results, locale: str) -> None:
        self._table = table
        self._results = results
        self._locale = locale
        self.shortened = 0  # texts, so far
        names = [field.name for field in results.fields(table.data)]
        self._positions = [names.index(column.field.name) for column in table.columns]
        self._keys = [names.index(column.field.name) for column in table.groups]
        self._is_plain = not any(column.rules or column.heat or column.bar for column in table.columns)

    def shown(self, limit: int) -> Iterator[ShownRow]:
        if not self._table.groups:
            for row in self._results.rows(self._table.data, limit):
                yield self._row(row)
            return
        by = [column.field.name for column in self._table.groups]
        sums = [self._subtotals(by[: level + 1]) for level in range(len(by))] if self._table.has_totals else []
        before: list[Any] | None = None
        for row in self._results.grouped(self._table.data, by, limit):
            key = [row[position] for position in self._keys]
            common = 0 if before is None else _common(before, key)
            yield from self._ended(sums, common) if before is not None else ()
            yield from self._begun(key, common)
            yield self._row(row)
            before = key
        yield from self._ended(sums, 0) if before is not None else ()

    def _subtotals(self, by: Sequence[str]) -> Iterator[Subtotal]:
        totals = [(column.total, column.field.name) for column in self._table.columns if column.total]
        return self._results.subtotals(self._table.data, by, totals)

    def _begun(self, key: Sequence[Any], common: int) -> Iterator[ShownRow]:
        for level, group in list(enumerate(self._table.groups))[common:]:
            name = group_name(group, key[level], self._locale)
            cells = (shortened(name, MAX_CELL), *("" for _ in self._table.columns[1:]))
            yield ShownRow(cells, RowKind.GROUP, level + 1)

    def _ended(self, sums: Sequence[Iterator[Subtotal]], common: int) -> Iterator[ShownRow]:
        """The subtotals of all groups deeper than *common*, the innermost first."""
        for level in reversed(range(common, len(sums))):
            found = next(sums[level])
            values = iter(found.values)
            texts = [
                total_text(column, next(values), self._locale) if column.total else "" for column in self._table.columns
            ]
            name = group_name(self._table.groups[level], found.key[-1], self._locale)
            yield ShownRow(_totals(self._table.columns, texts, self._locale, name), RowKind.SUBTOTAL, level + 1)

    def _row(self, row: Sequence[Any]) -> ShownRow:
        pairs = [(column, row[at]) for column, at in zip(self._table.columns, self._positions, strict=True)]
        texts = tuple(self._text(column, value) for column, value in pairs)
        if self._is_plain:
            return ShownRow(texts)
        return ShownRow(
            tuple(map(_marked, texts, pairs)), looks=tuple(_look(column, value) for column, value in pairs)
        )  # fmt: skip

    def _text(self, column: Column, value: Any) -> str:
        text = clean(format_value(value, column.field.kind, column.format, self._locale))
        self.shortened += len(text) > MAX_CELL
        return shortened(text, MAX_CELL)


def _common(one: Sequence[Any], other: Sequence[Any]) -> int:
    """How many of the outer groups two rows share; what is not a number equals itself here."""
    for level, (left, right) in enumerate(zip(one, other, strict=True)):
        if left != right and not (left != left and right != right):  # noqa: PLR0124 - only NaN differs from itself
            return level
    return len(one)


def _marked(text: str, pair: tuple[Column, Any]) -> str:
    column, value = pair
    rule = matching(value, column.rules)
    return f"{rule.mark}\u00a0{text}" if rule and rule.mark else text


def _look(column: Column, value: Any) -> CellLook | None:
    rule = matching(value, column.rules)
    shade = shade_of(value, column.heat) if column.heat else 0
    bar = bar_of(value, column.bar) if column.bar else None
    if rule is None and not shade and bar is None:
        return None
    scale = column.heat or column.bar
    return CellLook(
        tone=rule.tone.value if rule else "",
        shade=shade,
        bar=bar,
        colour=scale.tone.value if scale else Tone.ACCENT.value,
        is_negative=bar is not None and not math.isnan(value) and value < 0,
    )


def _notes(table: Table, shown: int, results: Results, document: Document) -> list[str]:
    """The table's own note, or, where fewer rows are shown than it speaks of, one that is true of these."""
    is_own = table.note and shown >= min(table.limit, table.rows)
    notes = [table.note] if is_own else list(_fewer(table, shown, results, document.locale))
    if shown < table.rows and document.carrier:
        # Of a result that a cap ended there are more rows than anything has.
        key = "all_kept_in" if results.is_cut(table.data) else "all_rows_in"
        rows = count_text(table.rows, document.locale)
        notes.append(phrase(document.locale, key, file=document.carrier, rows=rows))
    return [one_line(" ".join(notes))] if notes else []


def _fewer(table: Table, shown: int, results: Results, locale: str) -> Iterator[str]:
    if not table.rows:
        yield phrase(locale, "no_rows")
    if shown < table.rows:
        counts = {"shown": count_text(shown, locale), "rows": count_text(table.rows, locale)}
        yield phrase(locale, "first_rows" if shown else "rows_hidden", **counts)
        if shown and table.groups and table.has_totals:
            yield phrase(locale, "all_of_group")
    if results.is_cut(table.data):
        yield cut_note(table.data, results, locale)


def _shortened(count: int, document: Document) -> list[str]:
    """How many texts end with an ellipsis, and where they are whole."""
    if not count:
        return []
    said = phrase(document.locale, "texts_shortened", count=count_text(count, document.locale))
    whole = phrase(document.locale, "whole_in", file=document.carrier) if document.carrier else ""
    return [one_line(f"{said} {whole}")]
