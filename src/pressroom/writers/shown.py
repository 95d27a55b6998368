"""What a reader sees of a document, as plain text: cut to size and freed of control characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pressroom.document import Document, Kind, Span, Tile
from pressroom.formats import format_value

ELLIPSIS: Final = "…"

# Control characters do not print and break XML; overrides of the writing direction can show a value as another;
# half a surrogate pair is no text. New lines and tabs are kept and become spaces where there is one line only.
UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
SAFE_LINK: Final = re.compile(r"(https?://|mailto:)\S+", re.IGNORECASE)


def clean(text: str) -> str:
    """*text* without characters that cannot be printed."""
    if text.isprintable():  # nearly every cell
        return text
    return UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def one_line(text: str) -> str:
    """*text* as one line with single spaces."""
    return " ".join(clean(text).split())


def shortened(text: str, length: int) -> str:
    """*text* in at most *length* characters, with an ellipsis where it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + ELLIPSIS


def link_of(span: Span) -> str | None:
    """The address of *span* if it is one that a reader may safely follow."""
    return span.link if span.link and SAFE_LINK.fullmatch(span.link) else None


def text_of(spans: Sequence[Span]) -> str:
    """*spans* without their styles, as one line."""
    return one_line("".join(span.text for span in spans))


def prepared(document: Document) -> str:
    """When the report was prepared, for people: the planned instant in its own zone, which is named."""
    moment = format_value(document.prepared_at, Kind.TIMESTAMP, "datetime", document.locale)
    return f"{moment} {document.timezone}"


def headline(tile: Tile) -> str:
    """A tile in one line, e.g. `Flights 27,004 (+3.1% vs June)`."""
    compared = " ".join(part for part in (tile.delta, tile.caption) if part)
    return one_line(f"{tile.label} {tile.text}" + (f" ({compared})" if compared else ""))
