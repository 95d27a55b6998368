"""Putting the parts of a long PDF together."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdf import PdfReader


def merged(parts: Sequence[bytes]) -> bytes:
    """One PDF of all *parts* with their bookmarks, described as the first of them."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    for part in parts:
        writer.append(io.BytesIO(part), import_outline=True)
    information: Mapping[str, Any] = _reader(parts[0]).metadata or {}
    writer.add_metadata({key: value for key, value in information.items() if isinstance(value, str)})
    whole = io.BytesIO()
    writer.write(whole)
    return whole.getvalue()


def page_counts(parts: Sequence[bytes]) -> list[int]:
    """The number of pages of each part."""
    return [len(_reader(part).pages) for part in parts]


def heading_pages(parts: Sequence[bytes]) -> list[int]:
    """The page in the whole of each bookmark, in order."""
    pages: list[int] = []
    before = 0
    for part in parts:
        reader = _reader(part)
        pages += [before + number for number in _outline(reader, reader.outline)]
        before += len(reader.pages)
    return pages


def _outline(reader: PdfReader, entries: Sequence[Any]) -> Iterator[int]:
    for entry in entries:
        if isinstance(entry, list):
            yield from _outline(reader, entry)
        else:
            yield 1 + (reader.get_destination_page_number(entry) or 0)


def _reader(part: bytes) -> PdfReader:
    from pypdf import PdfReader

    return PdfReader(io.BytesIO(part))
