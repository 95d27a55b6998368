"""The pictures of the disks as numbers of their drawings. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from presstime.disk.states import Measured, Point, Thresholds

WIDTH, HEIGHT = 480, 150
TOP, BOTTOM = 8, 145


@dataclass(frozen=True, slots=True)
class Bar:
    """A volume as a bar 100 wide: what is used, and where the free space reaches the thresholds."""

    used: float
    warning: float | None
    critical: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """Free space over time in a drawing of 480 by 150, and the heights of the thresholds; the top is *top_bytes*."""

    points: str
    warning: float
    critical: float
    top_bytes: int


def bar(measured: Measured, limits: Thresholds) -> Bar:
    """The bar of a volume; a threshold larger than the volume is not drawn."""
    total = max(1, measured.total_bytes)
    return Bar(
        used=round(100 * (total - measured.free_bytes) / total, 2),
        warning=_place(limits.warning_bytes, total),
        critical=_place(limits.critical_bytes, total),
    )


def _place(limit: int, total: int) -> float | None:
    return round(100 * (total - limit) / total, 2) if 0 < limit < total else None


def line(points: Sequence[Point], limits: Thresholds) -> Line:
    """The course of *points*, oldest first. A threshold that is far above all of them is left at the top."""
    most = max(point.free_bytes for point in points)
    top = max(1, most, min(limits.warning_bytes, 2 * most))
    begin, span = points[0].at, max(1.0, (points[-1].at - points[0].at).total_seconds())
    places = [
        f"{WIDTH * (point.at - begin).total_seconds() / span:.1f},{_height(point.free_bytes, top)}" for point in points
    ]
    if len(places) == 1:  # a single figure is a level line
        places = [f"0,{_height(most, top)}", f"{WIDTH},{_height(most, top)}"]
    return Line(" ".join(places), _height(limits.warning_bytes, top), _height(limits.critical_bytes, top), top)


def _height(value: int, top: int) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * min(value, top) / top, 1)
