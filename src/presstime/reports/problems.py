"""The problems of a report's text beside the lines that they are in. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from presstime.base.errors import Invalid
from presstime.reports.definitions import FIELD

_PLACED = re.compile(r"line (\d+): (.*)", re.DOTALL)


class Wrong(NamedTuple):
    """A line with a problem, counted from 1."""

    number: int
    text: str
    message: str


def wrong_lines(text: str, error: Invalid) -> list[Wrong]:
    """The problems of *error* that name a line of *text*, in the text's order."""
    lines = text.splitlines()
    placed = [
        match for problem in error.problems if problem.field == FIELD and (match := _PLACED.fullmatch(problem.message))
    ]
    found = [(int(match[1]), match[2]) for match in placed]
    return [
        Wrong(number, lines[number - 1] if number <= len(lines) else "", message) for number, message in sorted(found)
    ]
