"""How large a picture stands in its room, and pictures as PNG for programs that take nothing else."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Final

from pressroom.appearance import Picture
from pressroom.document import Image
from pressroom.writers.pdf_typst import compile_png

PNG_SCALE: Final = 2
PROBE: Final = 64  # CSS pixels
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


def drawing(picture: Picture) -> bytes:
    """*picture* as an SVG, since Typst takes files in memory as text only; a photograph stands in it as it is."""
    return picture.content if picture.media_type == "image/svg+xml" else _framed(picture.width, picture.height, picture)


def _framed(width: float, height: float, picture: Picture | None) -> bytes:
    size = f'width="{width:g}" height="{height:g}"'
    inner = f'<image {size} href="{data_address(picture)}"/>' if picture else ""
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{inner}</svg>'.encode()


def data_address(picture: Picture) -> str:
    """*picture* as an address that carries it."""
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.content).decode()}"


@lru_cache(maxsize=16)
def png(picture: Picture, width: int) -> bytes:
    """*picture* as PNG, two pixels for each of the *width* in CSS pixels that it is shown in."""
    return _rasterised(drawing(picture), width)


def draws_nothing(picture: Picture) -> bool:
    """Whether the engine finds nothing to draw in *picture*: it leaves out what it cannot decode."""
    return png(picture, PROBE) == _rasterised(_framed(picture.width, picture.height, None), PROBE)


def _rasterised(drawn: bytes, width: int) -> bytes:
    source = f'#set page(width: auto, height: auto, margin: 0pt, fill: none)\n#image("picture.svg", width: {width}pt)\n'
    return compile_png(source, {"picture.svg": drawn}, ppi=72 * PNG_SCALE)
