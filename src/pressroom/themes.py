"""Themes: colours, type and a logo, in the front matter or in a file of the installation, `themes/NAME.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from yaml.nodes import ScalarNode, SequenceNode

from pressroom import colours
from pressroom.appearance import Theme
from pressroom.assets import Assets
from pressroom.errors import DefinitionError, Place
from pressroom.phrases import phrase
from pressroom.schema import Problems, Section, read_mapping
from pressroom.wording import shown, suggest

LOOK_KEYS: Final = ("logo", "logo_alt", "brand", "palette", "font")
THEME_KEYS: Final = ("name", *LOOK_KEYS)
FOLDER: Final = "themes"
THEME_ENDING: Final = ".yaml"
MOST_COLOURS: Final = 20
LEAST_CONTRAST: Final = 1.3  # of a series on white: less is not seen in print
THEME_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"
FAMILY_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}"
_NAME = re.compile(THEME_PATTERN)
_FAMILY = re.compile(FAMILY_PATTERN)
_COLOUR_EXAMPLE: Final = 'a colour such as "#2563eb"; in YAML the # needs quotes'


@dataclass(frozen=True, slots=True)
class ThemeSpec:
    """A theme as it is written; the files that it names are read when the report runs."""

    name: str = ""  # of the installation's theme that it begins with
    logo: str = ""  # a picture file
    logo_alt: str = ""
    brand: str = ""
    palette: tuple[str, ...] = ()
    font: str = ""
    place: Place | None = None
    font_place: Place | None = None
    logo_place: Place | None = None


def read_theme_of(section: Section) -> ThemeSpec:
    """`theme: acme` or `theme: {brand: "#0a7d55", …}` of the front matter."""
    if not section.has("theme"):
        return ThemeSpec()
    if isinstance(section.entries["theme"], ScalarNode):
        name = section.text("theme")
        if not _NAME.fullmatch(name):
            section.wrong(
                "theme", "the name of a theme in letters, digits, - and _, or a mapping of its colours and type"
            )
        return ThemeSpec(name=name, place=section.problems.place(section.line_of("theme")))
    theme = section.section("theme", THEME_KEYS, "the theme")
    return read_theme(theme) if theme else ThemeSpec()


def read_theme(section: Section) -> ThemeSpec:
    """A theme from the mapping that describes it."""
    name, font = section.text("name"), section.text("font")
    if name and not _NAME.fullmatch(name):
        section.wrong("name", "letters, digits, - and _")
    if font and not _FAMILY.fullmatch(font):
        section.wrong("font", "the name of a family of fonts, such as Source Sans 3")
        font = ""
    return ThemeSpec(
        name=name,
        logo=section.text("logo"),
        logo_alt=section.text("logo_alt"),
        brand=_read_brand(section),
        palette=_read_palette(section),
        font=font,
        place=section.problems.place(section.line),
        font_place=section.problems.place(section.line_of("font")),
        logo_place=section.problems.place(section.line_of("logo")),
    )


def read_theme_text(text: str, problems: Problems) -> ThemeSpec:
    """The theme in the *text* of a theme file; what is wrong with it is added to *problems*, by its lines."""
    section = read_mapping(text, 1, LOOK_KEYS, "the theme", problems)
    return read_theme(section) if section else ThemeSpec()


def _read_brand(section: Section) -> str:
    if "brand" not in section.entries:
        return ""
    colour = colours.read_colour(section.text("brand"))
    if colour is None:
        section.wrong("brand", _COLOUR_EXAMPLE)
    return colour or ""


def _read_palette(section: Section) -> tuple[str, ...]:
    if "palette" not in section.entries:
        return ()
    node = section.entries["palette"]
    if not isinstance(node, SequenceNode) or not 1 <= len(node.value) <= MOST_COLOURS:
        section.wrong("palette", f"a list of 1 to {MOST_COLOURS} colours, each in quotes")
        return ()
    found: list[str] = []
    for item in node.value:
        colour = colours.read_colour(str(item.value)) if isinstance(item, ScalarNode) else None
        said = _fault(colour, found)
        if said:
            section.problems.add(
                section.line_of_node(item), f"The colour {shown(item.value)} of the palette {said[0]}.", said[1]
            )
        elif colour:
            found.append(colour)
    return tuple(found)


def _fault(colour: str | None, others: list[str]) -> tuple[str, str] | None:
    if colour is None:
        return "is none", f"Allowed: {_COLOUR_EXAMPLE}."
    if colour in others:
        return "stands there twice", "Two series in one colour cannot be told apart: remove one."
    ratio = colours.contrast(colour, "#ffffff")
    if ratio < LEAST_CONTRAST:
        return f"cannot be seen on white (contrast {ratio:.2f})", f"Take a darker one: at least {LEAST_CONTRAST}."
    return None


def theme_names(assets: Assets) -> list[str]:
    """The themes of the installation."""
    return [
        name.removeprefix(f"{FOLDER}/").removesuffix(THEME_ENDING) for name in assets.names(FOLDER, (THEME_ENDING,))
    ]


# ---- when the report runs -------------------------------------------------------------------------------------------


def theme_from(spec: ThemeSpec, assets: Assets, locale: str = "en") -> Theme:
    """The theme with its logo and fonts found; DefinitionError for a theme, a font or a logo that is not there."""
    base = _installed(spec, assets) if spec.name else ThemeSpec()
    whole = replace(
        spec,
        logo=spec.logo or base.logo,
        logo_alt=spec.logo_alt or base.logo_alt,
        logo_place=spec.logo_place if spec.logo else base.logo_place,
        brand=spec.brand or base.brand,
        palette=spec.palette or base.palette,
        font=spec.font or base.font,
        font_place=spec.font_place if spec.font else base.font_place,
    )
    logo = assets.picture(whole.logo, whole.logo_place or spec.place, role="logo") if whole.logo else None
    return Theme(
        brand=whole.brand,
        palette=whole.palette,
        font=whole.font,
        fonts=_fonts(whole, assets) if whole.font else None,
        logo=logo,
        logo_alt=whole.logo_alt or phrase(locale, "logo"),
    )


def _installed(spec: ThemeSpec, assets: Assets) -> ThemeSpec:
    file = f"{FOLDER}/{spec.name}{THEME_ENDING}"
    names = theme_names(assets)
    if spec.name not in names:
        raise DefinitionError(
            f"There is no theme {shown(spec.name)}.", remedy=suggest(spec.name, names, what="Themes"), place=spec.place
        )
    problems = Problems(file)
    theme = read_theme_text(assets.text(file, spec.place), problems)
    if problems.found:
        raise DefinitionError.of(problems.in_order())
    return theme


def _fonts(spec: ThemeSpec, assets: Assets) -> Path | None:
    from pressroom.writers.pdf_typst import families

    if spec.font in families(None):
        return None
    folder = assets.font_folder()
    known = families(folder)
    if spec.font not in known:
        raise DefinitionError(
            f"There is no font {shown(spec.font)}.",
            remedy=suggest(spec.font, known, what="Fonts")
            + " Put its files (.ttf, .otf) into the folder fonts to add it.",
            place=spec.font_place,
        )
    return folder
