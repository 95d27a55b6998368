"""PDF: a document set by Typst, tagged (PDF/UA-1), with bookmarks, and the same bytes for the same document."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from pressroom.appearance import PAPERS, PageNumber
from pressroom.document import Document, Heading, Results
from pressroom.phrases import phrase
from pressroom.writers import fonts, pdf_merge, pdf_typst, theme
from pressroom.writers.pdf_blocks import POINTS_PER_PIXEL, Press, inner_blocks, tiles_of
from pressroom.writers.pdf_objects import Objects
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

Blocks = Sequence[Mapping[str, Any]]


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
    is_long = sum(map(_cells, blocks)) > CELLS_SET_AT_ONCE
    _Setting(document, press).put(list(_parts(blocks)) if is_long else [blocks], file)


def pictures(document: Document, results: Results, *, ppi: float, cells: int) -> tuple[list[bytes], bool]:
    """The first pages of *document*'s PDF as PNG, with about *cells* cells of its tables, and whether these are all pages."""
    press = Press(document, results)
    blocks = press.blocks()
    setting = _Setting(document, press)
    parts = list(_parts(blocks, cells))
    return setting.pictures(Part(parts[0]), ppi), len(parts) == 1


def _parts(blocks: Blocks, most_cells: int = CELLS_IN_ONE_PART) -> Iterator[list[Mapping[str, Any]]]:
    """The blocks in groups small enough to be set at once, in order."""
    part: list[Mapping[str, Any]] = []
    cells = 0
    for block in chain.from_iterable(_pieces(block, most_cells) for block in blocks):
        size = _cells(block)
        if part and cells + size > most_cells:
            yield part
            part, cells = [], 0
        part.append(block)
        cells += size
    yield part


def _pieces(block: Mapping[str, Any], most_cells: int) -> Iterator[Mapping[str, Any]]:
    """*block*, or, of a long table, its pieces."""
    rows = block.get("rows", ())
    step = max(1, most_cells // max(1, len(block.get("widths", ()))))
    if len(rows) <= step:
        yield block
        return
    starts = range(0, len(rows), step)
    for start in starts:
        first = {} if start == 0 else {"title": "", "continued": True}
        last: dict[str, Any] = {"totals": None, "notes": [], "ending": 0}
        if start == starts[-1]:
            last = {"ending": min(block["ending"], len(rows) - start)}
        yield {**block, "rows": [*_open_groups(rows, start), *rows[start : start + step]], **first, **last}


def _open_groups(rows: Sequence[Any], start: int) -> list[Any]:
    """The headings of the groups that go on in row *start*."""
    groups: dict[int, Any] = {}
    for row in rows[: start + 1]:
        if isinstance(row, dict) and "group" in row:
            groups = {level: other for level, other in groups.items() if level < row["level"]} | {row["level"]: row}
    return [group for group in groups.values() if group is not rows[start]]


def _cells(block: Mapping[str, Any]) -> int:
    return len(block.get("rows", ())) * len(block.get("widths", ())) + sum(map(_cells, inner_blocks(block)))


def _files(blocks: Blocks) -> Iterator[str]:
    """The names of all pictures in *blocks*."""
    for block in blocks:
        if "file" in block:
            yield block["file"]
        yield from (tile["spark"] for tile in tiles_of(block) if tile["spark"])
        yield from _files(inner_blocks(block))


def _headings(blocks: Blocks) -> Iterator[Mapping[str, Any]]:
    for block in blocks:
        if block["kind"] == "heading":
            yield block
        yield from _headings(inner_blocks(block))


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

    def set(self, part: Part, *, is_tagged: bool = True) -> bytes:
        files, faces = self._read(part)
        timestamp = int(self.document.prepared_at.timestamp())
        return pdf_typst.compile_pdf(
            theme.template("report.typ"), files, timestamp=timestamp, fonts=faces, is_tagged=is_tagged
        )

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

    def put(self, parts: Sequence[Blocks], file: BinaryIO) -> None:
        """All *parts* in one file; they are set twice where a page must say what only the last page knows."""
        if len(parts) == 1:
            pdf_merge.pack(self.set(Part(parts[0])), file)
            return
        whole = Part((), is_whole=False)
        if self.document.contents or is_numbered(self.document, PageNumber.COUNT):
            whole = self._counted(whole, parts)
        merged = pdf_merge.Merged(file)
        page = 1
        for blocks in parts:
            made = self.set(replace(whole, blocks=blocks, first_page=page))
            levels = [heading["level"] for heading in _headings(blocks)]
            page += merged.add(made, levels, is_continued=blocks[0].get("continued", False))
            pdf_typst.forget()
        merged.close()

    def _counted(self, part: Part, parts: Sequence[Blocks]) -> Part:
        """*part* with the number of all pages, and the headings with theirs."""
        headings = [heading for blocks in parts for heading in _headings(blocks)]
        part = replace(part, contents=_contents(headings, [0] * len(headings)) if self.document.contents else None)
        pages: list[int] = []
        before = 0
        for blocks in parts:
            # Without its tags it is set alike, and there is a tenth to read.
            made = Objects(self.set(replace(part, blocks=blocks, first_page=before + 1), is_tagged=False))
            pages += [before + made.page_of(bookmark) for bookmark, _ in made.bookmarks()]
            before += len(made.pages)
            pdf_typst.forget()
        contents = _contents(headings, pages) if self.document.contents else None
        return replace(part, pages=before, contents=contents)


def _levels_above(part: Part) -> list[int]:
    first = next((heading["level"] for heading in _headings(part.blocks)), 1)
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
        "from-right": language is not None and language[1] in fonts.RIGHT_TO_LEFT_LANGUAGES,
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
