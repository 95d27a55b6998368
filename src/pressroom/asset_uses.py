"""Which files beside it a report names, and which of them are not there. Nothing is opened but themes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pressroom.assets import Assets, is_asset_name
from pressroom.blocks import ImageSpec, ProseSpec
from pressroom.definition import STAND_IN, Definition, with_stand_ins
from pressroom.document import PageBreak
from pressroom.errors import DefinitionError, Place, PressroomError
from pressroom.lint import Finding, Severity
from pressroom.markdown import to_blocks
from pressroom.schema import Problems
from pressroom.themes import FOLDER, THEME_ENDING, ThemeSpec, read_theme_text, theme_names
from pressroom.wording import shown, suggest


@dataclass(frozen=True, slots=True)
class Uses:
    """What a report names: files with the place of each, and a family of fonts."""

    files: dict[str, Place | None]
    font: str = ""
    font_place: Place | None = None


def uses_of(definition: Definition, assets: Assets) -> Uses:
    """The files that *definition* names, itself or through its theme; addresses that come from data are not known."""
    files: dict[str, Place | None] = {}
    for spec in _images(definition):
        files.setdefault(spec.file, spec.place)
    theme = definition.setup.theme
    if theme.name:
        files.setdefault(f"{FOLDER}/{theme.name}{THEME_ENDING}", theme.place)
        theme = _joined(theme, installed(theme.name, assets))
    if theme.logo:
        files.setdefault(theme.logo, theme.logo_place or theme.place)
    return Uses(files, theme.font, theme.font_place or theme.place)


def installed(name: str, assets: Assets) -> ThemeSpec:
    """The theme file of that name as far as it can be read; an empty theme when it is not there."""
    try:
        return read_theme_text(assets.text(f"{FOLDER}/{name}{THEME_ENDING}"), Problems(name))
    except PressroomError:
        return ThemeSpec()


def _joined(own: ThemeSpec, base: ThemeSpec) -> ThemeSpec:
    """The places of what comes from *base* would be lines of another file."""
    return replace(
        own,
        logo=own.logo or base.logo,
        logo_place=own.logo_place if own.logo else own.place,
        font=own.font or base.font,
        font_place=own.font_place if own.font else own.place,
    )


def _images(definition: Definition) -> Iterator[ImageSpec]:
    for block in definition.every_block():
        if isinstance(block, ImageSpec):
            yield block
        elif isinstance(block, ProseSpec):
            yield from _in_prose(block)


def _in_prose(block: ProseSpec) -> list[ImageSpec]:
    found: list[ImageSpec] = []

    def note(image: ImageSpec) -> PageBreak:
        if is_asset_name(image.file) and STAND_IN not in image.file:
            found.append(image)
        return PageBreak()

    try:
        to_blocks(with_stand_ins(block.text), block.place, note)
    except DefinitionError:  # what is wrong with the text is said where it is read
        return []
    return found


def missing_files(definition: Definition, assets: Assets) -> list[Finding]:
    """Warnings of files and fonts that *definition* names and that are not there now: they may be put there before it runs."""
    uses = uses_of(definition, assets)
    found = [_missing(name, place, assets) for name, place in uses.files.items() if not assets.has(name)]
    return found + (_missing_font(uses.font, uses.font_place, assets) if uses.font else [])


def _missing_font(font: str, place: Place | None, assets: Assets) -> list[Finding]:
    from pressroom.writers.pdf_typst import families, own_families

    folder = assets.font_folder()
    known = {*families(None), *(own_families(folder) if folder else ())}  # fonts come and go while this process runs
    if font in known:
        return []
    remedy = f"{suggest(font, known, what='Fonts')} Put its files (.ttf, .otf) into the folder fonts to add it."
    what = f"There is no font {shown(font)} yet: the report fails until it is there."
    return [Finding(Severity.WARNING, "missing_asset", what, remedy, place)]


def _missing(name: str, place: Place | None, assets: Assets) -> Finding:
    if name.startswith(f"{FOLDER}/"):
        theme = name.removeprefix(f"{FOLDER}/").removesuffix(THEME_ENDING)
        what, remedy = f"There is no theme {shown(theme)} yet", suggest(theme, theme_names(assets), what="Themes")
    else:
        what, remedy = f"There is no picture {shown(name)} yet", suggest(name, assets.names(), what="Pictures")
    return Finding(Severity.WARNING, "missing_asset", f"{what}: the report fails until it is there.", remedy, place)
