"""Markdown to the small text blocks of the document: headings, paragraphs, lists, quotes, rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from pressroom.blocks import ImageSpec
from pressroom.document import Block, Heading, ListItem, Paragraph, Quote, Rule, Span, Spans, TextList
from pressroom.errors import DefinitionError, Place
from pressroom.templates import unwrap, unwrap_link

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_HEADING_LEVEL = 4
_ADDRESS = re.compile(r"(?:https?://[^\s]+|mailto:[^\s@]+@[^\s@]+)", re.IGNORECASE)
_STYLES: Final = {"strong": "bold", "em": "italic", "s": "strike"}
_URL_CHARACTERS: Final = ":/?#[]@!$&'()*+,;=%~"


def to_blocks(text: str, place: Place, picture: Callable[[ImageSpec], Block]) -> list[Block]:
    """The blocks of *text*, values unwrapped; DefinitionError for a link that is not a web address.

    *picture* makes the block of an image, which stands in a paragraph of its own.
    """
    if not text.strip():
        return []
    return list(_Reader(_markdown().parse(text), place, picture).blocks())


@cache
def _markdown() -> MarkdownIt:
    """Indented text stays text and fences inside lists are not blocks: a report has blocks only at its left edge."""
    from markdown_it import MarkdownIt

    options = {"html": False, "maxNesting": 20}
    return MarkdownIt("commonmark", options).enable("strikethrough").disable(["code", "fence"])


def plain_text(spans: Spans) -> str:
    """The words of *spans* without their styles."""
    return "".join(span.text for span in spans)


@dataclass
class _Reader:
    """Walks the flat tokens of a text once, keeping count of the lists and quotes around."""

    tokens: Sequence[Token]
    place: Place
    picture: Callable[[ImageSpec], Block]
    ordered: list[bool] = field(default_factory=list)
    quotes: int = 0
    items: list[ListItem] = field(default_factory=list)
    is_new_item: bool = False

    def blocks(self) -> Iterator[Block]:
        level = 0
        for token in self.tokens:
            if token.type == "heading_open":
                level = int(token.tag[1])
            elif token.type == "inline":
                yield from self._inline(token, level)
                level = 0
            elif token.type == "hr":
                yield Rule()
            elif (ended := self._structure(token)) is not None:
                yield ended

    def _inline(self, token: Token, level: int) -> Iterator[Block]:
        children = token.children or []
        if len(children) == 1 and children[0].type == "image" and not (level or self.ordered or self.quotes):
            yield self.picture(self._image(children[0], self._line(token)))
        elif (block := self._text(self._spans(token), level)) is not None:
            yield block

    def _image(self, token: Token, line: int) -> ImageSpec:
        alt = " ".join(unwrap(token.content).split())
        place = Place(self.place.file, line)
        if not alt:
            raise DefinitionError(
                "The image has no words for those who cannot see it.",
                remedy="Write ![what it shows](logo.png).",
                place=place,
            )
        caption = " ".join(unwrap(str(token.attrs.get("title", ""))).split())
        return ImageSpec(unwrap(unquote(str(token.attrs["src"]))), alt, place, caption)

    def _line(self, token: Token) -> int:
        return self.place.line + (token.map[0] if token.map else 0)

    def _structure(self, token: Token) -> TextList | None:
        if token.type in ("blockquote_open", "blockquote_close"):
            self.quotes += token.nesting
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            self.ordered.append(token.type == "ordered_list_open")
        elif token.type == "list_item_open":
            self.is_new_item = True
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            return self._end_list()
        return None

    def _end_list(self) -> TextList | None:
        ordered = self.ordered.pop()
        if self.ordered or not self.items:
            return None
        items, self.items = tuple(self.items), []
        return TextList(items, ordered=ordered)

    def _text(self, spans: Spans, heading_level: int) -> Block | None:
        if not spans:
            return None
        if self.ordered:
            self._add_item(spans)
            return None
        if heading_level:
            return Heading(min(heading_level, MAX_HEADING_LEVEL), spans)
        return Quote(spans) if self.quotes else Paragraph(spans)

    def _add_item(self, spans: Spans) -> None:
        if self.is_new_item or not self.items:
            self.items.append(ListItem(spans, len(self.ordered) - 1))
        else:  # a second paragraph of the same item
            self.items[-1] = replace(self.items[-1], spans=(*self.items[-1].spans, Span(" "), *spans))
        self.is_new_item = False

    def _spans(self, token: Token) -> Spans:
        style = Span("")
        spans: list[Span] = []
        line = self._line(token)
        for child in token.children or []:
            name = child.type.removesuffix("_open").removesuffix("_close")
            if name in _STYLES:
                style = replace(style, **{_STYLES[name]: child.nesting > 0})  # type: ignore[arg-type]
            elif name == "link":
                style = replace(style, link=self._link(child, line) if child.nesting > 0 else None)
            else:
                _append(spans, replace(style, text=self._words(child, line), code=child.type == "code_inline"))
        return tuple(spans)

    def _words(self, token: Token, line: int) -> str:
        if token.type == "image":
            raise DefinitionError(
                "An image stands within a text.", remedy="Give it a paragraph of its own, or use an image block.",
                place=Place(self.place.file, line),
            )  # fmt: skip
        return {"softbreak": " ", "hardbreak": "\n"}.get(token.type) or unwrap(token.content)

    def _link(self, token: Token, line: int) -> str | None:
        written = str(token.attrs.get("href", ""))
        has_whole_value = written.startswith("%EE%80%80")
        safe = _URL_CHARACTERS if has_whole_value else ""
        address = unwrap_link(written, lambda text: quote(text, safe=safe))
        if _ADDRESS.fullmatch(address):
            return address
        if has_whole_value:  # an address from the data that is none: its words are shown, without a link
            return None
        raise DefinitionError(
            f"The link {written!r} is not an address.", remedy="Links begin with https://, http:// or mailto:.",
            place=Place(self.place.file, line),
        )  # fmt: skip


def _append(spans: list[Span], span: Span) -> None:
    if not span.text:
        return
    if spans and replace(spans[-1], text="") == replace(span, text=""):
        spans[-1] = replace(span, text=spans[-1].text + span.text)
    else:
        spans.append(span)
