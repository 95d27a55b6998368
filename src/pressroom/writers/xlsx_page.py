"""How sheets are printed: paper, margins, header and footer, as the document's pages are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from xlsxwriter.worksheet import Worksheet

from pressroom.appearance import PageNumber, Pieces
from pressroom.document import Document
from pressroom.phrases import phrase
from pressroom.writers.directions import is_from_right
from pressroom.writers.running import pieces_of
from pressroom.writers.shown import shortened

PAPERS: Final = {"letter": 1, "tabloid": 3, "legal": 5, "a3": 8, "a4": 9, "a5": 11}  # Excel's numbers
POINTS_PER_INCH: Final = 72
LONGEST_SIDE: Final = 75  # of 255 characters for all three
_NUMBERS: Final = {PageNumber.NUMBER: "&P", PageNumber.COUNT: "&N"}


def set_page(sheet: Worksheet, document: Document, *, left: str = "") -> None:
    """Give *sheet* the document's direction, paper, margins and running lines; *left* stands in a footer of our own."""
    if is_from_right(document.locale):
        sheet.right_to_left()
    sheet.set_paper(PAPERS.get(document.page, PAPERS["a4"]))
    margins = document.margins
    sheet.set_margins(
        *(points / POINTS_PER_INCH for points in (margins.left, margins.right, margins.top, margins.bottom))
    )
    sheet.fit_to_pages(1, 0)
    if document.header is not None:
        sheet.set_header(_line(pieces_of(document.header)))
    if document.footer is not None:
        sheet.set_footer(_line(pieces_of(document.footer)))
    else:
        number = phrase(document.locale, "page_of", page="&P", pages="&N")
        sheet.set_footer(f"&L{left}&R{number}")


def _line(sides: Sequence[Pieces]) -> str:
    return "".join(f"&{mark}{_side(pieces)}" for mark, pieces in zip("LCR", sides, strict=True) if pieces)


def _side(pieces: Pieces) -> str:
    room = LONGEST_SIDE
    parts = []
    for piece in pieces:
        text = _NUMBERS[piece] if isinstance(piece, PageNumber) else shortened(piece, room).replace("&", "&&")
        room = max(1, room - len(text))
        parts.append(text)
    return "".join(parts)
