"""The parts in which a long report is set, each from a place where a page may begin."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pressroom.writers.pdf_blocks import inner_blocks

SPARE_ROWS: Final = 2  # beyond full pages: that a page is full shows when a row stands on the next one

Blocks = Sequence[Mapping[str, Any]]


class Place(NamedTuple):
    """Where a part may begin: before a block, or before a row of a table after its first."""

    block: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Blocks from one place of a report to another; of a table perhaps a piece."""

    blocks: Blocks
    start: Place
    stop: Place

    @property
    def is_continued(self) -> bool:
        return self.start.row > 0

    def headings(self) -> list[Mapping[str, Any]]:
        return list(headings(self.blocks))

    def place_of(self, block: int, row: int = 0) -> Place:
        """The place in the report of *row* of the piece of a table that is the *block* of this stretch."""
        return Place(self.start.block + block, row + (self.start.row if block == 0 else 0))

    def until(self, place: Place) -> Stretch:
        """What comes before *place*; of a table that goes on there it has still all rows."""
        return Stretch(self.blocks[: place.block - self.start.block + (place.row > 0)], self.start, place)


def stretch(blocks: Blocks, start: Place, most_cells: int) -> Stretch:
    """What comes from *start*, with about *most_cells* cells of tables."""
    taken: list[Mapping[str, Any]] = []
    room = most_cells
    row = start.row
    for number, block in enumerate(blocks[start.block :], start.block):
        rows, columns = len(block.get("rows", ())), len(block.get("widths", ()))
        size = (rows - row) * columns if rows else cells_of(block)
        if size > room:
            stop = row + max(room // columns, 0 if taken else 1) if rows else 0
            if row < stop < rows:
                taken.append(_piece(block, row, stop))
                return Stretch(taken, start, Place(number, stop))
            if taken:
                return Stretch(taken, start, Place(number))
        taken.append(_piece(block, row, rows) if row else block)
        room -= size
        row = 0
    return Stretch(taken, start, Place(len(blocks)))


def cells_for_full_pages(done: Stretch, pages: int, most_cells: int) -> int:
    """Cells for the next part, which is to end soon after a page has ended, as the *pages* of *done* let expect it."""
    if done.start.block != done.stop.block:
        return most_cells
    columns = len(done.blocks[0]["widths"])
    rows_of_page = (done.stop.row - done.start.row) / pages
    full = max(1, int(most_cells / columns / rows_of_page))
    return (math.ceil(full * rows_of_page) + SPARE_ROWS) * columns


def _piece(block: Mapping[str, Any], start: int, stop: int) -> Mapping[str, Any]:
    """Rows *start* to *stop* of a table; its last piece has what follows the rows."""
    rows = block["rows"]
    opened = _open_groups(rows, start)
    first = {"title": "", "continued": True, "before": start - len(opened), "opened": len(opened)} if start else {}
    last = {"ending": min(block["ending"], stop - start)}
    if stop < len(rows):
        last = {"totals": None, "notes": [], "ending": 0}
    return {**block, "rows": [*opened, *rows[start:stop]], **first, **last}


def _open_groups(rows: Sequence[Any], start: int) -> list[Any]:
    """The headings of the groups that go on in row *start*."""
    groups: dict[int, Any] = {}
    for row in rows[: start + 1]:
        if isinstance(row, dict) and "group" in row:
            groups = {level: other for level, other in groups.items() if level < row["level"]} | {row["level"]: row}
    return [group for group in groups.values() if group is not rows[start]]


def cells_of(block: Mapping[str, Any]) -> int:
    return len(block.get("rows", ())) * len(block.get("widths", ())) + sum(map(cells_of, inner_blocks(block)))


def headings(blocks: Blocks) -> Iterator[Mapping[str, Any]]:
    for block in blocks:
        if block["kind"] == "heading":
            yield block
        yield from headings(inner_blocks(block))
