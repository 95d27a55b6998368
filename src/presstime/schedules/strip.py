"""The last results of a schedule as a strip of bars. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from presstime.web.vocabulary import sign

LENGTH = 20
STEP, WIDTH, HEIGHT = 6, 5, 22
# A failure stands out by its height as well as by its colour.
HEIGHTS = {"succeeded": 14, "failed": HEIGHT, "dead": HEIGHT, "retrying": 18}
OTHER = 8


class Bar(NamedTuple):
    """One result; y grows downwards."""

    status: str
    word: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Strip:
    """The bars, oldest first, and the same in words."""

    bars: list[Bar]
    words: str

    @property
    def shapes(self) -> list[tuple[str, str]]:
        """Each status with the path of all its bars: a page draws a thousand of them as fifty times two or three."""
        found: dict[str, list[str]] = {}
        for bar in self.bars:
            found.setdefault(bar.status, []).append(f"M{bar.x} {bar.y}h{WIDTH}v{bar.height}h-{WIDTH}z")
        return [(status, "".join(parts)) for status, parts in found.items()]


def strip_of(newest_first: Sequence[str]) -> Strip:
    """The strip of the last 20 statuses; the newest stands at the right end."""
    statuses = list(newest_first[:LENGTH])[::-1]
    offset = (LENGTH - len(statuses)) * STEP
    bars = [_bar(status, offset + index * STEP) for index, status in enumerate(statuses)]
    counts = Counter(bar.word.lower() for bar in bars)
    words = ", ".join(f"{count} {word}" for word, count in counts.most_common())
    return Strip(bars, f"Last {len(bars)} runs: {words}" if bars else "It has not run yet")


def _bar(status: str, x: int) -> Bar:
    height = HEIGHTS.get(status, OTHER)
    return Bar(status, sign("execution", status).word, x, HEIGHT - height, height)
