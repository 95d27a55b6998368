"""The layout of a report file: `::: columns [2, 1]`, `::: column`, `::: together` and `:::` around its blocks.

    ::: columns [2, 1]

    what stands on the left

    ::: column

    what stands on the right

    :::

A marker of fewer colons than the one that began belongs to what stands inside: `:::` ends a column of `:::: columns`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from pressroom.blocks import BlockSpec, LanesSpec, PageBreakSpec, TogetherSpec
from pressroom.blocks_tables import TableSpec
from pressroom.fences import Fence, Marker, Part, Text
from pressroom.schema import Problems
from pressroom.wording import shown, suggest

MOST_LANES: Final = 4
LARGEST_WIDTH: Final = 100
MOST_ROWS: Final = 500  # of a table beside or within something else: it is set in one piece
KINDS: Final = ("columns", "column", "together")
_WIDTHS = re.compile(r"\[\s*(?P<numbers>\d{1,4}(?:\.\d{1,4})?(?:\s*,\s*\d{1,4}(?:\.\d{1,4})?)*)\s*\]")
_EXAMPLE: Final = "Write `::: columns` or `::: columns [2, 1]`, two to four numbers, one a column."

ReadBlock = Callable[[Text | Fence], BlockSpec | None]


@dataclass
class _Open:
    """What began and has not ended."""

    kind: str
    marker: Marker
    widths: tuple[float, ...] = ()
    lanes: list[list[BlockSpec]] = field(default_factory=lambda: [[]])
    is_named: bool = False  # whether `::: column` began the first lane
    is_between: bool = False  # a column of its own ended, and the next has not begun


def arranged(parts: Iterable[Part], read: ReadBlock, problems: Problems) -> list[BlockSpec]:
    """The blocks of *parts* with those that stand within markers put into them; what is wrong is reported at its line."""
    return list(_Reader(read, problems).blocks(parts))


def every_block(blocks: Iterable[BlockSpec]) -> Iterator[BlockSpec]:
    """Every block among *blocks* and within them that holds no others."""
    for block in blocks:
        if isinstance(block, LanesSpec):
            yield from (inner for lane in block.lanes for inner in lane)
        elif isinstance(block, TogetherSpec):
            yield from block.blocks
        else:
            yield block


class _Reader:
    def __init__(self, read: ReadBlock, problems: Problems) -> None:
        self._read = read
        self._problems = problems
        self._open: _Open | None = None

    def blocks(self, parts: Iterable[Part]) -> Iterator[BlockSpec]:
        for part in parts:
            if isinstance(part, Marker):
                yield from self._marker(part)
            elif (block := self._read(part)) is not None:
                if self._open is None:
                    yield block
                else:
                    self._put(self._open, block)
        if self._open is not None:
            self._problems.add(
                self._open.marker.line,
                f"`::: {self._open.kind}` has no end.",
                f"Close it with a line {':' * self._open.marker.colons}.",
            )

    def _marker(self, marker: Marker) -> Iterator[BlockSpec]:
        kind = marker.words.split()[0].strip("{.}[") if marker.words.strip("{.}[ ") else ""
        if not marker.words:
            yield from self._end(marker)
        elif kind == "column":
            self._next_lane(marker)
        elif kind in KINDS:
            self._begin(kind, marker)
        else:
            self._problems.add(
                marker.line,
                f"There is no `::: {marker.words}`.",
                suggest(kind, KINDS) + " A line of colons alone ends one.",
            )

    def _begin(self, kind: str, marker: Marker) -> None:
        if self._open is not None:
            self._problems.add(
                marker.line,
                f"`::: {kind}` stands within the `::: {self._open.kind}` of line {self._open.marker.line}.",
                f"End that one first with a line {':' * self._open.marker.colons}; one cannot hold another.",
            )
            return
        self._open = _Open(kind, marker, self._widths(kind, marker))

    def _widths(self, kind: str, marker: Marker) -> tuple[float, ...]:
        rest = re.sub(rf"^{{?\.?{kind}}}?", "", marker.words).strip()
        if not rest:
            return ()
        match = _WIDTHS.fullmatch(rest) if kind == "columns" else None
        widths = tuple(float(Decimal(number)) for number in match["numbers"].split(",")) if match else ()
        if not 2 <= len(widths) <= MOST_LANES or not all(0 < width <= LARGEST_WIDTH for width in widths):
            remedy = _EXAMPLE if kind == "columns" else f"Write `::: {kind}` alone."
            self._problems.add(marker.line, f"{shown(rest)} behind `::: {kind}` is not understood.", remedy)
            return ()
        return widths

    def _next_lane(self, marker: Marker) -> None:
        if marker.words not in ("column", "{.column}"):
            rest = marker.words.split(None, 1)[-1]
            self._problems.add(
                marker.line,
                f"{shown(rest)} behind `::: column` is not understood.",
                "Widths stand behind `::: columns`.",
            )
        if self._open is None or self._open.kind != "columns":
            self._problems.add(marker.line, "`::: column` stands outside of columns.", _EXAMPLE)
            return
        if not self._open.is_named and len(self._open.lanes) == 1 and not self._open.lanes[0]:
            self._open.is_named = True  # it says what `::: columns` began anyway
        else:
            self._open.lanes.append([])
        self._open.is_between = False

    def _end(self, marker: Marker) -> Iterator[BlockSpec]:
        opened = self._open
        if opened is None:
            self._problems.add(marker.line, "This line of colons ends nothing.", "Remove it.")
        elif marker.colons < opened.marker.colons:
            opened.is_between = True
        else:
            self._open = None
            yield from self._ended(opened)

    def _put(self, opened: _Open, block: BlockSpec) -> None:
        line = block.place.line
        if opened.is_between:
            self._problems.add(line, "Something stands between two columns.", "Put it behind a line `::: column`.")
        elif isinstance(block, PageBreakSpec):
            self._problems.add(
                line,
                f"A page break stands within `::: {opened.kind}`.",
                "Put it before or behind; a page breaks whole.",
            )
        else:
            if isinstance(block, TableSpec) and block.limit > MOST_ROWS:
                self._problems.add(
                    line,
                    f"A table within `::: {opened.kind}` shows up to {block.limit:,} rows.",
                    f"Write a `limit` of at most {MOST_ROWS} there, or put the table outside.",
                )
            opened.lanes[-1].append(block)

    def _ended(self, opened: _Open) -> Iterator[BlockSpec]:
        place = self._problems.place(opened.marker.line)
        if opened.kind == "together":
            yield TogetherSpec(tuple(opened.lanes[0]), place)
            return
        count = len(opened.lanes)
        if not 2 <= count <= MOST_LANES:
            self._problems.add(
                opened.marker.line,
                f"`::: columns` has {count} column{'s' if count > 1 else ''}.",
                "Begin each further one with a line `::: column`; two to four stand beside each other.",
            )
            return
        if opened.widths and len(opened.widths) != count:
            self._problems.add(
                opened.marker.line,
                f"`::: columns` gives {len(opened.widths)} widths and has {count} columns.",
                _EXAMPLE,
            )
        yield LanesSpec(tuple(map(tuple, opened.lanes)), _shares(opened.widths, count), place)


def _shares(widths: Sequence[float], count: int) -> tuple[float, ...]:
    if len(widths) != count:
        return (1 / count,) * count
    return tuple(width / sum(widths) for width in widths)
