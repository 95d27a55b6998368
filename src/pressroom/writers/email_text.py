"""The text part of a report's e-mail: title, figures, tables in aligned columns, notes; no wider than 78 where it can be."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from pressroom.document import (
    Block,
    Chart,
    Document,
    Heading,
    Image,
    Kpis,
    Notice,
    Paragraph,
    Quote,
    Results,
    Rule,
    Spans,
    Table,
    TextList,
)
from pressroom.phrases import phrase
from pressroom.writers import spark
from pressroom.writers.directions import is_from_right, isolated
from pressroom.writers.running import footer_of, unnumbered
from pressroom.writers.shown import link_of, one_line, shortened, text_of
from pressroom.writers.shown_tables import RowKind, ShownColumn, ShownRow, ShownTable, shown_table

WIDTH: Final = 78
MAX_ROWS: Final = 30
MOST_COLUMNS: Final = 30  # of a message; who reads mail has no room for more, and some programs do not scroll
MAX_COLUMN: Final = 32
TEXT_BAR: Final = 10
GAP: Final = "  "


def text_body(document: Document, results: Results, *, link: str | None = None, files: Sequence[str] = ()) -> str:
    """*document* as plain text that reads well in a fixed-width font."""
    title = one_line(document.title)
    parts = [f"{title}\n{'=' * min(WIDTH, cell_width(title))}"]
    if document.subtitle:
        parts.append(one_line(document.subtitle))
    parts += ["\n".join(_lines(block, document, results)) for block in document.leaves()]
    if link:
        parts.append(phrase(document.locale, "full_report", link=link))
    if files:
        parts.append(phrase(document.locale, "attached", files=", ".join(one_line(name) for name in files)))
    footer = " · ".join(side for side in unnumbered(footer_of(document)) if side)
    parts.append(f"-- \n{footer}" if footer else "")
    text = "\n\n".join(part for part in parts if part) + "\n"
    return isolated(text) if is_from_right(document.locale) else text


def _lines(block: Block, document: Document, results: Results) -> Iterator[str]:
    match block:
        case Heading():
            heading = text_of(block.spans)
            yield f"\n{heading}\n{'-' * min(WIDTH, cell_width(heading))}"
        case Paragraph():
            yield from _wrapped(_with_links(block.spans))
        case Quote():
            yield from _wrapped(_with_links(block.spans), "> ", "> ")
        case TextList():
            yield from _points(block)
        case Notice():
            mark = f"{phrase(document.locale, 'note')}: "
            yield from _wrapped(one_line(block.text), mark, " " * len(mark))
        case Rule():
            yield "-" * 20
        case Kpis():
            yield from _figures(block)
        case Chart() | Image():
            yield from _wrapped(_described(block, document.locale))
        case Table():
            shown = shown_table(block, results, document, MAX_ROWS, MOST_COLUMNS)
            yield from table_lines(shown)


def _described(block: Chart | Image, locale: str) -> str:
    if isinstance(block, Chart):
        return f"[{phrase(locale, 'chart')}] {one_line(block.title)}: {one_line(block.alt)}"
    return f"[{phrase(locale, 'image')}] {one_line(block.alt)}" + (
        f": {one_line(block.caption)}" if block.caption else ""
    )


def _with_links(spans: Spans) -> str:
    parts = []
    for span in spans:
        address = link_of(span)
        parts.append(f"{span.text} <{address}>" if address and address != span.text else span.text)
    return one_line("".join(parts))


def _wrapped(text: str, first: str = "", later: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )


def _points(block: TextList) -> Iterator[str]:
    for number, item in enumerate(block.items, start=1):
        mark = f"{number}. " if block.ordered and item.level == 0 else "* "
        indent = "  " * item.level
        yield from _wrapped(_with_links(item.spans), indent + mark, indent + " " * len(mark))


def _figures(block: Kpis) -> Iterator[str]:
    labels = [shortened(one_line(tile.label), MAX_COLUMN) for tile in block.tiles]
    texts = [one_line(tile.text) for tile in block.tiles]
    widest_label, widest_text = (max(map(cell_width, column), default=0) for column in (labels, texts))
    for tile, label, text in zip(block.tiles, labels, texts, strict=True):
        compared = " ".join(one_line(part) for part in (tile.delta, tile.caption) if part)
        more = [one_line(tile.target.text)] if tile.target else []
        more += [spark.blocks(tile.spark)] if tile.spark else []
        compared = "; ".join(part for part in (compared, *more) if part)
        yield f"{_padded(label, widest_label)}{GAP}{_padded(text, widest_text, right=True)}{GAP}{compared}".rstrip()


def table_lines(table: ShownTable) -> Iterator[str]:
    """*table* with its columns below each other; a column is at most 32 characters wide."""
    spread = [_spread(row, table) for row in table.rows if row.kind is not RowKind.GROUP]
    totals = _spread(ShownRow(table.totals), table) if table.totals else []
    labels = _spread(ShownRow(table.labels), table)
    widths = [max(map(cell_width, column)) for column in zip(*filter(None, [labels, *spread, totals]), strict=True)]
    right = [is_right for column in table.columns for is_right in _aligned_right(column)]
    rule = GAP.join("-" * width for width in widths)
    if table.title:
        yield f"{table.title}\n"
    if table.headings:
        yield _heading_line(table, widths)
    yield _row(labels, widths, right)
    yield rule
    rest = iter(spread)
    for number, row in enumerate(table.rows):
        if row.kind is RowKind.GROUP:
            yield from _group_lines(row, is_first=number == 0)
        else:
            yield _row(next(rest), widths, right)
    if totals:
        yield rule
        yield _row(totals, widths, right)
    for note in table.notes:
        yield from ("", *_wrapped(note))


def _heading_line(table: ShownTable, widths: Sequence[int]) -> str:
    """Each heading at the beginning of the columns that it stands over, with a line to their end."""
    pieces, at = [], 0
    for heading in table.headings:
        cells = heading.count + table.bars_under(heading)
        width = sum(widths[at : at + cells]) + len(GAP) * (cells - 1)
        text = shortened(heading.text, width)
        pieces.append(_padded(f"{text} ".ljust(width - cell_width(text) + len(text), "-") if text else "", width))
        at += cells
    return GAP.join(pieces).rstrip()


def _aligned_right(column: ShownColumn) -> list[bool]:
    return [column.align == "right", False] if column.has_bar else [column.align == "right"]


def _group_lines(row: ShownRow, *, is_first: bool) -> Iterator[str]:
    if row.level == 1 and not is_first:
        yield ""
    yield f"{'#' * row.level} {shortened(one_line(row.cells[0]), WIDTH - 8)}"


def _spread(row: ShownRow, table: ShownTable) -> list[str]:
    """The cells of *row*, with a column more for the bars beside a column that has them."""
    texts = []
    for index, column in enumerate(table.columns):
        texts.append(shortened(one_line(row.cells[index]), MAX_COLUMN))
        if column.has_bar:
            look = row.looks[index] if row.looks else None
            texts.append(text_bar(look.bar) if look and look.bar else "")
    return texts


def text_bar(bar: tuple[float, float]) -> str:
    """A bar of blocks, at most ten of them; what is not nothing has at least a thin one."""
    start, end = (round(part * TEXT_BAR) for part in bar)
    blocks = "█" * (end - start) or ("▏" if bar[1] > bar[0] else "")
    return " " * start + blocks


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [_padded(cell, width, right=side) for cell, width, side in zip(cells, widths, right, strict=True)]
    return GAP.join(padded).rstrip()


def _padded(text: str, width: int, *, right: bool = False) -> str:
    space = " " * max(0, width - cell_width(text))
    return space + text if right else text + space


def cell_width(text: str) -> int:
    """How many cells of a fixed-width font *text* takes: two for wide East Asian characters and emoji, none for marks."""
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
