"""A logo that is not an image: refused at its line, with what it is and what is allowed, before any file is written."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pressroom import Rendered, render
from pressroom.assets import Assets
from pressroom.errors import DataError
from pressroom.sources import Source
from tests.pressroom.asset_files import chunk, png_file, svg
from tests.pressroom.reports import AT

ALL = ("pdf", "html", "xlsx", "csv", "json", "parquet")
HEAD = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
HUGE = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", HEAD) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
LOGOS: list[tuple[str, bytes, str, str]] = [
    ("text.png", b"A text file with another name.\n", "is text, and begins with 'A text file with ano'", "PNG, JPEG, GIF and SVG"),
    ("letters.png", "Größe\nund Höhe\n".encode(), "is text, and begins with 'Größe", "PNG, JPEG, GIF and SVG"),
    ("low.png", b"\0\1\2\3" * 9, "has other bytes", "PNG, JPEG, GIF and SVG"),
    ("high.png", b"\xfc\xfd\xfe\xff" * 9, "has other bytes", "PNG, JPEG, GIF and SVG"),
    ("zero.png", b"", "is empty", "PNG, JPEG, GIF and SVG"),
    ("cut.png", png_file()[:-20], "is damaged", "save it again"),
    ("half.png", png_file(60, 60)[:60], "is damaged", "save it again"),
    ("junk.png", png_file(pixels=b"junk"), "is damaged", "save it again"),
    ("cut.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "is damaged", "save it again"),
    ("huge.png", HUGE, "50,000 by 50,000 pixels", "At most 16,000,000"),
    ("huge.svg", svg("", 'width="50000" height="50000"'), "50,000 by 50,000 pixels", "At most 16,000,000"),
    ("web.png", b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 30, "is WebP", "PNG, JPEG, GIF and SVG"),
    ("photo.jpg", b"\0\0\0\x1cftypheic" + b"\0" * 30, "is AVIF or HEIC", "PNG, JPEG, GIF and SVG"),
    ("page.png", b"<!DOCTYPE html><html>404</html>", "is an HTML page", "PNG, JPEG, GIF and SVG"),
    ("page.svg", b"<?xml version='1.0'?><html/>", "its root is <html>", "PNG, JPEG, GIF and SVG"),
    ("script.svg", svg("<script>alert(1)</script>"), "an element <script>", "neither run nor link"),
    ("onload.svg", svg("", 'width="9" height="9" onload="alert(1)"'), "the attribute onload", "do not run"),
    ("fetch.svg", svg('<image href="http://127.0.0.1/x.png" width="9" height="9"/>'), "something outside", "nothing is fetched"),
    ("file.svg", svg('<image href="file:///etc/passwd" width="9" height="9"/>'), "something outside", "nothing is fetched"),
    ("style.svg", svg("<style>@import 'http://127.0.0.1/a.css';</style>"), "something outside", "nothing is fetched"),
    ("entity.svg", b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + svg("&x;"), "declares entities", "without them"),
    ("blank.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "is damaged", "save it again"),
]  # fmt: skip


def made(source: Source, folder: Path, front: str, body: str = "") -> Rendered:
    report = f"---\ntitle: L\nsource: data\n{front}---\n```sql q\nselect 1 as n\n```\n```table\ndata: q\n```\n{body}"
    return render(
        report, sources={"data": source}, parameters={}, at=AT, out=folder / "out", formats=ALL, assets=Assets(folder)
    )  # fmt: skip


@pytest.mark.parametrize(("name", "content", "said", "remedy"), LOGOS, ids=[name for name, *_ in LOGOS])
def test_a_logo_that_is_not_an_image_is_refused_at_its_line(
    name: str, content: bytes, said: str, remedy: str, source: Source, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        made(source, tmp_path, f"theme:\n  brand: '#123456'\n  logo: {name}\n")
    error = caught.value
    assert error.message.startswith(f"The logo '{name}' ")
    assert said in error.message
    assert remedy in error.remedy
    assert (error.code, str(error.place)) == ("picture", "report.md:6")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("body", ["```image\nfile: zero.png\nalt: None\n```\n", "\n![None](zero.png)\n"])
def test_an_image_that_is_none_is_refused_at_its_line_too(body: str, source: Source, tmp_path: Path) -> None:
    (tmp_path / "zero.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"The image 'zero.png' .* is empty") as caught:
        made(source, tmp_path, "", body)
    assert str(caught.value.place) == "report.md:12"


def test_the_same_logo_whole_stands_in_the_formats_that_show_it(source: Source, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(png_file(60, 30))
    made_ = made(source, tmp_path, "theme:\n  logo: logo.png\n")
    assert [image.cid_key for image in made_.email.images] == ["logo"]
    assert {file.format for file in made_.artifacts} == set(ALL)
