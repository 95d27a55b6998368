"""How large a picture stands in its room, and pictures as PNG for programs that take nothing else."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from pressroom.appearance import Picture
from pressroom.document import Image
from pressroom.writers.pdf_typst import compile_png

PNG_SCALE: Final = 2
EXTENSIONS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/svg+xml": "svg"}


def width_of(image: Image, room: float) -> float:
    """The width of *image* in a room of that width, both in CSS pixels: never more than the room."""
    wanted = image.share * room if image.share else image.width or image.picture.width
    return max(1.0, min(wanted, room))


def fitted(width: float, height: float, widest: float, highest: float) -> tuple[int, int]:
    """Width and height scaled down, where they must be, to fit into *widest* by *highest*."""
    scale = min(1.0, widest / width, highest / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def file_name(picture: Picture, key: str) -> str:
    return f"{key}.{EXTENSIONS[picture.media_type]}"


@lru_cache(maxsize=16)
def png(picture: Picture, width: int) -> bytes:
    """*picture* as PNG, two pixels for each of the *width* in CSS pixels that it is shown in."""
    source = (
        "#set page(width: auto, height: auto, margin: 0pt, fill: none)\n"
        f'#image("{file_name(picture, "picture")}", width: {width}pt)\n'
    )
    return compile_png(source, {file_name(picture, "picture"): picture.content}, ppi=72 * PNG_SCALE)
