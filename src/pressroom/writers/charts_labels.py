"""Labels of a chart that the renderer of SVG pictures cannot write: they are taken out and set over the picture.

That renderer draws Arabic in pieces, Hindi over itself and Chinese in hairlines, and boxes where a label mixes scripts;
Typst's own text has none of that.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree as ET

from pressroom.writers import fonts, theme

_SVG: Final = "http://www.w3.org/2000/svg"
_STEP: Final = re.compile(r"(translate|rotate|scale|matrix)\(([^)]*)\)")
_NUMBER: Final = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
_HEX: Final = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_RGB: Final = re.compile(r"rgb\((\d+),\s*(\d+),\s*(\d+)\)")
_ANCHORS: Final = {"start": 0.0, "middle": 0.5, "end": 1.0}
_WEIGHTS: Final = {"normal": 400, "bold": 700}

Matrix = tuple[float, float, float, float, float, float]
_UNMOVED: Final[Matrix] = (1, 0, 0, 1, 0, 0)


def separated(picture: str) -> tuple[str, list[dict[str, Any]]]:
    """The SVG *picture* without the labels that need fonts besides Inter, and those labels.

    A label has its text, the place of its baseline in pixels (`x`, `y`), `angle` in degrees, `anchor` (0 where the text
    begins there, 1 where it ends), `size` in pixels, `weight`, `italic` and `fill`.
    """
    if not fonts.is_beyond_inter(picture):
        return picture, []
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    # Made by Vega in this process: no document of somebody else.
    root = ET.fromstring(picture)  # noqa: S314
    labels = list(_taken(root, _UNMOVED))
    return ET.tostring(root, encoding="unicode"), labels


def _taken(parent: ET.Element, moved: Matrix) -> Iterator[dict[str, Any]]:
    here = _times(moved, _matrix(parent.get("transform", "")))
    for child in list(parent):
        if child.tag == f"{{{_SVG}}}text" and fonts.is_beyond_inter("".join(child.itertext())):
            parent.remove(child)
            yield from _lines(child, _times(here, _matrix(child.get("transform", ""))))
        else:
            yield from _taken(child, here)


def _lines(text: ET.Element, at: Matrix) -> Iterator[dict[str, Any]]:
    """A label for each line of a text."""
    if float(text.get("opacity", 1)) * float(text.get("fill-opacity", 1)) == 0:
        return
    down = 0.0
    for line in text.findall(f"{{{_SVG}}}tspan") or [text]:
        down += _first_number(line.get("dy", "")) if line is not text else 0.0
        moved = _times(at, (1, 0, 0, 1, 0, down))
        yield {
            "text": "".join(line.itertext()),
            "x": round(moved[4], 2),
            "y": round(moved[5], 2),
            "angle": round(math.degrees(math.atan2(moved[1], moved[0])), 2),
            "anchor": _ANCHORS.get(text.get("text-anchor", ""), 0.0),
            "size": _first_number(text.get("font-size", "")) or 11.0,
            "weight": _weight(text.get("font-weight", "")),
            "italic": text.get("font-style") == "italic",
            "fill": _colour(text.get("fill", "")),
        }


def _first_number(text: str) -> float:
    found = _NUMBER.match(text)
    return float(found[0]) if found else 0.0


def _weight(text: str) -> int:
    return _WEIGHTS.get(text) or (int(text) if text.isdecimal() else 400)


def _colour(text: str) -> str:
    if _HEX.fullmatch(text):
        return text
    parts = _RGB.fullmatch(text)
    return "#" + "".join(f"{min(255, int(part)):02x}" for part in parts.groups()) if parts else theme.INK


def _matrix(transform: str) -> Matrix:
    """A `transform` attribute of SVG as one matrix (SVG 1.1, 7.6)."""
    matrix = _UNMOVED
    for name, arguments in _STEP.findall(transform):
        matrix = _times(matrix, _step(name, [float(number) for number in _NUMBER.findall(arguments)]))
    return matrix


def _step(name: str, values: list[float]) -> Matrix:
    if name == "translate":
        return (1, 0, 0, 1, values[0], values[1] if len(values) > 1 else 0)
    if name == "scale":
        return (values[0], 0, 0, values[-1], 0, 0)
    if name == "matrix":
        return (values[0], values[1], values[2], values[3], values[4], values[5])
    angle = math.radians(values[0])
    turned: Matrix = (math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle), 0, 0)
    if len(values) < 3:
        return turned
    there, back = (1.0, 0.0, 0.0, 1.0, values[1], values[2]), (1.0, 0.0, 0.0, 1.0, -values[1], -values[2])
    return _times(_times(there, turned), back)


def _times(left: Matrix, right: Matrix) -> Matrix:
    a, b, c, d, e, f = left
    g, h, i, j, k, m = right
    return (a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * m + e, b * k + d * m + f)
