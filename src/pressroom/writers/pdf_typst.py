"""Typst, as this package uses it: files in memory, fonts of our own, the same bytes for the same input."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from pressroom.errors import RenderError
from pressroom.writers import theme

if TYPE_CHECKING:
    import typst

MAIN: Final = "main.typ"
PLACE: Final = re.compile(r"\s+┌─.*")


@cache
def _fonts() -> typst.Fonts:
    import typst

    # Fonts of the machine are left out, so that a report looks the same wherever it is made.
    return typst.Fonts(include_system_fonts=False, font_paths=[str(theme.font_folder())])


def compile_pdf(source: str, files: Mapping[str, bytes], *, timestamp: int) -> bytes:
    """A tagged PDF made by the Typst program *source*, which can read *files* and nothing else; PDF/UA-1 checked."""
    import typst

    try:
        made = typst.compile(
            {MAIN: source.encode(), **files},
            format="pdf",
            font_paths=_fonts(),
            timestamp=timestamp,
            pdf_standards="ua-1",
        )
    except typst.TypstError as error:
        raise _refusal(error) from error
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
