"""The page in the front matter: paper, margins, header, footer and table of contents."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from yaml.nodes import ScalarNode

from pressroom.appearance import PAPERS, Margins
from pressroom.errors import Place
from pressroom.schema import Section
from pressroom.themes import ThemeSpec, read_theme_of

PAGES: Final = tuple(PAPERS)
PAGE_KEYS: Final = ("size", "orientation", "margin")
ORIENTATIONS: Final = ("portrait", "landscape")
MARGIN_KEYS: Final = ("top", "right", "bottom", "left")
RUNNING_KEYS: Final = ("left", "center", "right")
POINTS: Final = {"mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0, "pt": 1.0}
LEAST_TEXT: Final = 144.0  # points, wide and high, that margins must leave
LENGTH_PATTERN: Final = r"(\d{1,3}(?:\.\d{1,3})?)\s*(mm|cm|in|pt)"
_LENGTH = re.compile(LENGTH_PATTERN)


@dataclass(frozen=True, slots=True)
class RunningSpec:
    """The templates of a header or footer."""

    left: str
    center: str
    right: str
    place: Place

    def texts(self) -> tuple[str, str, str]:
        return self.left, self.center, self.right


@dataclass(frozen=True, slots=True)
class Setup:
    """How pages are made."""

    size: str = "a4"
    landscape: bool = False
    margins: Margins = field(default_factory=Margins)
    header: RunningSpec | None = None
    footer: RunningSpec | None = None
    contents: bool = False
    theme: ThemeSpec = field(default_factory=ThemeSpec)

    def running(self) -> list[RunningSpec]:
        return [line for line in (self.header, self.footer) if line is not None]


def read_setup(section: Section) -> Setup:
    """The setup from the front matter."""
    size, landscape, margins = _read_page(section)
    return Setup(
        size=size,
        landscape=landscape,
        margins=margins,
        header=_read_running(section, "header"),
        footer=_read_running(section, "footer"),
        contents=section.boolean("toc"),
        theme=read_theme_of(section),
    )


def _read_page(section: Section) -> tuple[str, bool, Margins]:
    """`page: letter` or `page: {size: letter, orientation: landscape, margin: 15mm}`."""
    if isinstance(section.entries.get("page"), ScalarNode):
        return section.one_of("page", PAGES, default="a4"), False, Margins()
    page = section.section("page", PAGE_KEYS, "page")
    if page is None:
        return "a4", False, Margins()
    orientation = page.one_of("orientation", ORIENTATIONS, default="portrait")
    size, landscape = page.one_of("size", PAGES, default="a4"), orientation == "landscape"
    return size, landscape, _read_margins(page, size, landscape=landscape)


def _read_margins(page: Section, size: str, *, landscape: bool) -> Margins:
    if not page.has("margin"):
        return Margins()
    if isinstance(page.entries["margin"], ScalarNode):
        every = _read_length(page, "margin", Margins().top)
        margins = Margins(every, every, every, every)
    else:
        sides = page.section("margin", MARGIN_KEYS, "margin")
        own = Margins()
        lengths = [_read_length(sides, key, getattr(own, key)) if sides else 0.0 for key in MARGIN_KEYS]
        margins = Margins(*lengths)
    width, height = PAPERS[size][::-1] if landscape else PAPERS[size]
    room = min(width - margins.left - margins.right, height - margins.top - margins.bottom)
    if room < LEAST_TEXT:
        page.problems.add(
            page.line_of("margin"), "The margins leave no room for text.", f"Leave 5 cm of the {size} page each way."
        )
        return Margins()
    return margins


def _read_length(section: Section, key: str, default: float) -> float:
    if not section.has(key):
        return default
    match = _LENGTH.fullmatch(section.text(key))
    if match:
        return float(match[1]) * POINTS[match[2]]
    section.wrong(key, "a length such as 18mm, 1.5cm, 0.75in or 36pt")
    return default


def _read_running(section: Section, key: str) -> RunningSpec | None:
    """`footer: "{{ page }} of {{ pages }}"`, which stands on the left, or `footer: {left: …, center: …, right: …}`."""
    if key not in section.entries:
        return None
    place = section.problems.place(section.line_of(key))
    node = section.entries[key]
    if isinstance(node, ScalarNode):
        return RunningSpec(section.text(key), "", "", place)
    sides = section.section(key, RUNNING_KEYS, key)
    if sides is None:
        return None
    return RunningSpec(sides.text("left"), sides.text("center"), sides.text("right"), place)
