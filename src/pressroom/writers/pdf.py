"""PDF: a document set by Typst, tagged (PDF/UA-1), with bookmarks, and the same bytes for the same document."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from pressroom.document import Document, Results
from pressroom.writers import pdf_typst, theme
from pressroom.writers.pdf_blocks import Press
from pressroom.writers.shown import clean, one_line, prepared, shortened

FILE_NAME: Final = "report.pdf"
LANGUAGE: Final = re.compile(r"([a-z]{2,3})(?:[-_]([A-Z]{2}))?")
# Typst keeps about 13 kB for each cell that it sets; beyond this many, a report is set in parts and put together.
CELLS_IN_ONE_PART: Final = 12_000


def write(document: Document, results: Results, folder: Path) -> Path:
    """Write *document* as a PDF into *folder* and return its path; RenderError when it cannot be set."""
    path = folder / FILE_NAME
    path.write_bytes(pdf(document, results))
    return path


def pdf(document: Document, results: Results) -> bytes:
    """*document* as the bytes of a PDF."""
    press = Press(document, results)
    parts = list(_parts(press.blocks()))
    if len(parts) == 1:
        return _set(document, press, parts[0], first_page=1, show_last_page=True)
    return _merged(document, press, parts)


def _parts(blocks: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """The blocks in groups small enough to be set at once, in order."""
    part: list[Mapping[str, Any]] = []
    cells = 0
    for block in blocks:
        size = len(block.get("rows", ())) * len(block.get("widths", ()))
        if part and cells + size > CELLS_IN_ONE_PART:
            yield part
            part, cells = [], 0
        part.append(block)
        cells += size
    yield part


def _set(
    document: Document, press: Press, blocks: Sequence[Mapping[str, Any]], *, first_page: int, show_last_page: bool
) -> bytes:
    data = {**_frame(document), "blocks": blocks, "first-page": first_page, "show-last-page": show_last_page}
    names = {block["file"] for block in blocks if "file" in block}
    files = {name: picture for name, picture in press.pictures.items() if name in names}
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    return pdf_typst.compile_pdf(
        theme.template("report.typ"),
        {"data.json": text.encode(), **files},
        timestamp=int(document.prepared_at.timestamp()),
    )


def _frame(document: Document) -> dict[str, Any]:
    """What stands on every page and in the file's own description."""
    language = LANGUAGE.fullmatch(document.locale)
    at = document.prepared_at.astimezone(UTC)
    title = one_line(document.title)
    return {
        "title": title,
        "subtitle": one_line(document.subtitle),
        "author": clean(document.author),
        "date": [at.year, at.month, at.day, at.hour, at.minute],
        "footer": f"{shortened(title, 70)} · prepared {prepared(document)}",
        "lang": language[1] if language else "en",
        "region": language[2] if language else None,
        "paper": "us-letter" if document.page == "letter" else "a4",
        "landscape": document.landscape,
        "font": theme.FONT_FAMILY,
        "colours": {
            "ink": theme.INK,
            "muted": theme.MUTED,
            "faint": theme.FAINT,
            "line": theme.LINE,
            "paper": theme.PAPER,
            "brand": theme.BRAND,
            "good": theme.GOOD,
            "bad": theme.BAD,
        },
    }


def _merged(document: Document, press: Press, parts: Sequence[Sequence[Mapping[str, Any]]]) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for part in parts:
        page = len(writer.pages) + 1
        made = _set(document, press, part, first_page=page, show_last_page=False)
        pdf_typst.forget()
        writer.append(io.BytesIO(made), import_outline=True)
        if page == 1:
            information: Mapping[str, Any] = PdfReader(io.BytesIO(made)).metadata or {}
            writer.add_metadata({key: value for key, value in information.items() if isinstance(value, str)})
    merged = io.BytesIO()
    writer.write(merged)
    return merged.getvalue()
