"""HTML: one page that carries everything it needs, for screens light and dark, small and large, and for paper.

It has no scripts, and its Content-Security-Policy lets none in: what stands in a cell stays text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from pressroom.appearance import PAPERS, PageNumber, Picture, Pieces
from pressroom.document import Chart, Document, Results
from pressroom.phrases import phrase
from pressroom.writers import charts, spark, theme
from pressroom.writers.directions import is_from_right
from pressroom.writers.html_blocks import contents, environment, values
from pressroom.writers.pictures import data_address, fitted
from pressroom.writers.running import footer_of, pieces_of, unnumbered
from pressroom.writers.shown import clean, one_line

FILE_NAME: Final = "report.html"
NARROW_ROOM: Final = 400  # CSS pixels: a chart in less is read on a phone as it is
LARGEST_TWICE: Final = 200_000  # characters of a picture that stands in a page twice
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def write(document: Document, results: Results, folder: Path) -> Path:
    """Write *document* as one self-contained page into *folder* and return its path."""
    path = folder / FILE_NAME
    path.write_text(page(document, results), encoding="utf-8")
    return path


def page(document: Document, results: Results) -> str:
    """*document* as the text of an HTML page."""
    blocks = values(document, results, HtmlPictures(document))
    listed = contents(blocks)
    return (
        environment()
        .get_template("page.html.jinja")
        .render(
            language=language(document),
            direction=direction(document),
            title=one_line(document.title),
            subtitle=one_line(document.subtitle),
            author=clean(document.author),
            style=_style(document),
            logo=logo_value(document),
            header=unnumbered(pieces_of(document.header)) if document.header else [],
            footer=unnumbered(footer_of(document)),
            blocks=blocks,
            contents=listed if document.contents else [],
            contents_title=phrase(document.locale, "contents"),
        )
    )


def language(document: Document) -> str:
    """The document's language for the `lang` attribute; English when its locale is no BCP 47 tag."""
    tag = document.locale.replace("_", "-")
    return tag if LANGUAGE.fullmatch(tag) else "en"


def direction(document: Document) -> str:
    """Which way the document runs: `rtl` in Arabic, Hebrew and their kin."""
    return "rtl" if is_from_right(document.locale) else "ltr"


def _style(document: Document) -> Markup:
    sheet = (
        environment()
        .get_template("page.css.jinja")
        .render(c=theme, look=theme.look_of(document.theme), paper=_paper(document))
    )
    return Markup(sheet)  # noqa: S704 - constants, colours and a family that was checked


def _paper(document: Document) -> dict[str, Any]:
    """What a printer needs: the sheet, its margins, and the running lines as texts of CSS."""
    short, long = PAPERS.get(document.page, PAPERS["a4"])
    width, height = (long, short) if document.landscape else (short, long)
    margins = document.margins
    lines = [("top", pieces_of(document.header))] if document.header else []
    lines.append(("bottom", footer_of(document)))
    return {
        "size": f"{width}pt {height}pt",
        "margin": f"{margins.top}pt {margins.right}pt {margins.bottom}pt {margins.left}pt",
        "boxes": [
            (f"{edge}-{side}", _css_content(pieces))
            for edge, sides in lines
            for side, pieces in zip(("left", "center", "right"), sides, strict=True)
            if pieces
        ],
    }


def _css_content(pieces: Pieces) -> str:
    return " ".join(
        f"counter({piece.value})" if isinstance(piece, PageNumber) else _css_text(piece) for piece in pieces
    )


def _css_text(text: str) -> str:
    """*text* as a string of CSS: whatever is no plain letter or digit by its number, so that nothing can end it."""
    return '"' + "".join(char if char.isascii() and char.isalnum() else f"\\{ord(char):06x}" for char in text) + '"'


@dataclass(frozen=True, slots=True)
class HtmlPictures:
    """Pictures that stand in the page itself: it fetches nothing."""

    document: Document

    def chart(self, chart: Chart, width: float) -> str:
        # Vega escapes the text in its pictures; they hold neither scripts nor links, see `charts.refuse_foreign`.
        look = theme.look_of(self.document.theme)
        wide = charts.svg(chart, self.document.locale, look, width=width)
        if width <= NARROW_ROOM or charts.has_own_width(chart) or len(wide) > LARGEST_TWICE:
            return Markup(wide)  # noqa: S704
        named = replace(chart, id=f"{chart.id}-narrow")
        narrow = charts.svg(named, self.document.locale, look, width=theme.NARROW_WIDTH)
        return Markup(f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>')  # noqa: S704

    def image(self, picture: Picture, key: str, width: float) -> str:
        del key, width
        return data_address(picture)

    def spark(self, points: spark.Points) -> str:
        return Markup(spark.svg(points, "currentColor"))  # noqa: S704 - numbers only


def logo_value(document: Document) -> dict[str, Any] | None:
    """The theme's logo at the height it has in a head, or None."""
    picture = document.theme.logo
    if picture is None:
        return None
    width, height = fitted(picture.width, picture.height, theme.LOGO_WIDTH, theme.LOGO_HEIGHT)
    return {"address": data_address(picture), "alt": document.theme.logo_alt, "width": width, "height": height}
