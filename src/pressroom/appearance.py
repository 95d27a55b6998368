"""What a page looks like apart from what stands on it: paper, margins, running lines, pictures, theme. Plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from pathlib import Path
from typing import Final

# Width and height in points, upright.
PAPERS: Final[Mapping[str, tuple[float, float]]] = {
    "a3": (841.89, 1190.55),
    "a4": (595.28, 841.89),
    "a5": (419.53, 595.28),
    "letter": (612.0, 792.0),
    "legal": (612.0, 1008.0),
    "tabloid": (792.0, 1224.0),
}


class Side(StrEnum):
    """Where something narrower than its room stands."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file, read and checked (see `pressroom.pictures`): it neither runs nor fetches anything."""

    name: str  # of its file, for messages
    media_type: str  # image/png, image/jpeg, image/gif or image/svg+xml
    width: float  # CSS pixels
    height: float
    content: bytes = field(repr=False)


class PageNumber(Enum):
    """What a running line can say only when pages are made."""

    NUMBER = "page"
    COUNT = "pages"


# What stands for a page number in a text until it is cut into pieces.
NUMBER_MARKS: Final = {"\ue010": PageNumber.NUMBER, "\ue011": PageNumber.COUNT}
_MARK: Final = re.compile("([\ue010\ue011])")

Pieces = tuple[str | PageNumber, ...]


def pieces(text: str) -> Pieces:
    """*text* cut where marks stand for page numbers."""
    return tuple(NUMBER_MARKS.get(part, part) for part in _MARK.split(text) if part)


@dataclass(frozen=True, slots=True)
class Running:
    """The header or the footer of every page."""

    left: Pieces = ()
    center: Pieces = ()
    right: Pieces = ()

    def sides(self) -> tuple[Pieces, Pieces, Pieces]:
        return self.left, self.center, self.right


@dataclass(frozen=True, slots=True)
class Margins:
    """Around the text of a page, in points."""

    top: float = 51.02  # 18 mm
    right: float = 51.02
    bottom: float = 56.69  # 20 mm
    left: float = 51.02


@dataclass(frozen=True, slots=True)
class Theme:
    """What a report looks like; what is empty is Presstime's own. Colours are #rrggbb in small letters."""

    brand: str = ""
    palette: tuple[str, ...] = ()  # of the series in charts, in order
    font: str = ""  # a family that is installed, or whose files lie in `fonts`
    fonts: Path | None = None  # a folder of font files
    logo: Picture | None = None
    logo_alt: str = ""
