"""Pictures and fonts as people put them beside their reports."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import fontpkg_inter


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_file(width: int = 6, height: int = 4, pixels: bytes | None = None) -> bytes:
    rows = pixels if pixels is not None else (b"\0" + b"\x22\x66\xee" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


# A red pixel each, as small as the formats allow.
GIF = bytes.fromhex("47494638396101000100800000ff0000000000 2c00000000010001000002024401003b".replace(" ", ""))
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="#123456"/></svg>'


def svg(inner: str, attributes: str = 'width="10" height="10"') -> bytes:
    namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<svg {namespaces} {attributes}><rect width='9' height='9'/>{inner}</svg>".encode()


def font_file() -> bytes:
    return next(Path(fontpkg_inter.__file__).parent.rglob("Inter[[]*.ttf")).read_bytes()
