"""Colours as #rrggbb: reading them, and how well two of them can be told apart (WCAG 2.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

TEXT: Final = 4.5  # the contrast that text needs
GRAPHICS: Final = 3.0  # the contrast that lines and areas need
_HEX = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_STEPS: Final = 40

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


def _channels(colour: str) -> Channels:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
