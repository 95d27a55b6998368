"""Typst, as this package uses it: files in memory, fonts of our own, the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from pressroom.errors import RenderError
from pressroom.writers import theme

if TYPE_CHECKING:
    import typst

MAIN: Final = "main.typ"
ACCESSIBILITY_REFUSAL: Final = "PDF/UA-1 error"


@cache
def _fonts() -> typst.Fonts:
    import typst

    # Fonts of the machine are left out, so that a report looks the same wherever it is made.
    return typst.Fonts(include_system_fonts=False, font_paths=[str(theme.font_folder())])


def compile_pdf(source: str, files: Mapping[str, bytes], *, timestamp: int) -> bytes:
    """A tagged PDF made by the Typst program *source*, which can read *files* and nothing else.

    It keeps PDF/UA-1 (ISO 14289-1) unless its text has characters that no font here can show.
    """
    import typst

    try:
        return _compiled(source, files, timestamp, standard="ua-1")
    except typst.TypstError as error:
        if not str(error).startswith(ACCESSIBILITY_REFUSAL):
            raise _refusal(error) from error
    try:
        return _compiled(source, files, timestamp, standard=None)
    except typst.TypstError as error:
        raise _refusal(error) from error


def _compiled(source: str, files: Mapping[str, bytes], timestamp: int, *, standard: typst.PDFStandards) -> bytes:
    import typst

    made = typst.compile(
        {MAIN: source.encode(), **files},
        format="pdf",
        font_paths=_fonts(),
        timestamp=timestamp,
        pdf_standards=standard,
    )
    assert isinstance(made, bytes)
    return made


def compile_png(source: str, files: Mapping[str, bytes], *, ppi: float) -> bytes:
    """A picture of the only page of the Typst program *source*."""
    import typst

    try:
        made = typst.compile({MAIN: source.encode(), **files}, format="png", font_paths=_fonts(), ppi=ppi)
    except typst.TypstError as error:
        raise _refusal(error) from error
    assert isinstance(made, bytes)
    return made


def _refusal(error: Exception) -> RenderError:
    return RenderError(f"Typst could not set the page: {str(error).splitlines()[0]}", code="render")
