"""The body of a report's e-mail: HTML that mail programs show alike, its pictures, and a text part worth reading.

A picture is named in the HTML as `cid:<key>@presstime`, e.g. `cid:chart-1@presstime`: whoever composes the message gives
the part of that picture the header `Content-ID: <chart-1@presstime>`, or replaces both.
"""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import css_inline
from markupsafe import Markup

from pressroom.appearance import Picture
from pressroom.document import Chart, Document, Kpis, Notice, Results
from pressroom.phrases import phrase
from pressroom.writers import charts, email_tiles, pictures, spark, theme
from pressroom.writers.directions import is_from_right, isolated
from pressroom.writers.email_text import MOST_COLUMNS, text_body
from pressroom.writers.html import direction, language, logo_value
from pressroom.writers.html_blocks import environment, values
from pressroom.writers.running import footer_of, pieces_of, unnumbered
from pressroom.writers.shown import headline, one_line, shortened

CID_DOMAIN: Final = "presstime"
# Gmail shows the first 102 kB of a message's HTML and hides the rest behind a link.
MAX_HTML_BYTES: Final = 100_000
ROW_LIMITS: Final = (100, 60, 30, 15, 8, 3, 0)
PREHEADER_LENGTH: Final = 140
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
    html, named = _fitting_html(document, results, link, files)
    return EmailBody(
        html=html,
        text=text_body(document, results, link=link, files=files),
        images=tuple(_inline(document, key, picture, width) for key, (picture, width) in named.items()),
    )


def _inline(document: Document, key: str, picture: Chart | Picture, width: float) -> InlineImage:
    """The part of the message that *key* names: a PNG, or the photograph as it is."""
    if isinstance(picture, Chart):
        look = theme.look_of(document.theme)
        drawn = width if charts.has_own_width(picture) else min(width, theme.MAIL_WIDTH)
        content = charts.png(picture, document.locale, look, width=drawn, shown=width)
        return InlineImage(key, f"{key}.png", content)
    if picture.media_type == "image/svg+xml":
        return InlineImage(key, f"{key}.png", pictures.png(picture, round(width)))
    return InlineImage(key, pictures.file_name(picture, key), picture.content)


def standalone(body: EmailBody) -> str:
    """The HTML of *body* as a page of its own, to look at: pictures stand in it instead of beside it."""
    html = body.html
    for image in body.images:
        content = base64.b64encode(image.content).decode()
        html = html.replace(
            f"cid:{image.cid_key}@{CID_DOMAIN}", f"data:{mimetypes.guess_type(image.filename)[0]};base64,{content}"
        )
    return html


class CidPictures:
    """Names pictures as parts of the message, and remembers which were named and how wide they are shown."""

    def __init__(self, accent: str = theme.BRAND) -> None:
        self.named: dict[str, tuple[Chart | Picture, float]] = {}
        self._accent = accent
        self._charts = 0
        self._sparks = 0

    def chart(self, chart: Chart, width: float) -> str:
        self._charts += 1
        return self._name(f"chart-{self._charts}", chart, width)

    def image(self, picture: Picture, key: str, width: float) -> str:
        return self._name(key, picture, width)

    def spark(self, points: spark.Points) -> str:
        self._sparks += 1
        return self._name(f"spark-{self._sparks}", spark.picture(points, self._accent), spark.WIDTH)

    def _name(self, key: str, picture: Chart | Picture, width: float) -> str:
        self.named[key] = picture, width
        return f"cid:{key}@{CID_DOMAIN}"


Named = dict[str, tuple[Chart | Picture, float]]


def _fitting_html(document: Document, results: Results, link: str | None, files: Sequence[str]) -> tuple[str, Named]:
    """The HTML, and the pictures that it names."""
    for limit in ROW_LIMITS:
        html, named = _html(document, results, link, files, limit)
        if len(html.encode()) <= MAX_HTML_BYTES:
            return html, named
    blocks = document.blocks
    while blocks and len(html.encode()) > MAX_HTML_BYTES:
        blocks = blocks[: len(blocks) * 3 // 4]
        ending = Notice(phrase(document.locale, "mail_shortened"))
        html, named = _html(replace(document, blocks=(*blocks, ending)), results, link, files, 0)
    return html, named


def _html(
    document: Document, results: Results, link: str | None, files: Sequence[str], limit: int
) -> tuple[str, Named]:
    look = theme.look_of(document.theme)
    cid = CidPictures(look.accent)
    rendered = (
        environment()
        .get_template("email.html.jinja")
        .render(
            language=language(document),
            direction=direction(document),
            title=one_line(document.title),
            subtitle=one_line(document.subtitle),
            preheader=preheader(document),
            style=_style("email.css.jinja", look, document.locale),
            logo=_logo(document, cid),
            header=_line(unnumbered(pieces_of(document.header)) if document.header else []),
            footer=_line(unnumbered(footer_of(document))),
            blocks=values(document, results, cid, limit=limit, most_columns=MOST_COLUMNS, width=WIDTH),
            link=link,
            open_report=phrase(document.locale, "open_report"),
            files=phrase(document.locale, "attached", files=", ".join(map(one_line, files))) if files else "",
            bar_length=BAR_LENGTH,
            tiles=email_tiles,
            gap=theme.LANE_GAP,
            look=look,
        )
    )
    inlined: str = _inliner().inline(rendered)
    # Rules for dark and small screens, and those of the many cells (inline, they would treble the mail), stay a sheet.
    sheet = _style("email-screen.css.jinja", look, document.locale).strip()
    return inlined.replace("</head>", f"<style>{sheet}</style></head>", 1), cid.named


def _line(sides: Sequence[str]) -> str:
    return " · ".join(side for side in sides if side)


def _logo(document: Document, cid: CidPictures) -> dict[str, Any] | None:
    logo = logo_value(document)
    if logo is None or document.theme.logo is None:
        return None
    return {**logo, "address": cid.image(document.theme.logo, "logo", logo["width"])}


def preheader(document: Document) -> str:
    """The line that an inbox shows after the subject: the figures, or the subtitle when there are none."""
    tiles = [tile for block in document.leaves() if isinstance(block, Kpis) for tile in block.tiles]
    line = " · ".join(headline(tile) for tile in tiles) or one_line(document.subtitle)
    line = shortened(line, PREHEADER_LENGTH)
    return isolated(line) if is_from_right(document.locale) else line


def _style(name: str, look: theme.Look, locale: str) -> Markup:
    values: dict[str, Any] = {
        "c": theme,
        "look": look,
        "start": "right" if is_from_right(locale) else "left",
        "width": WIDTH,
        "bar_length": BAR_LENGTH,
    }
    return Markup(environment().get_template(name).render(**values))  # noqa: S704 - constants and checked colours


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(
        load_remote_stylesheets=False,
        apply_width_attributes=True,
        minify_css=True,
    )
