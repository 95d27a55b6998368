"""How two texts of a report differ, line by line. Pure."""

from __future__ import annotations

import difflib
from typing import NamedTuple

AROUND = 3
KINDS = {"+": "added", "-": "removed", " ": "same", "@": "gap"}


class Line(NamedTuple):
    """A line of a difference: "added", "removed", "same", or a "gap" where unchanged lines are left out."""

    kind: str
    text: str


def difference(before: str, after: str) -> list[Line]:
    """The changed lines with three unchanged ones around them."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=AROUND)
    return [Line(KINDS[line[0]], line[1:] if line[0] != "@" else "") for line in list(lines)[2:]]
