"""Cutting the body of a report file into prose and fenced blocks, with their lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pressroom.schema import Problems

_OPENING = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n]*?)[ \t]*$")
_MARKER = re.compile(r"^ {0,3}(?P<colons>:{3,})[ \t]*(?P<words>[^\n]*?)[ \t]*$")
_FRONT = re.compile(r"^---[ \t]*$")


@dataclass(frozen=True, slots=True)
class Text:
    """Prose between two fences."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its language, the words behind it and what stands in it."""

    language: str
    words: tuple[str, ...]
    body: str
    line: int  # of the opening fence; the body begins one below


@dataclass(frozen=True, slots=True)
class Marker:
    """A line of three colons or more: it begins or ends a part of the layout."""

    colons: int
    words: str  # empty at an end
    line: int


Part = Text | Fence | Marker


def split_front_matter(text: str, problems: Problems) -> tuple[str, str, int]:
    """Front matter, body and the body's first line; the front matter's first line is always 2."""
    lines = text.split("\n")
    if not _FRONT.match(lines[0]):
        problems.add(
            1,
            "The report file does not begin with front matter.",
            "Begin with a line `---`, then `title:` and `source:`, then a line `---`.",
        )
        return "", text, 1
    for number, line in enumerate(lines[1:], start=2):
        if _FRONT.match(line):
            return "\n".join(lines[1 : number - 1]), "\n".join(lines[number:]), number + 1
    problems.add(1, "The front matter has no end.", "Close it with a line `---`.")
    return "", "", len(lines)


def split_fences(body: str, first_line: int, problems: Problems) -> list[Part]:
    """Prose, fenced blocks and markers of *body* in order; a fence that nobody closes is reported."""
    lines = body.split("\n")
    parts: list[Part] = []
    start = position = 0
    while position < len(lines):
        if marker := _MARKER.match(lines[position]):
            _add_text(parts, lines[start:position], first_line + start)
            parts.append(Marker(len(marker["colons"]), marker["words"], first_line + position))
            start = position = position + 1
            continue
        opening = _opening(lines[position])
        if opening is None:
            position += 1
            continue
        _add_text(parts, lines[start:position], first_line + start)
        end = _closing(lines, position + 1, opening["fence"])
        if end is None:
            problems.add(
                first_line + position,
                f"The block `{opening['info'] or opening['fence']}` has no end.",
                f"Close it with a line {opening['fence']}.",
            )
            return parts
        parts.append(_fence(opening["info"], lines[position + 1 : end], first_line + position))
        start = position = end + 1
    _add_text(parts, lines[start:], first_line + start)
    return parts


def _opening(line: str) -> re.Match[str] | None:
    match = _OPENING.match(line)
    # CommonMark: the info string of a backtick fence has no backtick, else it is code in a line of prose.
    if match is None or (match["fence"].startswith("`") and "`" in match["info"]):
        return None
    return match


def _closing(lines: Sequence[str], start: int, fence: str) -> int | None:
    closing = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    return next((number for number in range(start, len(lines)) if closing.match(lines[number])), None)


def _add_text(parts: list[Part], lines: Sequence[str], line: int) -> None:
    if any(text.strip() for text in lines):
        parts.append(Text("\n".join(lines), line))


def _fence(info: str, body: Sequence[str], line: int) -> Fence:
    language, *words = info.split() or [""]
    return Fence(language, tuple(words), "\n".join(body), line)
