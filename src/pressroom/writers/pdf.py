"""PDF: a document set by Typst, tagged (PDF/UA-1), with bookmarks, and the same bytes for the same document."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from pressroom.appearance import PAPERS, PageNumber
from pressroom.document import Document, Heading, Results
from pressroom.phrases import phrase
from pressroom.writers import fonts, pdf_merge, pdf_typst, theme
from pressroom.writers.directions import is_from_right
from pressroom.writers.pdf_blocks import POINTS_PER_PIXEL, Press, inner_blocks, tiles_of
from pressroom.writers.pdf_cut import cut_of, shorten
from pressroom.writers.pdf_objects import Objects
from pressroom.writers.pdf_parts import Blocks, Place, Stretch, cells_for_full_pages, cells_of, headings, stretch
from pressroom.writers.pictures import fitted
from pressroom.writers.running import footer_of, header_of, is_numbered
from pressroom.writers.shown import clean, one_line

if TYPE_CHECKING:
    import typst

FILE_NAME: Final = "report.pdf"
LANGUAGE: Final = re.compile(r"([a-z]{2,3})(?:[-_]([A-Z]{2}))?")
# Typst keeps about 13 kB for each cell that it sets: a report of more is set in parts, smaller ones, and put together.
CELLS_SET_AT_ONCE: Final = 12_000
CELLS_IN_ONE_PART: Final = 5_400
LEAST_MARGIN: Final = 34.0  # points that the margin has above for a header that nobody asked for
LISTED_LEVELS: Final = 2  # of headings in the table of contents


@dataclass(frozen=True, slots=True)
class Part:
    """A run of pages that is set at once."""

    blocks: Blocks
    is_whole: bool = True
    first_page: int = 1
    pages: int | None = None  # of the whole report; None when it is this part
    contents: Sequence[Mapping[str, Any]] | None = None  # headings with their pages, where Typst cannot know them


def write(document: Document, results: Results, folder: Path) -> Path:
    """Write *document* as a PDF into *folder* and return its path; RenderError when it cannot be set."""
    path = folder / FILE_NAME
    with path.open("wb") as file:
        _put(document, results, file)
    return path


def pdf(document: Document, results: Results) -> bytes:
    """*document* as the bytes of a PDF."""
    file = io.BytesIO()
    _put(document, results, file)
    return file.getvalue()


def _put(document: Document, results: Results, file: BinaryIO) -> None:
    press = Press(document, results)
    blocks = press.blocks()
    is_long = sum(map(cells_of, blocks)) > CELLS_SET_AT_ONCE
    _Setting(document, press).put(blocks, file, CELLS_IN_ONE_PART if is_long else CELLS_SET_AT_ONCE)


def pictures(document: Document, results: Results, *, ppi: float, cells: int) -> tuple[list[bytes], bool]:
    """The first pages of *document*'s PDF as PNG, with about *cells* cells of its tables, and whether these are all pages."""
    press = Press(document, results)
    blocks = press.blocks()
    setting = _Setting(document, press)
    first = stretch(blocks, Place(), cells)
    return setting.pictures(Part(first.blocks), ppi), first.stop == Place(len(blocks))


def _files(blocks: Blocks) -> Iterator[str]:
    """The names of all pictures in *blocks*."""
    for block in blocks:
        if "file" in block:
            yield block["file"]
        yield from (tile["spark"] for tile in tiles_of(block) if tile["spark"])
        yield from _files(inner_blocks(block))


@dataclass
class _Setting:
    """Sets parts of one document; what stands on every page is made once."""

    document: Document
    press: Press
    frame: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.frame = _frame(self.document) | {"logo": self._logo()}

    def _logo(self) -> dict[str, Any] | None:
        logo = self.document.theme.logo
        if logo is None:
            return None
        width, _ = fitted(logo.width, logo.height, theme.LOGO_WIDTH, theme.LOGO_HEIGHT)
        return {
            "file": self.press.picture(logo),
            "width": width * POINTS_PER_PIXEL,
            "alt": one_line(self.document.theme.logo_alt),
        }

    def set(self, part: Part) -> bytes:
        files, faces = self._read(part)
        timestamp = int(self.document.prepared_at.timestamp())
        return pdf_typst.compile_pdf(theme.template("report.typ"), files, timestamp=timestamp, fonts=faces)

    def pictures(self, part: Part, ppi: float) -> list[bytes]:
        files, faces = self._read(part)
        return pdf_typst.compile_pictures(theme.template("report.typ"), files, ppi=ppi, fonts=faces)

    def _read(self, part: Part) -> tuple[dict[str, bytes], typst.Fonts]:
        """What the program of a report reads, and the fonts that its text needs."""
        data = {
            **self.frame,
            "footer": _running(footer_of(self.document, is_counted=part.is_whole)),
            "blocks": part.blocks,
            "first-page": part.first_page,
            "pages": part.pages,
            "contents": part.contents,
            "above": _levels_above(part),
        }
        names = {*_files(part.blocks), *([self.frame["logo"]["file"]] if self.frame["logo"] else [])}
        files = {name: picture for name, picture in self.press.pictures.items() if name in names}
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        faces = {
            "families": fonts.families(text, self.document.locale, self.frame["font"]),
            "bidi": fonts.has_right_to_left(text),
        }
        read = {
            "data.json": text.encode(),
            "faces.json": json.dumps(faces).encode(),
            "labels.typ": theme.template("labels.typ").encode(),
            **files,
        }
        return read, pdf_typst.fonts_of(self.document.theme.fonts, beyond_inter=fonts.is_beyond_inter(text))

    def put(self, blocks: Blocks, file: BinaryIO, most_cells: int) -> None:
        """All *blocks* in one file, set in parts of about *most_cells* cells.

        They are set twice where a page must say what only the last page knows.
        """
        if stretch(blocks, Place(), most_cells).stop.block == len(blocks):
            pdf_merge.pack(self.set(Part(blocks)), file)
            return
        whole = Part((), is_whole=False)
        if self.document.contents or is_numbered(self.document, PageNumber.COUNT):
            whole = self._counted(whole, blocks, most_cells)
        merged = pdf_merge.Merged(file)
        for done, made in self._stretches(whole, blocks, most_cells):
            merged.add(made, [heading["level"] for heading in done.headings()], is_continued=done.is_continued)
        merged.close()

    def _stretches(self, part: Part, blocks: Blocks, most_cells: int) -> Iterator[tuple[Stretch, Objects]]:
        """*blocks* as they are set one part after the other, each up to a page that the next one can begin with."""
        end = Place(len(blocks))
        start, page, cells = Place(), 1, most_cells
        while start < end:
            done = stretch(blocks, start, cells)
            made = Objects(self.set(replace(part, blocks=done.blocks, first_page=page)))
            cells = most_cells
            if done.stop < end and (cut := cut_of(made, done)):
                shorten(made, cut)
                done = done.until(cut.place)
                cells = cells_for_full_pages(done, cut.pages, most_cells)
            yield done, made
            start, page = done.stop, page + len(made.pages)
            pdf_typst.forget()

    def _counted(self, part: Part, blocks: Blocks, most_cells: int) -> Part:
        """*part* with the number of all pages, and the headings with theirs."""
        found = list(headings(blocks))
        part = replace(part, contents=_contents(found, [0] * len(found)) if self.document.contents else None)
        pages: list[int] = []
        before = 0
        for _, made in self._stretches(part, blocks, most_cells):
            pages += [before + made.page_of(bookmark) for bookmark, _ in made.bookmarks()]
            before += len(made.pages)
        contents = _contents(found, pages) if self.document.contents else None
        return replace(part, pages=before, contents=contents)


def _levels_above(part: Part) -> list[int]:
    first = next((heading["level"] for heading in headings(part.blocks)), 1)
    return [] if part.first_page == 1 else list(range(1, first))


def _contents(headings: Blocks, pages: Sequence[int]) -> list[dict[str, Any]]:
    return [
        {"level": heading["level"], "spans": heading["spans"], "page": page}
        for heading, page in zip(headings, pages, strict=True)
        if heading["level"] <= LISTED_LEVELS
    ]


def _frame(document: Document) -> dict[str, Any]:
    """What stands on every page and in the file's own description."""
    language = LANGUAGE.fullmatch(document.locale)
    at = document.prepared_at.astimezone(UTC)
    return {
        "title": one_line(document.title),
        "subtitle": one_line(document.subtitle),
        "author": clean(document.author),
        "date": [at.year, at.month, at.day, at.hour, at.minute],
        **_header(document),
        "lang": language[1] if language else "en",
        "region": language[2] if language else None,
        "from-right": is_from_right(document.locale),
        "has-contents": document.contents and any(isinstance(block, Heading) for block in document.leaves()),
        "contents-title": phrase(document.locale, "contents"),
        **_page(document),
        **_look(document),
    }


def _header(document: Document) -> dict[str, Any]:
    """The author's header on all pages; without one title and subtitle, from the second page and where there is room."""
    header = header_of(document)
    has_room = document.header is not None or document.margins.top >= LEAST_MARGIN
    return {
        "header": _running(header) if has_room and any(header) else None,
        "header-from": 1 if document.header else 2,
    }


def _page(document: Document) -> dict[str, Any]:
    short, long = PAPERS.get(document.page, PAPERS["a4"])
    width, height = (long, short) if document.landscape else (short, long)
    margins = document.margins
    return {
        "width": width,
        "height": height,
        "margins": {"top": margins.top, "right": margins.right, "bottom": margins.bottom, "left": margins.left},
        "text-height": height - margins.top - margins.bottom,
    }


def _look(document: Document) -> dict[str, Any]:
    look = theme.look_of(document.theme)
    return {
        "font": look.family,
        "colours": {
            "ink": theme.INK,
            "muted": theme.MUTED,
            "faint": theme.FAINT,
            "line": theme.LINE,
            "paper": theme.PAPER,
            "brand": look.brand,
            "accent": look.accent,
            "good": theme.GOOD,
            "bad": theme.BAD,
        },
    }


def _running(sides: Sequence[Sequence[str | PageNumber]]) -> list[list[dict[str, str]]]:
    return [
        [{"number": piece.value} if isinstance(piece, PageNumber) else {"text": piece} for piece in side]
        for side in sides
    ]
