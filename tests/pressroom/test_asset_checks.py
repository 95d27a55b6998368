"""What may lie beside reports, and what a report misses there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pressroom.asset_checks import AssetError, Kind, check_asset, kind_of
from pressroom.asset_uses import missing_files, uses_of
from pressroom.assets import Assets
from pressroom.definition import parse
from tests.pressroom.asset_files import SVG, font_file, png_file, svg

THEME = b'brand: "#0a7d55"\nlogo: brand/logo.png\nfont: Hand\n'
REPORT = """---
title: Sales
source: shop
theme: acme
header: {left: "{{ title }}"}
---
![The tower](tower.png)

![The tower](tower.png)

```image
file: map.svg
alt: A map
```
"""


def test_a_file_that_the_run_can_use_says_what_it_is(tmp_path: Path) -> None:
    nothing = Assets(tmp_path)
    assert check_asset("logo.png", png_file(), nothing).detail == "PNG, 6 × 4 pixels"  # noqa: RUF001
    assert check_asset("a/b.svg", SVG, nothing).detail == "SVG, 40 × 20 pixels"  # noqa: RUF001
    assert check_asset("fonts/inter.ttf", font_file(), nothing).detail == "Inter"
    theme = check_asset("themes/acme.yaml", THEME, nothing)
    assert (theme.kind, theme.detail) == (Kind.THEME, "logo brand/logo.png, brand #0a7d55, font Hand")
    assert [warning.partition(" ")[0] for warning in theme.warnings] == ["Its", "There"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("logo.png", b"<html>", "is not a picture"),
        ("logo.png", png_file()[:-20], "is damaged"),
        ("logo.svg", svg("<script>1</script>"), "has an element <script>"),
        ("logo.png", b"\x89PNG\r\n\x1a\n" + b"x" * 4_000_000, "more than 4,000,000 bytes"),
        ("fonts/a.ttf", b"\0\1\0\0" + b"\0" * 400, "is not a font"),
        ("fonts/a.woff2", b"wOF2", "is of no kind"),
        ("themes/a.yaml", b"\xff", "is not UTF-8"),
        ("themes/a b.yaml", b"", "is of no kind"),
        ("page.html", b"", "is of no kind"),
        ("../logo.png", png_file(), "cannot be the name"),
        ("/logo.png", png_file(), "cannot be the name"),
        ("a/.logo.png", png_file(), "cannot be the name"),
        ("logo\u202e.png", png_file(), "cannot be the name"),
    ],
)
def test_a_file_that_no_report_could_use_is_refused_in_words(name: str, content: bytes, said: str) -> None:
    with pytest.raises(AssetError, match=said):
        check_asset(name, content, Assets())


def test_the_problems_of_a_theme_have_their_lines() -> None:
    with pytest.raises(AssetError) as caught:
        check_asset("themes/acme.yaml", b"brand: green\npalette: [x]\ncolour: red\n", Assets())
    assert [problem.place.line for problem in caught.value.problems if problem.place] == [1, 2, 3]


def test_a_report_names_its_pictures_its_theme_and_what_the_theme_names(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes/acme.yaml").write_bytes(THEME)
    (tmp_path / "map.svg").write_bytes(SVG)
    uses = uses_of(parse(REPORT), Assets(tmp_path))
    assert list(uses.files) == ["tower.png", "map.svg", "themes/acme.yaml", "brand/logo.png"]
    assert uses.font == "Hand"
    missing = missing_files(parse(REPORT), Assets(tmp_path))
    assert [(each.code, each.place.line if each.place else 0) for each in missing] == [
        ("missing_asset", 7),
        ("missing_asset", 4),
        ("missing_asset", 4),
    ]
    assert missing[-1].message == "There is no font 'Hand' yet: the report fails until it is there."
    without = missing_files(parse(REPORT), Assets())
    assert [each.message.partition(":")[0] for each in without] == [
        "There is no picture 'tower.png' yet",
        "There is no picture 'map.svg' yet",
        "There is no theme 'acme' yet",
    ]


def test_a_link_is_no_file_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "outside.png").write_bytes(png_file())
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "logo.png").symlink_to(tmp_path / "outside.png")
    (folder / "brand").symlink_to(tmp_path)
    assert not Assets(folder).has("logo.png")
    assert not Assets(folder).has("brand/outside.png")
    assert kind_of("logo.png") is Kind.PICTURE
