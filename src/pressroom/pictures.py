"""Picture files checked before anything draws them: PNG, JPEG, GIF and SVG, of a bounded size, whole, and without scripts.

What a file is, is read from its first bytes and never from its name. The size in pixels is read from its head, so that a
small file that unfolds into gigabytes is refused before it is decoded.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from pressroom.appearance import Picture
from pressroom.errors import PressroomError
from pressroom.svg import read_svg_size
from pressroom.wording import shown

MAX_BYTES: Final = 4_000_000
MAX_PIXELS: Final = 16_000_000
MAX_SIDE: Final = 12_000
FORMATS: Final = "Allowed: PNG, JPEG, GIF and SVG."
_SVG = re.compile(rb"\s*(?:<\?xml|<!--|<!DOCTYPE\s+svg|<svg[\s>])", re.IGNORECASE)
# What is often taken for one of ours, whatever its name says.
_OTHERS: Final = (
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WebP"),
    (re.compile(rb"....ftyp(?:avif|heic|heix|mif1)", re.DOTALL), "AVIF or HEIC"),
    (re.compile(rb"BM.{4}\x00{4}", re.DOTALL), "BMP"),
    (re.compile(rb"II\*\x00|MM\x00\*"), "TIFF"),
    (re.compile(rb"\x00\x00\x01\x00"), "an icon (ICO)"),
    (re.compile(rb"%PDF-"), "a PDF"),
    (re.compile(rb"PK\x03\x04"), "a ZIP file or an Office document"),
    (re.compile(rb"\s*<(?:!doctype\s+)?html", re.IGNORECASE), "an HTML page"),
)
_FRAMES: Final = frozenset({*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})


class PictureError(ValueError):
    """A file that cannot stand in a report; `reason` continues "The file … "."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}. {remedy}")
        self.reason = reason
        self.remedy = remedy


@lru_cache(maxsize=32)
def read_picture(name: str, content: bytes) -> Picture:
    """The picture in *content*; PictureError when it is none, or one that a report does not take."""
    if len(content) > MAX_BYTES:
        raise PictureError(f"has more than {MAX_BYTES:,} bytes", "Make it smaller.")
    media_type = _media_type(content)
    try:
        width, height = _SIZES[media_type](content)
    except (struct.error, IndexError, StopIteration):
        raise _damaged() from None
    if not width or not height:
        raise _damaged()
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise PictureError(
            f"has {round(width):,} by {round(height):,} pixels",
            f"At most {MAX_PIXELS:,} in all and {MAX_SIDE:,} a side: make it smaller.",
        )
    picture = Picture(name, media_type, float(width), float(height), content)
    _decode(picture)
    return picture


def _media_type(content: bytes) -> str:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if _SVG.match(content.removeprefix(b"\xef\xbb\xbf")[:200]):
        return "image/svg+xml"
    raise PictureError(f"is not a picture that reports show: it {_looks_like(content)}", FORMATS)


def _looks_like(content: bytes) -> str:
    """What a file that is none of ours is instead, by its first bytes."""
    if not content:
        return "is empty"
    for pattern, name in _OTHERS:
        if pattern.match(content):
            return f"is {name}"
    try:
        head = content.decode()[:40]
    except UnicodeDecodeError:
        return "has other bytes"
    is_text = "".join(head.split()).isprintable()
    return f"is text, and begins with {shown(head.strip()[:20])}" if is_text else "has other bytes"


def _damaged() -> PictureError:
    return PictureError("is damaged", "Open it in an image program and save it again.")


def _decode(picture: Picture) -> None:
    """Let the engine that will set it decode it once: a file may be broken behind a right head."""
    from pressroom.writers.pictures import draws_nothing

    try:
        is_empty = draws_nothing(picture)
    except PressroomError as error:
        raise _damaged() from error
    if is_empty:
        raise _damaged()


# ---- sizes ----------------------------------------------------------------------------------------------------------


def _png_size(content: bytes) -> tuple[float, float]:
    chunks = _png_chunks(content)
    kind, data = next(chunks)
    if kind != b"IHDR":
        raise _damaged()
    if not any(kind == b"IEND" for kind, _ in chunks):
        raise _damaged()
    width, height = struct.unpack(">II", data[:8])
    return width, height


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 8
    while position < len(content):
        length, kind = struct.unpack(">I4s", content[position : position + 8])
        data = content[position + 8 : position + 8 + length]
        (check,) = struct.unpack(">I", content[position + 8 + length : position + 12 + length])
        if zlib.crc32(kind + data) != check:
            raise _damaged()
        yield kind, data
        position += 12 + length


def _jpeg_size(content: bytes) -> tuple[float, float]:
    position = 2
    while True:
        mark, kind = content[position], content[position + 1]
        if mark != 0xFF:
            raise _damaged()
        if kind in (0xFF, 0x01) or 0xD0 <= kind <= 0xD8:  # padding, and marks without a length
            position += 1 if kind == 0xFF else 2
            continue
        (length,) = struct.unpack(">H", content[position + 2 : position + 4])
        if kind in _FRAMES:
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        position += 2 + length


def _gif_size(content: bytes) -> tuple[float, float]:
    width, height = struct.unpack("<HH", content[6:10])
    return width, height


def _svg_size(content: bytes) -> tuple[float, float]:
    try:
        return read_svg_size(content)
    except ValueError as error:
        reason, _, remedy = str(error).partition(". ")
        raise PictureError(reason, remedy) from error


_SIZES: Final = {
    "image/png": _png_size,
    "image/jpeg": _jpeg_size,
    "image/gif": _gif_size,
    "image/svg+xml": _svg_size,
}
