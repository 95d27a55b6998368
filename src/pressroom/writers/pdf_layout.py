"""How a table fits a page: widths of columns, size of type, a turned page, or several tables side by side."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pressroom.document import Width
from pressroom.writers.shown_tables import RowKind, ShownTable

SIZES: Final = (8.4, 7.6, 6.8)
INSET: Final = 5.0  # points, on each side of a cell
WIDEST_TEXT: Final = 190.0  # points at the first size; longer text is broken into lines
SAMPLE: Final = 400  # rows that are measured
BAR_WIDTH: Final = 44.0  # points; bars of a column are compared with each other, so all have the same room
BAR_GAP: Final = 6.0
BOLD: Final = 1.1
ZERO_WIDTH_SPACE: Final = "\u200b"

# Advance widths of Inter in em, measured and rounded up, by groups of characters.
ADVANCES: Final = {
    char: width
    for characters, width in (
        (" !',.:;Iijl|", 0.31),
        ("()[]{}/\\frt`", 0.4),
        ('"^_-', 0.5),
        ("?acksvxyzJLF", 0.6),
        ("bdeghnopquE", 0.63),
        ("ACDGHKNOQUVXY&Ø", 0.77),
        ("mMw", 0.92),
        ("W%@—…ÆŒ", 1.02),
    )
    for char in characters
}
DEFAULT_ADVANCE: Final = 0.66
FULL_ADVANCE: Final = 1.02
EMOJI_ADVANCE: Final = 1.3
ZERO_WIDTH_JOINER: Final = "\u200d"
VIRAMA: Final = 9  # the combining class of what joins two consonants of an Indian script
WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Page:
    """The room for text on a page, in points."""

    width: float
    turned_width: float
    height: float = 0.0
    is_landscape: bool = False  # or cannot be turned
    is_whole: bool = True  # and not a part beside or within others


@dataclass(frozen=True, slots=True)
class Panel:
    """Columns of a table that stand on a page together."""

    columns: tuple[int, ...]
    widths: tuple[float, ...]  # points
    size: float  # of type, in points
    is_turned: bool = False
    part: tuple[int, int, int] | None = None  # of a table in several: the first and the last of how many columns


@dataclass(frozen=True, slots=True)
class Need:
    """The room that a column asks for, in points: without it words break, with more nothing is gained."""

    least: float
    full: float
    is_fixed: bool = False  # the author said how wide


def text_width(text: str, size: float) -> float:
    """The width of *text* in points, set in Inter; for Latin letters and figures never less than it really is."""
    return size * sum(map(_KNOWN.__getitem__, text))


class _Advances(dict[str, float]):
    """The advance widths of the characters that were met: a long table asks for millions of them."""

    def __missing__(self, char: str) -> float:
        self[char] = width = _advance(char)
        return width


_KNOWN: Final = _Advances()


def _advance(char: str) -> float:
    known = ADVANCES.get(char) or ADVANCES.get(unicodedata.normalize("NFD", char)[0])
    if known:
        return known
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0.0
    if ord(char) > 0x1EFFF:
        return EMOJI_ADVANCE
    return FULL_ADVANCE if ord(char) > 0x2E7F else DEFAULT_ADVANCE


def panels(table: ShownTable, page: Page) -> list[Panel]:
    """The panels that show *table*: one as long as it fits somehow, else several, each with the first column.

    Widths that the author gave hold where the table fits with them.
    """
    every = tuple(range(len(table.labels)))
    has_widths = any(column.width for column in table.columns)
    for widths in (page.width, None) if has_widths else (None,):
        for size in SIZES:
            panel = _fitted(every, _needs(table, size, widths), page.width, size)
            if panel:
                return [panel]
    if not page.is_landscape:
        for size in SIZES[1:]:
            panel = _fitted(every, _needs(table, size), page.turned_width, size)
            if panel:
                return [replace(panel, is_turned=True)]
    return _split(table, page)


def _split(table: ShownTable, page: Page) -> list[Panel]:
    needs, size, last = _needs(table, SIZES[1]), SIZES[1], len(table.labels) - 1
    groups: list[list[int]] = [[0]]
    for column in range(1, len(needs)):
        room = page.width - sum(needs[other].least for other in groups[-1])
        if needs[column].least > room and len(groups[-1]) > 1:
            groups.append([0])
        groups[-1].append(column)
    return [
        replace(
            _stretched(tuple(group), needs, page.width, size),
            part=(group[min(1, len(group) - 1)] + 1, group[-1] + 1, last + 1) if len(groups) > 1 else None,
        )
        for group in groups
    ]


def _fitted(columns: tuple[int, ...], needs: Sequence[Need], width: float, size: float) -> Panel | None:
    if sum(needs[column].least for column in columns) > width:
        return None
    return _stretched(columns, needs, width, size)


def _stretched(columns: tuple[int, ...], needs: Sequence[Need], width: float, size: float) -> Panel:
    """The columns over the whole width: first what each can use, then the rest in proportion, but not to fixed ones."""
    least = [needs[column].least for column in columns]
    wish = [needs[column].full - needs[column].least for column in columns]
    spare = width - sum(least)
    if spare < 0:
        return Panel(columns, tuple(value * width / sum(least) for value in least), size)
    share = min(1.0, spare / sum(wish)) if sum(wish) else 0.0
    used = [low + more * share for low, more in zip(least, wish, strict=True)]
    fixed = sum(low for low, column in zip(least, columns, strict=True) if needs[column].is_fixed)
    free = sum(used) - fixed
    growth = (width - fixed) / free if free else 1.0
    return Panel(
        columns,
        tuple(value if needs[column].is_fixed else value * growth for value, column in zip(used, columns, strict=True)),
        size,
    )


def _needs(table: ShownTable, size: float, width: float | None = None) -> list[Need]:
    """What the columns need at *size*; with the *width* of the page, as their author wants them."""
    needs = [_need(table, column, size) for column in range(len(table.labels))]
    if width is None:
        return needs
    return [
        _fixed(column.width, size, width) if column.width else need
        for column, need in zip(table.columns, needs, strict=True)
    ]


def _fixed(wanted: Width, size: float, width: float) -> Need:
    points = {"%": width / 100, "pt": 1.0, "ch": text_width("0", size)}[wanted.unit] * wanted.value
    room = max(points, 2 * INSET + size) + (2 * INSET if wanted.unit == "ch" else 0)
    return Need(room, room, is_fixed=True)


def _boldness(table: ShownTable, column: int) -> float:
    """How much wider than plain text a column is because of cells that are set off in bold."""
    looks = (row.looks[column] for row in table.rows[:SAMPLE] if row.looks)
    return BOLD if any(look and look.tone for look in looks) else 1.0


def _need(table: ShownTable, column: int, size: float) -> Need:
    cells = [row.cells[column] for row in table.rows[:SAMPLE] if row.kind is not RowKind.GROUP]
    cells += [table.totals[column]] if table.totals else []
    shape, scale = table.columns[column], size / SIZES[0]
    cap = WIDEST_TEXT * scale
    widest = max((text_width(cell[:200], size) for cell in cells), default=0.0) * _boldness(table, column)
    words = max((text_width(word, size) for word in WORD.findall(shape.label)), default=0.0)
    if table.numeric[column]:
        least = max(min(widest, cap), min(words, cap / 2))
    elif not shape.wrap:
        least = max(widest, min(words, cap / 2))
    else:
        longest = max((text_width(word, size) for cell in cells for word in WORD.findall(cell[:200])), default=0.0)
        least = max(min(longest, cap / 2), min(words, cap / 2), min(widest, cap / 3))
    full = max(least, min(widest, cap), min(text_width(shape.label, size), cap / 2))
    least = max(least, size)
    extra = 2 * INSET + (BAR_WIDTH + BAR_GAP if shape.has_bar else 0.0)
    return Need(math.ceil(least) + extra, math.ceil(max(least, full)) + extra)


def breakable(text: str, width: float, size: float) -> str:
    """*text* with places to break in words that are wider than *width*; Typst would let them run over their neighbour."""
    room = width - 2 * INSET
    if text_width(text, size) <= room:
        return text
    return WORD.sub(
        lambda match: _broken(match[0], room, size) if text_width(match[0], size) > room else match[0], text
    )


def _broken(word: str, room: float, size: float) -> str:
    pieces, used = [""], 0.0
    for drawn in _drawn_together(word):
        width = text_width(drawn, size)
        if used + width > room and pieces[-1]:
            pieces.append("")
            used = 0.0
        pieces[-1] += drawn
        used += width
    return ZERO_WIDTH_SPACE.join(pieces)


def _drawn_together(word: str) -> Iterator[str]:
    """The parts of *word* between which it may be broken."""
    part = ""
    for char in word:
        if part and not _is_joined(part[-1], char):
            yield part
            part = ""
        part += char
    yield part


def _is_joined(before: str, char: str) -> bool:
    """Whether the two are drawn as one: a mark on its letter, a joined consonant, the parts of an emoji."""
    joins = ZERO_WIDTH_JOINER in (before, char) or unicodedata.combining(before) == VIRAMA
    return joins or unicodedata.category(char).startswith("M")
