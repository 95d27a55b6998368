"""Reports in languages that are written from the right: which these are, and how figures in them keep their order."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from pressroom.writers.shown_tables import ShownTable

RIGHT_TO_LEFT_LANGUAGES: Final = frozenset(("ar", "fa", "he", "ur", "yi", "ps", "sd", "ug", "dv"))

# Signs and percents have no direction of their own (UAX 9): between Arabic words +4.7% is set as %4.7+.
_DIGITS: Final = r"\d(?:[\d.,:/'\u2019\u066b\u066c\u00a0\u202f\-\u2212]*\d)?"
_FIGURE: Final = re.compile(
    rf"(?<![^\s(\[«;])(?:[+\-\u2212±]\s?[$€£¥₪₹]?)?{_DIGITS}(?:[\u00a0\u202f]?[%٪‰])?(?![^\s)\]».,;:!?،؛؟])"
)
_WITHOUT_DIRECTION: Final = frozenset("+-\u2212±%٪‰")
_FROM_LEFT, _END = "\u2066", "\u2069"

# The keys of values that hold words for the reader, in lists and within each other too.
_WORDS: Final = frozenset(
    ("text", "delta", "caption", "title", "note", "notes", "label", "labels", "rows", "totals", "subtotal", "group")
)


def is_from_right(locale: str) -> bool:
    """Whether the language of the tag *locale* is written from right to left."""
    return re.split("[-_]", locale, maxsplit=1)[0].lower() in RIGHT_TO_LEFT_LANGUAGES


def isolated(text: str) -> str:
    """*text* with each figure that has a sign or a percent between marks that let it run from left to right."""
    return _FIGURE.sub(_between_marks, text) if any(sign in text for sign in _WITHOUT_DIRECTION) else text


def _between_marks(found: re.Match[str]) -> str:
    figure = found[0]
    return f"{_FROM_LEFT}{figure}{_END}" if any(sign in figure for sign in _WITHOUT_DIRECTION) else figure


def with_isolated(value: Any, key: str = "") -> Any:
    """The values of blocks with the figures in their words isolated."""
    if isinstance(value, dict):
        return {name: with_isolated(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_isolated(item, key) for item in value]
    if isinstance(value, ShownTable):
        return _table(value)
    return isolated(value) if isinstance(value, str) and key in _WORDS else value


def _table(table: ShownTable) -> ShownTable:
    def cells(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(isolated, texts))

    return replace(
        table,
        title=isolated(table.title),
        rows=tuple(replace(row, cells=cells(row.cells)) for row in table.rows),
        totals=cells(tuple(table.totals)) if table.totals else table.totals,
        notes=cells(tuple(table.notes)),
    )
