"""Typst, as this package uses it: files in memory, fonts of our own, the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from pressroom.errors import RenderError
from pressroom.writers import theme
from pressroom.writers.fonts import noto_folders

if TYPE_CHECKING:
    import typst

MAIN: Final = "main.typ"
KEPT_PROGRAMS: Final = 10
REFUSAL: Final = "Typst could not set the page: "
ACCESSIBILITY_REFUSAL: Final = "PDF/UA-1 error"


@cache
def fonts_of(folder: Path | None = None, *, beyond_inter: bool = False) -> typst.Fonts:
    """The fonts there are: Inter, the files in *folder*, and for a text *beyond_inter* those of all other scripts."""
    import typst

    # Fonts of the machine are left out, so that a report looks the same wherever it is made.
    folders = [*theme.font_folders(folder), *(noto_folders() if beyond_inter else [])]
    return typst.Fonts(include_system_fonts=False, font_paths=[str(path) for path in folders])


@cache
def families(folder: Path | None) -> tuple[str, ...]:
    """The families that a theme may name: Inter, and those of the files in *folder*.

    Typst brings others, but charts are drawn with files only.
    """
    return tuple(sorted({font.family for font in fonts_of(folder).fonts() if font.path}))


def own_families(folder: Path) -> tuple[str, ...]:
    """The families of the font files in *folder*; nothing is remembered."""
    import typst

    found = typst.Fonts(include_system_fonts=False, font_paths=[str(folder)]).fonts()
    return tuple(sorted({font.family for font in found if font.path and Path(font.path).is_relative_to(folder)}))


def compile_pdf(
    source: str,
    files: Mapping[str, bytes],
    *,
    timestamp: int,
    fonts: typst.Fonts | None = None,
) -> bytes:
    """A PDF made by the Typst program *source*, which can read *files* and nothing else.

    It is tagged and keeps PDF/UA-1 (ISO 14289-1) unless its text has characters that no font here can show. *fonts* are
    Inter alone unless others are given.
    """
    options: dict[str, Any] = {"format": "pdf", "timestamp": timestamp, "fonts": fonts}
    try:
        return _compiled(source, files, pdf_standards="ua-1", **options)
    except RenderError as error:
        if not error.message.startswith(f"{REFUSAL}{ACCESSIBILITY_REFUSAL}"):
            raise
    return _compiled(source, files, **options)


def compile_png(source: str, files: Mapping[str, bytes], *, ppi: float, fonts: typst.Fonts | None = None) -> bytes:
    """A picture of the only page of the Typst program *source*."""
    return _compiled(source, files, format="png", ppi=ppi, fonts=fonts)


def compile_pictures(
    source: str, files: Mapping[str, bytes], *, ppi: float, fonts: typst.Fonts | None = None
) -> list[bytes]:
    """A picture of each page of the Typst program *source*."""
    made = cast("bytes | list[bytes]", _compiled(source, files, format="png", ppi=ppi, fonts=fonts))
    return made if isinstance(made, list) else [made]


def forget() -> None:
    """Give back the memory of what was set before.

    Typst keeps its layout of the last ten programs for the next one: of a report of 20,000 rows, 1.4 GB instead of 330 MB.
    """
    for _ in range(KEPT_PROGRAMS + 1):
        _compiled("#h(0pt)", {}, format="pdf")


def _compiled(source: str, files: Mapping[str, bytes], *, fonts: typst.Fonts | None = None, **options: Any) -> bytes:
    import typst

    # Files in memory are taken, though the type stubs know of files on disk only.
    compile_: Callable[..., bytes] = typst.compile
    try:
        return compile_({MAIN: source.encode(), **files}, font_paths=fonts or fonts_of(), **options)
    except typst.TypstError as error:
        raise RenderError(f"{REFUSAL}{str(error).splitlines()[0]}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of Rust: no Exception, and its class cannot be imported
            raise
        raise RenderError(f"{REFUSAL}{error}", remedy="Look for a very large or very small size.") from error
