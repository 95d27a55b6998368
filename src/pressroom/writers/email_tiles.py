"""How tiles of a mail are laid out: as many beside each other as there is room for, equally high, without a style sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pressroom.writers.pdf_layout import text_width

SIZES: Final = (21, 19, 17, 15, 13)  # CSS pixels of a figure
SMALL: Final = 12  # CSS pixels of the words around it
EDGES: Final = 34  # CSS pixels across that a tile's gap, border and padding take
PHONE: Final = 110  # CSS pixels for the words of one of two tiles on a phone
LEADING: Final = 1.55
VALUE_LEADING: Final = 1.35
GOAL: Final = 12
SPARK: Final = 30
NARROW: Final = 0.75  # of the room that there usually is: what has less wraps

Tile = Mapping[str, Any]


def figure_size(rows: Sequence[Sequence[Tile]], width: float) -> int:
    """The size of the figures in CSS pixels, one for all tiles: the largest that does not break one."""
    room = min(PHONE, width / max(map(len, rows)) - EDGES)
    texts = [tile["text"] for row in rows for tile in row]
    fitting = (size for size in SIZES if all(text_width(text, size) <= room for text in texts))
    return next(fitting, SIZES[-1])


def height(row: Sequence[Tile], width: float, size: int) -> int:
    """The height of all tiles of *row* in CSS pixels: that of the tallest, from the widths of its words."""
    room = width / len(row) - EDGES
    return math.ceil(max(_height(tile, room, size) for tile in row))


def _height(tile: Tile, room: float, size: int) -> float:
    target = tile["target"]
    texts = [tile["label"], f"{tile['delta']} {tile['caption']}", target["text"] if target else ""]
    lines = sum(_lines(text, room) for text in texts)
    more = (GOAL if target and target["filled"] is not None else 0) + (SPARK if tile["spark"] else 0)
    return lines * SMALL * LEADING + size * VALUE_LEADING + more


def _lines(text: str, room: float) -> int:
    lines, at = 0, room
    for word in text.split():
        width = text_width(f" {word}", SMALL)
        if at + width > room:
            lines, at = lines + 1, 0.0
        at += width
    return lines


def fluid(percent: float, widest: float, width: float) -> str:
    """A style: *percent* of the room, and *widest* once that is much less than *width*; no media query is asked.

    The width is an amount that is hugely negative in a wide room and huge in a narrow one, and the limits tame it.
    """
    limit = round(width * NARROW)
    share = math.floor(percent * 10) / 10
    return f"min-width:{share:g}%;max-width:{max(share, widest):g}%;width:calc(({limit}px - 100%)*{limit})"
