"""The course of a figure as a small line: a picture, or blocks where there is text only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pressroom.appearance import Picture

Points = Sequence[float | None]
WIDTH, HEIGHT = 120, 26
_EDGE = 3  # room for the dot at the end
_BLOCKS = "▁▂▃▄▅▆▇█"
_MOST_BLOCKS = 20


def svg(points: Points, colour: str) -> str:
    """The line as SVG; a missing value leaves a gap, and a dot marks the last one."""
    runs = list(_runs(points))
    lines = "".join(
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in run)}" fill="none" stroke="{colour}" '
        'stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round"/>'
        for run in runs
    )
    x, y = runs[-1][-1]
    dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{colour}"/>'
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{lines}{dot}</svg>'


def picture(points: Points, colour: str) -> Picture:
    """The line as a picture of its own."""
    return Picture("spark.svg", "image/svg+xml", WIDTH, HEIGHT, svg(points, colour).encode())


def blocks(points: Points) -> str:
    """The line as at most twenty blocks, each as high as the mean of its part."""
    parts = min(len(points), _MOST_BLOCKS)
    means = [_mean(points[len(points) * part // parts : len(points) * (part + 1) // parts]) for part in range(parts)]
    places = _places(means)
    return "".join(" " if place is None else _BLOCKS[round(place * (len(_BLOCKS) - 1))] for place in places)


def _mean(points: Points) -> float | None:
    known = [point for point in points if point is not None]
    return sum(point / len(known) for point in known) if known else None


def _places(points: Points) -> list[float | None]:
    """Each value as its part of the way from the lowest to the highest; the middle where all are alike."""
    known = [point for point in points if point is not None]
    low, high = min(known), max(known)
    # Halves: the difference of two very large numbers would be infinite.
    span = high / 2 - low / 2
    return [None if point is None else (point / 2 - low / 2) / span if span else 0.5 for point in points]


def _runs(points: Points) -> Iterator[list[tuple[float, float]]]:
    step = (WIDTH - 2 * _EDGE) / max(1, len(points) - 1)
    run: list[tuple[float, float]] = []
    for number, place in enumerate(_places(points)):
        if place is not None:
            run.append((_EDGE + number * step, HEIGHT - _EDGE - place * (HEIGHT - 2 * _EDGE)))
        elif run:
            yield run
            run = []
    if run:
        yield run
