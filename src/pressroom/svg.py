"""SVG files checked: drawing only, no scripts, nothing from outside, and no more of it than can be drawn.

A file that breaks a rule is refused and not mended: its author sees what is wrong and what the report would have shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

MAX_ELEMENTS: Final = 20_000
MAX_DRAWN: Final = 200_000  # elements once every `use` has been followed
MAX_DEPTH: Final = 60
MOST_SIDE: Final = 1e9  # beyond any limit, and small enough to reckon with
_SVG: Final = "http://www.w3.org/2000/svg"
_FORBIDDEN: Final = frozenset(
    {"script", "foreignobject", "iframe", "audio", "video", "embed", "object", "handler", "listener", "a", "animate", "set",
     "animatemotion", "animatetransform"}
)  # fmt: skip
_INSIDE = re.compile(r"#[^\s]*|data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
_STYLE_OUTSIDE = re.compile(
    r"@import|expression\s*\(|javascript:|url\(\s*[\"']?(?!#|\s*[\"']?#|data:image/(?:png|jpeg|gif);)", re.IGNORECASE
)
_LENGTH = re.compile(r"\s*(?P<number>\d*\.?\d+(?:e\d)?)\s*(?P<unit>px|pt|pc|mm|cm|in|em)?\s*", re.IGNORECASE)
_PIXELS: Final = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "em": 16.0}


class SvgError(ValueError):
    """What is wrong, then a full stop, then how to mend it."""


@dataclass
class _Element:
    name: str
    identifier: str
    target: str = ""  # what a `use` draws
    children: list[_Element] = field(default_factory=list)


@dataclass
class _Reading:
    """The elements of a file as they are met."""

    stack: list[_Element] = field(default_factory=list)
    known: dict[str, _Element] = field(default_factory=dict)
    root: _Element | None = None
    attributes: dict[str, str] = field(default_factory=dict)  # of the root
    count: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(" ")
        plain = {key.rpartition(" ")[2].lower(): value for key, value in attributes.items()}
        _check(name, plain)
        self.count += 1
        if self.count > MAX_ELEMENTS or len(self.stack) >= MAX_DEPTH:
            raise SvgError("is too complicated a drawing. Simplify it, or save it as PNG.")
        element = _Element(name.lower(), plain.get("id", ""), plain.get("href", "") if name.lower() == "use" else "")
        if self.root is None:
            if name != "svg" or namespace not in ("", _SVG):
                raise SvgError(
                    f"is not a picture that reports show: its root is <{name[:30]}>. Allowed: PNG, JPEG, GIF and SVG."
                )
            self.root, self.attributes = element, plain
        else:
            self.stack[-1].children.append(element)
        self.stack.append(element)
        if element.identifier:
            self.known.setdefault(element.identifier, element)

    def end(self, tag: str) -> None:
        del tag
        self.stack.pop()

    def text(self, data: str) -> None:
        if self.stack and self.stack[-1].name == "style" and _STYLE_OUTSIDE.search(data):
            raise _outside()


def read_svg_size(content: bytes) -> tuple[float, float]:
    """Width and height in CSS pixels of the drawing in *content*; SvgError when a report does not take it."""
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.EntityDeclHandler = _no_entities
    parser.ProcessingInstructionHandler = _no_instructions
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise SvgError(
            f"is not a whole SVG: {expat.ErrorString(error.code)} on line {error.lineno}. Save it again."
        ) from None
    if reading.root is None or _drawn(reading.root, reading.known, {}, ()) > MAX_DRAWN:
        raise SvgError("is too complicated a drawing. Simplify it, or save it as PNG.")
    return _size(reading.attributes)


def _no_entities(*declaration: object) -> None:
    del declaration
    raise SvgError("declares entities of its own. Save it again without them, as plain SVG.")


def _no_instructions(target: str, data: str) -> None:
    del data
    raise SvgError(f"has an instruction <?{target[:30]} …?>. Remove it: nothing is fetched.")


def _outside() -> SvgError:
    return SvgError(
        "refers to something outside. Put it into the file, or save the drawing as PNG: nothing is fetched."
    )


def _check(name: str, attributes: dict[str, str]) -> None:
    if name.lower() in _FORBIDDEN:
        raise SvgError(
            f"has an element <{name}>. Remove it, or save the drawing as PNG: pictures neither run nor link."
        )
    for key, value in attributes.items():
        if key.startswith("on"):
            raise SvgError(f"has the attribute {key}. Remove it, or save the drawing as PNG: pictures do not run.")
        if key in ("href", "src") and not _INSIDE.fullmatch(value):
            raise _outside()
        if "url(" in value.lower() and _STYLE_OUTSIDE.search(value):
            raise _outside()


def _drawn(element: _Element, known: dict[str, _Element], done: dict[int, int], path: tuple[int, ...]) -> int:
    """How many elements are drawn for *element* when every `use` in it is followed."""
    if id(element) in done:
        return done[id(element)]
    if id(element) in path or len(path) > 2 * MAX_DEPTH:
        raise SvgError("draws itself within itself. Remove the circle of <use>.")
    inner = [*element.children, *([known[element.target[1:]]] if element.target[1:] in known else [])]
    total = 1 + sum(_drawn(one, known, done, (*path, id(element))) for one in inner)
    done[id(element)] = min(total, MAX_DRAWN + 1)
    return done[id(element)]


def _size(attributes: dict[str, str]) -> tuple[float, float]:
    box = re.split(r"[\s,]+", attributes.get("viewbox", "").strip())
    own = (_number(box[2]), _number(box[3])) if len(box) == 4 else (0.0, 0.0)
    width, height = _pixels(attributes.get("width", "")), _pixels(attributes.get("height", ""))
    if width and height:
        return width, height
    if not all(own):
        raise SvgError("does not say how large it is. Give its <svg> a width and a height, or a viewBox.")
    if width or height:
        scale = width / own[0] if width else height / own[1]
        return own[0] * scale, own[1] * scale
    return own


def _pixels(text: str) -> float:
    match = _LENGTH.fullmatch(text)
    return min(MOST_SIDE, float(match["number"]) * _PIXELS[(match["unit"] or "").lower()]) if match else 0.0


def _number(text: str) -> float:
    match = _LENGTH.fullmatch(text)
    return min(MOST_SIDE, float(match["number"])) if match else 0.0
