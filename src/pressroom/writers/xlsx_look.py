"""How the workbook looks: cell formats and colours, the same as the other writers'."""

from __future__ import annotations

from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from pressroom.document import Tone
from pressroom.writers import theme
from pressroom.writers.directions import is_from_right

FONT: Final = "Calibri"  # what Excel itself uses; a font that a reader does not have would change all widths
TONES: Final = {tone: theme.TONES[tone.value] for tone in Tone}


class Look:
    """Cell formats of one workbook; each is made once."""

    def __init__(self, workbook: Workbook, colours: theme.Look = theme.PLAIN, locale: str = "en") -> None:
        self.colours = colours
        self.locale = locale
        self.font = FONT if colours.family == theme.FONT_FAMILY else colours.family
        self._is_from_right = is_from_right(locale)
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def format(self, **properties: Any) -> Format:
        if self._is_from_right and properties.get("align") == "left":
            properties["align"] = "right"  # where a line begins
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format({"font_name": self.font, "font_size": 11, **properties})
        return self._made[key]

    @property
    def title(self) -> Format:
        return self.format(font_size=22, bold=True, font_color=theme.INK)

    @property
    def muted(self) -> Format:
        return self.format(font_color=theme.MUTED)

    @property
    def prose(self) -> Format:
        # A bullet would put its line on the left.
        side: dict[str, Any] = {"align": "right", "reading_order": 2} if self._is_from_right else {}
        return self.format(font_color=theme.INK, text_wrap=True, valign="top", **side)

    def header(self, align: str) -> Format:
        """The header row of a data sheet; numbers keep clear of the button of the filter."""
        return self.format(
            align=align,
            indent=2 if align == "right" else 1,
            bold=True,
            font_color="#FFFFFF",
            bg_color=theme.INK,
            valign="vcenter",
        )

    def heading(self, level: int) -> Format:
        return self.format(font_size={1: 16, 2: 14, 3: 12}.get(level, 11), bold=True, font_color=theme.INK)

    def rule(self, colour: str, number_format: str) -> Format:
        """What a rule changes of a cell: XlsxWriter keeps these apart from the formats of cells."""
        properties = {"num_format": number_format} if number_format else {}
        return self._workbook.add_format({"font_color": colour, "bold": True, **properties})

    def cell(self, number_format: str, align: str, *, wrap: bool = False) -> Format:
        """A cell of a data sheet."""
        properties: dict[str, Any] = {"num_format": number_format} if number_format else {}
        properties |= {"text_wrap": True, "valign": "top"} if wrap else {}
        return self.format(align=align, indent=1, font_color=theme.INK, **properties)

    def subtotal(self, number_format: str, align: str) -> Format:
        """A cell of a row that ends a group."""
        properties = {"num_format": number_format} if number_format else {}
        return self.format(
            align=align, indent=1, bold=True, font_color=theme.INK, bg_color=theme.PAPER, top=1, top_color=theme.FAINT,
            **properties,
        )  # fmt: skip

    def total(self, number_format: str, align: str) -> Format:
        """A cell of the last row of a data sheet."""
        properties = {"num_format": number_format} if number_format else {}
        return self.format(
            align=align, indent=1, bold=True, font_color=theme.INK, top=1, top_color=theme.INK, **properties
        )

    def tile(self, part: str, *, is_last: bool = False, **properties: Any) -> Format:
        """A part of a tile from top to bottom: `label`, `value`, `delta`, and `target` and `spark` where there are any."""
        edge: dict[str, Any] = ({"top": 1} if part == "label" else {}) | ({"bottom": 1} if is_last else {})
        looks: dict[str, dict[str, Any]] = {
            "label": {"font_size": 10, "font_color": theme.MUTED, "valign": "bottom"},
            "value": {"font_size": 18, "bold": True, "font_color": theme.INK, "valign": "vcenter"},
            "delta": {"font_size": 10, "valign": "top"},
            "target": {"font_size": 10, "bold": True, "valign": "top"},
            "spark": {"font_size": 10},
        }
        shared = {"bg_color": theme.PAPER, "left": 1, "right": 1, "border_color": theme.LINE, "indent": 1}
        return self.format(**{**shared, **edge, **looks[part], "align": "left", **properties})
