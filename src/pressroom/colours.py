"""Colours as #rrggbb: reading them, and how well two of them can be told apart (WCAG 2.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final

TEXT: Final = 4.5  # the contrast that text needs
GRAPHICS: Final = 3.0  # the contrast that lines and areas need
_HEX = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_STEPS: Final = 40

TONES_OF_A_COLOUR: Final = 14  # in each direction, to white and to black
APART: Final = 12.0  # in CIELAB, where other hues are better than one more tone

Channels = tuple[int, int, int]


def read_colour(text: str) -> str | None:
    """*text* as #rrggbb in small letters; None when it is no colour of three or six hexadecimal digits."""
    if not _HEX.fullmatch(text):
        return None
    digits = text.removeprefix("#").lower()
    return "#" + ("".join(digit * 2 for digit in digits) if len(digits) == 3 else digits)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 (the same) to 21 (black and white)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """*one* with the given share of *other*."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def darkened(colour: str, *, against: str, contrast: float) -> str:
    """*colour*, or the first darker tone of it that reaches the contrast."""
    return _shifted(colour, "#000000", against, contrast)


def lightened(colour: str, *, against: str, contrast: float) -> str:
    """*colour*, or the first lighter tone of it that reaches the contrast."""
    return _shifted(colour, "#ffffff", against, contrast)


def _shifted(colour: str, towards: str, against: str, wanted: float) -> str:
    tones = (mixed(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next((tone for tone in tones if contrast(tone, against) >= wanted), towards)


def ramp(colour: str) -> tuple[str, ...]:
    """Six tones of *colour* from light to dark."""
    light = [mixed(colour, "#ffffff", share) for share in (0.88, 0.6, 0.3)]
    return (*light, colour, mixed(colour, "#000000", 0.28), mixed(colour, "#000000", 0.55))


def with_first(colour: str, palette: Sequence[str]) -> tuple[str, ...]:
    """*palette* begun with *colour*; what could be taken for it steps back."""
    others = [other for other in palette if _distance(other, colour) >= _MISTAKEN]
    return (colour, *others)


_MISTAKEN: Final = 90.0


def _distance(one: str, other: str) -> float:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


def extended(
    palette: Sequence[str], others: Sequence[str], count: int, least: float, on_dark: Callable[[str], str]
) -> tuple[str, ...]:
    """*palette* made longer to *count* colours, each as unlike those before it as can be, on white and as shown *on_dark*.

    Lighter and darker tones of the palette follow it, then, where these come too near each other, *others* and their
    tones. All have at least the contrast *least* on white.
    """
    chosen = list(palette)
    found = [*_tones(palette, least)]
    more = [*others, *_tones(others, least)]
    nearest = dict.fromkeys(found, float("inf"))
    looked = 0
    while len(chosen) < count:
        for taken in chosen[looked:]:
            nearest = {one: min(space, _apart(one, taken, on_dark)) for one, space in nearest.items() if one != taken}
        looked = len(chosen)
        best = max(nearest, key=nearest.__getitem__, default="")
        if more and (not best or nearest[best] < APART):
            nearest |= {one: float("inf") for one in more if one not in chosen}
            more, looked = [], 0
            continue
        if not best:
            break
        chosen.append(best)
    return tuple(chosen)


def _tones(of: Iterable[str], least: float) -> list[str]:
    ends = [(colour, end) for colour in of for end in ("#ffffff", "#000000")]
    tones = [mixed(colour, end, step / 20) for colour, end in ends for step in range(1, TONES_OF_A_COLOUR + 1)]
    return [tone for tone in tones if contrast(tone, "#ffffff") >= least]


def _apart(one: str, other: str, on_dark: Callable[[str], str]) -> float:
    return min(difference(one, other), difference(on_dark(one), on_dark(other)))


def difference(one: str, other: str) -> float:
    """How far two colours are apart to the eye, in CIELAB: 2 can just be told, 100 is black and white."""
    return float(sum((a - b) ** 2 for a, b in zip(_lab(one), _lab(other), strict=True)) ** 0.5)


@cache
def _lab(colour: str) -> tuple[float, float, float]:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    x, y, z = (
        _cube_root(share)
        for share in (
            (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
            0.2126 * red + 0.7152 * green + 0.0722 * blue,
            (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _cube_root(share: float) -> float:
    return float(share ** (1 / 3)) if share > 0.008856 else 7.787 * share + 16 / 116


def _channels(colour: str) -> Channels:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
