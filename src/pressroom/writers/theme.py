"""The look that PDF, page, e-mail and charts share: colours, type and the Vega-Lite configuration."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import fontpkg_inter

from pressroom import colours
from pressroom.appearance import Theme

FONT_FAMILY: Final = fontpkg_inter.FAMILY
FALLBACK_FONTS: Final = '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

INK: Final = "#0f172a"
MUTED: Final = "#5b6779"
FAINT: Final = "#cbd5e1"
LINE: Final = "#e2e8f0"
PAPER: Final = "#f8fafc"
BRAND: Final = "#2563eb"
GOOD: Final = "#15803d"
BAD: Final = "#b45309"
# By the names of tones; on dark pages others stand in for them.
TONES: Final[Mapping[str, str]] = {"good": GOOD, "bad": BAD, "neutral": MUTED, "accent": BRAND}
# The deepest shade of a cell, on white and on a dark page: text keeps a contrast of 4.5 on both.
SHADE_ENDS: Final[Mapping[str, tuple[str, str]]] = {
    "good": ("#9ad6ad", "#14602f"),
    "bad": ("#f3c283", "#87420a"),
    "accent": ("#93b7fb", "#1b48b5"),
}
SHADES: Final = 8
SHADE_CONTRAST: Final = 5.5
DARK_PAGE: Final = "#0f1626"

# Neighbours differ in lightness by at least five steps of L*, and by 20 in CIELAB under simulated protanopia,
# deuteranopia and tritanopia among the first six: a chart stays readable for everybody and printed in grey.
PALETTE: Final = ("#2563eb", "#f59e0b", "#0f3d5c", "#7dd3c0", "#b91c4b", "#8b7fd6", "#94a3b8", "#65832a")

SERIES: Final = 32  # colours at least, before they repeat: more than a legend has entries
SERIES_CONTRAST: Final = 1.4

# What stands in for a colour on a dark page; those not named read well on both.
DARK: Final[Mapping[str, str]] = {
    INK: "#e6ebf3",
    "#334155": "#c3cddb",
    MUTED: "#9aa7ba",
    FAINT: "#4a5870",
    LINE: "#2a364a",
    PAPER: "#172033",
    BRAND: "#6b9bff",
    "#0f3d5c": "#b9d4ea",
    "#b91c4b": "#f0648b",
    "#65832a": "#a3c265",
}

RAMP: Final = ("#e4edfd", "#a9c6fa", "#5b8ff5", BRAND, "#1b48b5", "#0f2a6b")
ORDINAL: Final = ("#dbe7fd", "#a9c6fa", "#6b9bff", BRAND, "#1b48b5", "#12307a")

# CSS pixels: the text width of an A4 page with 18 mm margins, so that type in charts has its nominal size in print.
CHART_WIDTH: Final = 658
CHART_HEIGHT: Final = 240
NARROW_WIDTH: Final = 320  # of a chart for a phone: its words keep their size
MAIL_WIDTH: Final = 480  # of a chart in a mail, a picture that large and small screens share
BAR_STEP: Final = 24
LANE_GAP: Final = 24  # between blocks that stand beside each other
LOGO_WIDTH: Final = 240
LOGO_HEIGHT: Final = 44


def font_folder() -> Path:
    """The folder with Inter, upright and italic."""
    return Path(fontpkg_inter.ROOT) / "files"


def font_folders(more: Path | None = None) -> list[Path]:
    """Every folder with fonts that a report may use: our own, and *more* of a theme."""
    return [font_folder(), *([more] if more else [])]


def template(name: str) -> str:
    """The text of a template that ships with the writers."""
    return importlib.resources.files("pressroom.writers").joinpath("templates", name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Look:
    """The colours and the type of one report: Presstime's own, or those of its theme."""

    brand: str = BRAND
    palette: tuple[str, ...] = PALETTE
    family: str = FONT_FAMILY
    fonts: Path | None = None  # a folder of font files beside our own

    @property
    def accent(self) -> str:
        """The brand colour where it is text or carries text: dark enough to read on white."""
        return colours.darkened(self.brand, against="#ffffff", contrast=colours.TEXT)

    @property
    def series(self) -> tuple[str, ...]:
        """The colours of the series of a chart: the palette, then further ones."""
        return _series(self.palette)

    @property
    def tones(self) -> dict[str, str]:
        """Colours by the names of tones, on white."""
        return {**TONES, "accent": self.accent}

    def shade(self, tone: str, step: int, *, is_dark: bool = False) -> str:
        """The ground of a cell *step* eighths of the way to the deepest shade of *tone*."""
        start = DARK_PAGE if is_dark else "#ffffff"
        return colours.mixed(start, self.shade_end(tone, is_dark=is_dark), step / SHADES)

    def shade_end(self, tone: str, *, is_dark: bool = False) -> str:
        """The deepest shade of *tone*: ink stays readable on it."""
        if tone != "accent" or self.brand == BRAND:
            return SHADE_ENDS[tone][is_dark]
        if is_dark:
            return colours.darkened(self.brand, against=DARK[INK], contrast=SHADE_CONTRAST)
        return colours.lightened(self.brand, against=INK, contrast=2 * SHADE_CONTRAST)

    @property
    def font_stack(self) -> str:
        """For CSS: the family, then what the reader's machine has."""
        name = self.family if self.family.isalpha() else f'"{self.family}"'
        return f"{name}, {FALLBACK_FONTS}"

    @property
    def ramp(self) -> tuple[str, ...]:
        """From light to dark, for quantities."""
        return RAMP if self.brand == BRAND else colours.ramp(self.brand)

    @property
    def ordinal(self) -> tuple[str, ...]:
        return ORDINAL if self.brand == BRAND else colours.ramp(self.brand)

    @property
    def dark(self) -> dict[str, str]:
        """What stands in for a colour on a dark page."""
        derived = {
            colour: colours.lightened(colour, against=DARK_PAGE, contrast=colours.GRAPHICS)
            for colour in (*self.series, self.brand)
        }
        accents = {
            colour: colours.lightened(colour, against=DARK_PAGE, contrast=colours.TEXT)
            for colour in (self.accent, self.brand)
        }
        changed = {colour: other for colour, other in {**derived, **accents}.items() if colour != other}
        return {**changed, **DARK}

    @property
    def dark_accent(self) -> str:
        """The accent on a dark page."""
        return self.dark.get(self.accent, self.accent)


@cache
def _series(palette: tuple[str, ...]) -> tuple[str, ...]:
    return colours.extended(palette, PALETTE, max(SERIES, len(palette)), SERIES_CONTRAST, _on_dark)


@cache
def _on_dark(colour: str) -> str:
    return DARK.get(colour) or colours.lightened(colour, against=DARK_PAGE, contrast=colours.GRAPHICS)


PLAIN: Final = Look()


def look_of(theme: Theme) -> Look:
    """The look that *theme* asks for."""
    return Look(
        brand=theme.brand or BRAND,
        palette=theme.palette or (colours.with_first(theme.brand, PALETTE) if theme.brand else PALETTE),
        family=theme.font or FONT_FAMILY,
        fonts=theme.fonts,
    )


@cache
def vega_config(look: Look = PLAIN) -> Mapping[str, Any]:
    """The Vega-Lite configuration of every chart; its background is left open for the medium to fill."""
    small = {"labelFontSize": 11, "titleFontSize": 11, "labelColor": MUTED, "titleColor": MUTED}
    return {
        "background": None,
        "font": look.family,
        "padding": {"left": 0, "right": 2, "top": 4, "bottom": 4},  # below: letters like g, in whatever font
        "scale": {"barBandPaddingInner": 0.3, "rectBandPaddingInner": 0, "offsetBandPaddingInner": 0.08},
        "view": {"stroke": None, "continuousWidth": CHART_WIDTH, "continuousHeight": CHART_HEIGHT},
        "title": {"anchor": "start", "color": INK, "fontSize": 13, "fontWeight": 600, "offset": 12},
        "header": {**small, "labelFontWeight": 600, "title": None},
        "range": {
            "category": list(look.series),
            "ordinal": list(look.ordinal),
            "ramp": list(look.ramp),
            "heatmap": list(look.ramp),
            "diverging": ["#b45309", "#f3c98b", "#f1f5f9", "#9cbdfb", "#1b48b5"],
        },
        **_marks(look),
        **_guides(small),
    }


def _marks(look: Look) -> dict[str, Any]:
    return {
        "mark": {"color": look.palette[0]},
        "bar": {"timeUnitBandSize": 0.72},
        "line": {"strokeWidth": 2.2, "strokeCap": "round", "strokeJoin": "round"},
        "area": {"opacity": 0.85, "line": False},
        "point": {"size": 34, "filled": True, "opacity": 0.85},
        "circle": {"size": 34, "opacity": 0.8},
        "rule": {"color": MUTED},
        "arc": {"stroke": "#ffffff", "strokeWidth": 1.5},
        "text": {"color": INK, "fontSize": 11},
    }


def _guides(small: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "axis": {
            **small,
            "titleFontWeight": 500,
            "labelFontWeight": 400,
            "gridColor": LINE,
            "domainColor": FAINT,
            "tickColor": FAINT,
            "labelPadding": 6,
            "tickSize": 4,
            "titlePadding": 10,
            "labelLimit": 190,
        },
        "axisQuantitative": {"domain": False, "ticks": False, "tickCount": 5},
        "axisTemporal": {"grid": False, "labelOverlap": True},
        "axisDiscrete": {"grid": False, "ticks": False},
        "axisYDiscrete": {"labelOverlap": True},
        "axisX": {"labelAngle": 0, "labelOverlap": True},
        "axisY": {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleX": 0, "titleY": -10},
        "legend": {
            **small,
            "labelColor": "#334155",
            "orient": "top",
            "direction": "horizontal",
            "titleFontWeight": 500,
            "titleOrient": "left",
            "titlePadding": 8,
            "gradientThickness": 10,
            "symbolSize": 90,
            "symbolStrokeWidth": 2.4,
            "columnPadding": 16,
            "rowPadding": 4,
            "offset": 12,
            "labelLimit": 200,
        },
    }
