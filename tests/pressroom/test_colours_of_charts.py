"""The colours of series differ: for every eye, in grey, on white and on dark pages."""

import itertools
import math

import pytest

from pressroom.writers import theme

# Machado, Oliveira and Fernandes 2009, severity 1.0.
DEFICIENCIES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "full vision": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}


def lab(colour: str, matrix) -> tuple[float, float, float]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    red, green, blue = (min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True)))) for row in matrix)
    xyz = (
        (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047,
        0.2126729 * red + 0.7151522 * green + 0.072175 * blue,
        (0.0193339 * red + 0.119192 * green + 0.9503041 * blue) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("eye", DEFICIENCIES)
def test_the_first_six_colours_differ_for_every_eye(eye):
    seen = [lab(colour, DEFICIENCIES[eye]) for colour in theme.PALETTE[:6]]
    assert min(math.dist(one, other) for one, other in itertools.combinations(seen, 2)) > 20


def test_the_colours_differ_in_grey():
    lightness = sorted(lab(colour, DEFICIENCIES["full vision"])[0] for colour in theme.PALETTE[:6])
    assert min(b - a for a, b in itertools.pairwise(lightness)) > 5


@pytest.mark.parametrize("palette", [theme.PALETTE, ("#0b6e4f", "#e09f3e", "#1d3557"), ("#111111",), ("#ffffcc",)])
def test_colours_differ_beyond_the_palette_on_white_and_on_dark_pages(palette):
    look = theme.Look(palette=palette)
    assert look.series[: len(palette)] == palette
    dark = [look.dark.get(colour, colour) for colour in look.series]
    for colours in (look.series, dark):
        assert len(colours) >= 24
        seen = [lab(colour, DEFICIENCIES["full vision"]) for colour in colours]
        assert min(math.dist(one, other) for one, other in itertools.combinations(seen, 2)) > 10


def test_a_palette_longer_than_that_is_kept():
    palette = tuple(f"#{number:02x}0000" for number in range(40))
    assert theme.Look(palette=palette).series == palette
