"""How two texts of a report differ, line by line and word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

AROUND = 3
# Marking words takes the square of their number; longer lines are shown as changed in full.
MOST_WORDS = 400
LEAST_ALIKE = 0.35
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


class Part(NamedTuple):
    """A stretch of a line, and whether it differs."""

    text: str
    is_changed: bool


class Line(NamedTuple):
    """A line of a text, counted from 1."""

    number: int
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


class Row(NamedTuple):
    """Lines that stand beside each other: "same", "changed", "added", "removed", or a "gap" where lines are left out."""

    kind: str
    before: Line | None
    after: Line | None


def rows(before: str, after: str) -> list[Row]:
    """The changed lines with three unchanged ones around them, lines that became others beside each other."""
    old, new = before.splitlines(), after.splitlines()
    found: list[Row] = []
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(AROUND):
        if group[0][1] > 0:
            found.append(Row("gap", None, None))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += (_same(i1 + k, j1 + k, old[i1 + k]) for k in range(i2 - i1))
            else:
                found += _changed(old[i1:i2], new[j1:j2], i1, j1)
    return found


def counted(before: str, after: str) -> tuple[int, int]:
    """How many lines of *after* are new against *before*, and how many of *before* are gone."""
    matcher = SequenceMatcher(None, before.splitlines(), after.splitlines())
    edits = [code[1:] for code in matcher.get_opcodes() if code[0] != "equal"]
    return sum(j2 - j1 for _, _, j1, j2 in edits), sum(i2 - i1 for i1, i2, _, _ in edits)


def _same(old: int, new: int, text: str) -> Row:
    parts = (Part(text, is_changed=False),)
    return Row("same", Line(old + 1, parts), Line(new + 1, parts))


def _changed(old: list[str], new: list[str], first_old: int, first_new: int) -> Iterator[Row]:
    for position, (left, right) in enumerate(zip_longest(old, new)):
        before, after = _words(left, right)
        yield Row(
            "added" if left is None else "removed" if right is None else "changed",
            None if left is None else Line(first_old + position + 1, before),
            None if right is None else Line(first_new + position + 1, after),
        )


def _words(old: str | None, new: str | None) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Both lines in parts; the words that differ are marked where the lines are alike at all."""
    if old is None or new is None:
        return _whole(old), _whole(new)
    left, right = _WORD.findall(old), _WORD.findall(new)
    if len(left) + len(right) > MOST_WORDS:
        return _whole(old), _whole(new)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < LEAST_ALIKE:
        return _whole(old), _whole(new)
    codes = matcher.get_opcodes()
    before = [Part("".join(left[i1:i2]), tag != "equal") for tag, i1, i2, _, _ in codes if i1 < i2]
    after = [Part("".join(right[j1:j2]), tag != "equal") for tag, _, _, j1, j2 in codes if j1 < j2]
    return tuple(before), tuple(after)


def _whole(text: str | None) -> tuple[Part, ...]:
    return (Part(text, is_changed=False),) if text else ()
