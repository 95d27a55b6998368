"""HTML: one page that carries everything it needs, for screens light and dark, small and large, and for paper.

It has no scripts, and its Content-Security-Policy lets none in: what stands in a cell stays text.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from pressroom.appearance import Picture
from pressroom.document import Chart, Document, Results
from pressroom.writers import charts, fonts, theme
from pressroom.writers.html_blocks import environment, values
from pressroom.writers.pictures import fitted
from pressroom.writers.shown import clean, one_line, prepared

FILE_NAME: Final = "report.html"
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def write(document: Document, results: Results, folder: Path) -> Path:
    """Write *document* as one self-contained page into *folder* and return its path."""
    path = folder / FILE_NAME
    path.write_text(page(document, results), encoding="utf-8")
    return path


def page(document: Document, results: Results) -> str:
    """*document* as the text of an HTML page."""
    return (
        environment()
        .get_template("page.html.jinja")
        .render(
            language=language(document),
            direction=direction(document),
            title=one_line(document.title),
            subtitle=one_line(document.subtitle),
            author=clean(document.author),
            prepared=prepared(document),
            style=_style(document),
            logo=logo_value(document),
            blocks=values(document, results, HtmlPictures(document)),
        )
    )


def language(document: Document) -> str:
    """The document's language for the `lang` attribute; English when its locale is no BCP 47 tag."""
    tag = document.locale.replace("_", "-")
    return tag if LANGUAGE.fullmatch(tag) else "en"


def direction(document: Document) -> str:
    """Which way the document runs: `rtl` in Arabic, Hebrew and their kin."""
    return "rtl" if language(document).partition("-")[0].lower() in fonts.RIGHT_TO_LEFT_LANGUAGES else "ltr"


def _style(document: Document) -> Markup:
    sheet = environment().get_template("page.css.jinja").render(c=theme, look=theme.look_of(document.theme))
    return Markup(sheet)  # noqa: S704 - constants, colours and a family that was checked


@dataclass(frozen=True, slots=True)
class HtmlPictures:
    """Pictures that stand in the page itself: it fetches nothing."""

    document: Document

    def chart(self, chart: Chart, width: float) -> str:
        # Vega escapes the text in its pictures; they hold neither scripts nor links, see `charts.refuse_foreign`.
        look = theme.look_of(self.document.theme)
        return Markup(charts.svg(chart, self.document.locale, look, width=width))  # noqa: S704

    def image(self, picture: Picture, key: str, width: float) -> str:
        del key, width
        return data_address(picture)


def data_address(picture: Picture) -> str:
    """*picture* as an address that carries it."""
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.content).decode()}"


def logo_value(document: Document) -> dict[str, Any] | None:
    """The theme's logo at the height it has in a head, or None."""
    picture = document.theme.logo
    if picture is None:
        return None
    width, height = fitted(picture.width, picture.height, theme.LOGO_WIDTH, theme.LOGO_HEIGHT)
    return {"address": data_address(picture), "alt": document.theme.logo_alt, "width": width, "height": height}
