"""HTML: one page that carries everything it needs, for screens light and dark, small and large, and for paper.

It has no scripts, and its Content-Security-Policy lets none in: what stands in a cell stays text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from markupsafe import Markup

from pressroom.document import Chart, Document, Results
from pressroom.writers import charts, theme
from pressroom.writers.html_blocks import environment, values
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
            title=one_line(document.title),
            subtitle=one_line(document.subtitle),
            author=clean(document.author),
            prepared=prepared(document),
            style=Markup(environment().get_template("page.css.jinja").render(c=theme)),  # noqa: S704 - constants only
            blocks=values(document, results, lambda chart: _picture(chart, document.locale)),
        )
    )


def language(document: Document) -> str:
    """The document's language for the `lang` attribute; English when its locale is no BCP 47 tag."""
    tag = document.locale.replace("_", "-")
    return tag if LANGUAGE.fullmatch(tag) else "en"


def _picture(chart: Chart, locale: str) -> str:
    # Vega escapes the text in its pictures; they hold neither scripts nor links, see `charts.refuse_foreign`.
    return Markup(charts.svg(chart, locale))  # noqa: S704
