"""The rectangles of the chart of failures, 480 wide and 150 high; y grows downwards. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from presstime.executions.states import Category
from presstime.failures.states import Period

WIDTH, BOTTOM, HEIGHT = 480, 145, 135


@dataclass(frozen=True, slots=True)
class Part:
    """The failures of one category within a bar."""

    category: Category
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One period."""

    period: Period
    x: float
    width: float
    parts: list[Part]


def bars_of(periods: Sequence[Period]) -> list[Bar]:
    """Stacked bars, the highest of which reaches the chart's top."""
    scale = HEIGHT / max(1, *(period.total for period in periods), 1)
    room = WIDTH / max(1, len(periods))
    return [
        _bar(period, round(room * number + room * 0.15, 2), round(room * 0.7, 2), scale)
        for number, period in enumerate(periods)
    ]


def _bar(period: Period, x: float, width: float, scale: float) -> Bar:
    parts, y = [], float(BOTTOM)
    for category, count in period.counts.items():
        height = count * scale
        y -= height
        if count:
            parts.append(Part(category, round(y, 1), round(height, 1)))
    return Bar(period, x, width, parts)
