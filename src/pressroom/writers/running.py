"""Header and footer as every medium has them: three sides, each of text and page numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pressroom.appearance import PageNumber, Pieces, Running, pieces
from pressroom.document import Document
from pressroom.phrases import phrase
from pressroom.writers.shown import one_line, prepared, shortened

LONGEST_TITLE: Final = 70

Sides = tuple[Pieces, Pieces, Pieces]


def footer_of(document: Document, *, is_counted: bool = True) -> Sides:
    """The document's footer; without one its title, the time and the page, of how many only if *is_counted*."""
    if document.footer is not None:
        return pieces_of(document.footer)
    title = shortened(one_line(document.title), LONGEST_TITLE)
    said = f"{title} · {phrase(document.locale, 'prepared', at=prepared(document))}"
    name = "page_of" if is_counted else "page"
    numbered = phrase(document.locale, name, page="\ue010", pages="\ue011")
    return (said,), (), pieces(numbered)


def header_of(document: Document) -> Sides:
    """The document's header; without one its title and what it is about, which the first page says itself."""
    if document.header is not None:
        return pieces_of(document.header)
    texts = (shortened(one_line(text), LONGEST_TITLE) for text in (document.title, document.subtitle))
    title, subtitle = ((text,) if text else () for text in texts)
    return title, (), subtitle


def pieces_of(running: Running) -> Sides:
    left, center, right = (tuple(_cleaned(side)) for side in running.sides())
    return left, center, right


def _cleaned(side: Pieces) -> Iterator[str | PageNumber]:
    for piece in side:
        yield piece if isinstance(piece, PageNumber) else re.sub(r"\s+", " ", one_line(f"|{piece}|")[1:-1])


def is_numbered(document: Document, number: PageNumber) -> bool:
    """Whether the author wants *number* on every page."""
    lines = [running for running in (document.header, document.footer) if running is not None]
    return any(number in side for running in lines for side in running.sides())


def unnumbered(sides: Sides) -> list[str]:
    """The sides as text for a medium without pages: one that speaks of page numbers is left out."""
    return ["" if any(isinstance(piece, PageNumber) for piece in side) else "".join(map(str, side)) for side in sides]
