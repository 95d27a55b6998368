"""The image block, and what an image in the prose must be."""

from __future__ import annotations

import re
from typing import Final

from pressroom.appearance import Side
from pressroom.assets import is_asset_name
from pressroom.blocks import ImageSpec
from pressroom.fences import Fence
from pressroom.schema import Problems, Section, read_mapping
from pressroom.wording import shown

IMAGE_KEYS: Final = ("file", "alt", "width", "align", "caption")
_WIDTH = re.compile(r"(?P<number>\d{1,4})\s*(?P<unit>%|px)?")


def read_image(fence: Fence, problems: Problems) -> ImageSpec | None:
    """`file: logo.png`, `alt: …` and how it stands."""
    section = read_mapping(fence.body, fence.line + 1, IMAGE_KEYS, "the image block", problems)
    if section is None:
        return None
    file = section.text("file", required="logo.png")
    if file and not is_asset_name(file):
        problems.add(section.line_of("file"), *not_a_file(file))
    width, share = _read_width(section)
    return ImageSpec(
        file=file,
        alt=section.text("alt", required="what the picture shows"),
        place=problems.place(section.line_of("file")),
        caption=section.text("caption"),
        align=Side(section.one_of("align", [str(side) for side in Side], default=str(Side.LEFT))),
        width=width,
        share=share,
    )


def not_a_file(name: str) -> tuple[str, str]:
    """Message and remedy for the name of an image that cannot be one."""
    return (
        f"The image {shown(name)} is not a file of the report's folder.",
        "Write a name such as logo.png or brand/logo.png; nothing is fetched.",
    )


def _read_width(section: Section) -> tuple[float, float]:
    """`width: 180` in CSS pixels, or `width: 40%` of the room."""
    if not section.has("width"):
        return 0.0, 0.0
    match = _WIDTH.fullmatch(section.text("width"))
    number = int(match["number"]) if match else 0
    if match and match["unit"] == "%" and 1 <= number <= 100:
        return 0.0, number / 100
    if match and match["unit"] != "%" and number >= 1:
        return float(number), 0.0
    section.wrong("width", "pixels such as 180, or a share of the width such as 40%")
    return 0.0, 0.0
