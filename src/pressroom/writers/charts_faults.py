"""What Vega says when it draws, put into words, and the line of the report that it means.

Expressions and formats are read only when a chart is drawn, and the engine names the function or the signal at most: each
that is in question is then tried alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pressroom.document import Chart
from pressroom.errors import Place

MOST_TRIED: Final = 20
_NAMED = re.compile(r"Unrecognized (?:signal name|function): \"?([\w$]+)")
_QUOTED: Final = "Expression parse error: "
# Vega goes on without the format that it cannot read, and then falls over what is missing.
_FORMAT: Final = "TypeError: Cannot read properties of undefined (reading 'marktype')"
_WORDS: Final = {
    "Error: Disabled.": "an expression has a statement or a function of its own; it may only compute a value.",
    "Error: Unexpected end of input": "an expression ends too early.",
    "Error: Unexpected token ILLEGAL": "an expression has a text that does not end, or a character that means nothing.",
    _FORMAT: "a format is none of d3's, or a step is far too small.",
}


def reason_of(said: str) -> str:
    """The engine's words without its own places in them; the first line says it all."""
    line = (said.splitlines()[1:2] or [said])[0].strip()
    return _WORDS.get(line, line.removeprefix("Error: "))


def is_of_a_name(said: str) -> bool:
    """Whether the engine misses a function or a signal of that name."""
    return _NAMED.search(said) is not None


def place_of(chart: Chart, said: str, draws: Callable[[Mapping[str, Any]], bool]) -> Place | None:
    """The line of what Vega means with *said*; *draws* tries a specification. None when it cannot be known."""
    for name, text, place in _suspects(chart, said):
        if name == "named" or not draws(_alone(name, text)):
            return place
    return None


def _suspects(chart: Chart, said: str) -> Iterable[tuple[str, str, Place]]:
    if named := _NAMED.search(said):
        word = re.compile(rf"(?<![\w$]){re.escape(named[1])}(?![\w$])")
        return [("named", text, place) for name, text, place in chart.spoken if name != "format" and word.search(text)]
    if _QUOTED in said:
        quoted = said.partition(_QUOTED)[2].partition("\n")[0]
        found = [("named", text, place) for name, text, place in chart.spoken if name != "format" and text in quoted]
        return sorted(found, key=lambda one: -len(one[1]))
    wanted = _FORMAT in said
    return [one for one in chart.spoken if (one[0] == "format") is wanted and one[0] != "param"][:MOST_TRIED]


def _alone(name: str, text: str) -> dict[str, Any]:
    """A small chart with nothing to draw but *text* in its place."""
    if name == "format":
        axis = {"field": "x", "type": "temporal" if "%" in text[:-1] else "quantitative", "axis": {"format": text}}
        return {"data": {"values": [{"x": 1}, {"x": 2}]}, "mark": "point", "encoding": {"x": axis}}
    return {"data": {"values": [{}]}, "transform": [{"calculate": text, "as": "x"}], "mark": "point"}
