"""Picture files: what a report takes, what it refuses, and that nothing outside its folder is ever read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.assets import Assets, is_asset_name
from pressroom.errors import DataError
from pressroom.pictures import PictureError, read_picture
from pressroom.svg import SvgError, read_svg_size
from tests.pressroom.asset_files import GIF, SVG, png_file, svg


@pytest.mark.parametrize(
    ("content", "media_type", "size"),
    [(png_file(), "image/png", (6, 4)), (GIF, "image/gif", (1, 1)), (SVG, "image/svg+xml", (40, 20))],
)
def test_a_picture_is_known_by_its_bytes_and_has_its_size(content, media_type, size):
    picture = read_picture("logo.jpg", content)  # whatever its name says
    assert (picture.media_type, picture.width, picture.height) == (media_type, *size)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7", "is not a picture"),
        (b"<html><body>no</body></html>", "is not a picture"),
        (b"", "is not a picture"),
        (png_file()[:-20], "is damaged"),
        (png_file(pixels=b"junk"), "is damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "is damaged"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "is damaged"),
        (png_file(60_000, 60_000, b""), "has 60,000 by 60,000 pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 4_000_000, "has more than 4,000,000 bytes"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_reason(content, said):
    with pytest.raises(PictureError, match=said):
        read_picture("logo.png", content)


@pytest.mark.parametrize(
    ("drawing", "said"),
    [
        (svg("<script>alert(1)</script>"), "element <script>"),
        (svg("<g onload='alert(1)'/>"), "attribute onload"),
        (svg("<foreignObject/>"), "element <foreignObject>"),
        (svg("<image href='https://example.org/x.png'/>"), "something outside"),
        (svg("<image xlink:href='file:///etc/passwd'/>"), "something outside"),
        (svg("<use xlink:href='other.svg#a'/>"), "something outside"),
        (svg("<style>@import url(https://example.org/a.css);</style>"), "something outside"),
        (svg("<rect style='fill:url(https://example.org/a)'/>"), "something outside"),
        (svg("<a href='#x'/>"), "element <a>"),
        (b'<?xml-stylesheet href="a.css"?>' + svg(""), "instruction"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"), "declares entities"),
        (svg("<g id='a'><use href='#a'/></g>"), "draws itself"),
        (svg("<g>" * 80 + "</g>" * 80), "too complicated"),
        (svg("<rect/>" * 20_001), "too complicated"),
        (svg("<"), "not a whole SVG"),
        (svg("", ""), "does not say how large"),
    ],
)
def test_a_drawing_neither_runs_nor_fetches_nor_explodes(drawing, said):
    with pytest.raises(SvgError, match=said):
        read_svg_size(drawing)


def test_a_drawing_that_unfolds_into_millions_is_refused():
    levels = "".join(
        f"<g id='l{level}'>" + f"<use href='#l{level - 1}'/>" * 10 + "</g>" if level else "<g id='l0'><rect/></g>"
        for level in range(9)
    )
    with pytest.raises(SvgError, match="too complicated"):
        read_svg_size(svg(f"<defs>{levels}</defs><use href='#l8'/>"))


def test_drawings_of_common_programs_are_taken():
    doctype = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    inner = "<defs><linearGradient id='g'/></defs><style>.a{fill:url(#g)}</style><rect fill='url(#g)'/><use xlink:href='#g'/>"
    assert read_svg_size(b'<?xml version="1.0"?>' + doctype + svg(inner, 'width="2in" viewBox="0 0 100 50"')) == (
        192,
        96,
    )


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=300) | st.sampled_from([png_file(), GIF, SVG]).flatmap(
    lambda whole: st.integers(0, len(whole) - 1).flatmap(
        lambda at: st.binary(min_size=1, max_size=3).map(lambda junk: whole[:at] + junk + whole[at + len(junk) :])
    )
))  # fmt: skip
def test_no_bytes_make_the_reader_raise_anything_but_its_own_error(content):
    try:
        picture = read_picture("x", content)
    except PictureError:
        return
    assert picture.width > 0


# ---- the folder -----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "assets"
    (inside / "brand").mkdir(parents=True)
    (inside / "brand" / "logo.png").write_bytes(png_file())
    (tmp_path / "secret.png").write_bytes(png_file())
    (inside / "link.png").symlink_to(tmp_path / "secret.png")
    (inside / "elsewhere").symlink_to(tmp_path)
    return inside


def test_a_picture_of_the_folder_is_read_and_listed(folder):
    assets = Assets(folder)
    assert assets.picture("brand/logo.png").width == 6
    assert assets.names() == ["brand/logo.png"]


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png", "brand/../../secret.png", "/etc/passwd", "link.png", "elsewhere/secret.png", "brand", "", ".",
        "brand//logo.png", "brand\\logo.png", "https://example.org/logo.png", "logo.png\0", "a/b/c/d/e/f.png", "lgo.png",
    ],
)  # fmt: skip
def test_nothing_outside_the_folder_is_read(folder, name):
    with pytest.raises(DataError) as caught:
        Assets(folder).picture(name)
    assert caught.value.code == "asset"
    assert caught.value.remedy


def test_an_installation_without_a_folder_has_no_pictures():
    with pytest.raises(DataError, match="There is no picture"):
        Assets().picture("logo.png")


@given(st.text(alphabet="./\\a~\0 %", max_size=12))
def test_a_name_never_leads_up_or_to_hidden_files(name):
    if is_asset_name(name):
        assert not {part[:1] for part in name.split("/")} & {".", "", "/"}
        assert "\\" not in name
