"""The body of a report's e-mail: HTML that mail programs show alike, its pictures, and a text part worth reading.

A picture is named in the HTML as `cid:<key>@presstime`, e.g. `cid:chart-1@presstime`: whoever composes the message gives
the part of that picture the header `Content-ID: <chart-1@presstime>`, or replaces both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import css_inline
from markupsafe import Markup

from pressroom.document import Chart, Document, Kpis, Notice, Results
from pressroom.writers import charts, theme
from pressroom.writers.email_text import text_body
from pressroom.writers.html import language
from pressroom.writers.html_blocks import environment, values
from pressroom.writers.shown import headline, one_line, prepared, shortened

CID_DOMAIN: Final = "presstime"
# Gmail shows the first 102 kB of a message's HTML and hides the rest behind a link.
MAX_HTML_BYTES: Final = 100_000
ROW_LIMITS: Final = (100, 60, 30, 15, 8, 3, 0)
PREHEADER_LENGTH: Final = 140
SHORTENED: Final = Notice("This mail shows the beginning of the report; the rest of it is in the report itself.")
WIDTH: Final = 592  # CSS pixels of the text in a card of 640
BAR_LENGTH: Final = 56  # CSS pixels


@dataclass(frozen=True, slots=True)
class InlineImage:
    """A PNG that the HTML shows; `cid_key` is the part of its Content-ID before the @."""

    cid_key: str
    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class EmailBody:
    """Both forms of a mail's body and the pictures of the HTML one."""

    html: str
    text: str
    images: tuple[InlineImage, ...]


def email_body(
    document: Document, results: Results, *, link: str | None = None, files: Sequence[str] = ()
) -> EmailBody:
    """The mail that carries *document*: *link* leads to the report, *files* are the names of what is attached.

    Tables have at most 100 rows, and fewer where the HTML would grow beyond 100 kB; what is left out is said.
    """
    keys = {chart.id: f"chart-{number}" for number, chart in enumerate(document.charts(), start=1)}
    html = _fitting_html(document, results, keys, link, files)
    shown = [chart for chart in document.charts() if f"cid:{keys[chart.id]}@{CID_DOMAIN}" in html]
    return EmailBody(
        html=html,
        text=text_body(document, results, link=link, files=files),
        images=tuple(
            InlineImage(keys[chart.id], f"{keys[chart.id]}.png", charts.png(chart, document.locale)) for chart in shown
        ),
    )


def _fitting_html(
    document: Document, results: Results, keys: dict[str, str], link: str | None, files: Sequence[str]
) -> str:
    for limit in ROW_LIMITS:
        html = _html(document, results, keys, link, files, limit)
        if len(html.encode()) <= MAX_HTML_BYTES:
            return html
    blocks = document.blocks
    while blocks and len(html.encode()) > MAX_HTML_BYTES:
        blocks = blocks[: len(blocks) * 3 // 4]
        html = _html(replace(document, blocks=(*blocks, SHORTENED)), results, keys, link, files, 0)
    return html


def _html(
    document: Document, results: Results, keys: dict[str, str], link: str | None, files: Sequence[str], limit: int
) -> str:
    def picture(chart: Chart) -> str:
        return f"cid:{keys[chart.id]}@{CID_DOMAIN}"

    rendered = (
        environment()
        .get_template("email.html.jinja")
        .render(
            language=language(document),
            title=one_line(document.title),
            subtitle=one_line(document.subtitle),
            prepared=prepared(document),
            preheader=preheader(document),
            style=_style("email.css.jinja"),
            blocks=values(document, results, picture, limit=limit),
            link=link,
            files=[one_line(name) for name in files],
            width=WIDTH,
            bar_length=BAR_LENGTH,
            c=theme,
        )
    )
    inlined: str = _inliner().inline(rendered)
    # Rules for dark and small screens, and those of the many cells (inline, they would treble the mail), stay a sheet.
    return inlined.replace("</head>", f"<style>{_style('email-screen.css.jinja').strip()}</style></head>", 1)


def preheader(document: Document) -> str:
    """The line that an inbox shows after the subject: the figures, or the subtitle when there are none."""
    tiles = [tile for block in document.blocks if isinstance(block, Kpis) for tile in block.tiles]
    line = " · ".join(headline(tile) for tile in tiles) or one_line(document.subtitle)
    return shortened(line, PREHEADER_LENGTH)


def _style(name: str) -> Markup:
    values: dict[str, Any] = {"c": theme, "width": WIDTH, "bar_length": BAR_LENGTH}
    return Markup(environment().get_template(name).render(**values))  # noqa: S704 - constants only


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(
        load_remote_stylesheets=False,
        apply_width_attributes=True,
        minify_css=True,
    )
