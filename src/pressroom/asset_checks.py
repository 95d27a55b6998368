"""Files checked before they lie beside reports: by the readers that the run uses, so that what passes here can be shown there."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from pressroom.assets import FONTS, PICTURES, Assets, is_asset_name
from pressroom.errors import Problem
from pressroom.pictures import MAX_BYTES, PictureError, read_picture
from pressroom.schema import Problems
from pressroom.themes import FOLDER, THEME_ENDING, THEME_PATTERN, ThemeSpec, read_theme_text
from pressroom.wording import shown

FONT_ENDINGS: Final = (".ttf", ".otf", ".ttc", ".otc")
MOST_BYTES: Final = MAX_BYTES
_THEME = re.compile(rf"{FOLDER}/({THEME_PATTERN}){re.escape(THEME_ENDING)}")
_ALLOWED: Final = f"Allowed: pictures ({', '.join(PICTURES)}), fonts as {FONTS}/NAME.ttf or .otf, themes as {FOLDER}/NAME{THEME_ENDING}."


class Kind(StrEnum):
    """What a file beside a report can be; its name says which."""

    PICTURE = "picture"
    THEME = "theme"
    FONT = "font"


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that a report can use."""

    kind: Kind
    detail: str  # "240 by 60 pixels", the families of a font, what a theme sets
    warnings: tuple[str, ...] = ()


class AssetError(ValueError):
    """A file that no report could use; each problem is a sentence with its remedy, those of a theme with their line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.message} {problem.remedy}" for problem in problems))
        self.problems = problems

    @classmethod
    def of(cls, message: str, remedy: str) -> AssetError:
        return cls([Problem(message, remedy)])


def kind_of(name: str) -> Kind | None:
    """What the file *name* is by its name; None when no report would look for it."""
    ending = Path(name).suffix.lower()
    if _THEME.fullmatch(name):
        return Kind.THEME
    if name.startswith(f"{FONTS}/"):
        return Kind.FONT if ending in FONT_ENDINGS else None
    return Kind.PICTURE if ending in PICTURES else None


def kind_of_new(name: str) -> Kind:
    """As `kind_of`, for a file that is to be put there; AssetError says what its name should be."""
    if not is_asset_name(name) or not name.isprintable() or name != name.strip():
        raise AssetError.of(
            f"{shown(name)} cannot be the name of a file.",
            "Write letters, digits, - and _, with / between folders, such as logo.png or brand/logo.png.",
        )
    kind = kind_of(name)
    if kind is None:
        raise AssetError.of(f"The file {shown(name)} is of no kind that reports use.", _ALLOWED)
    return kind


def check_asset(name: str, content: bytes, *beside: Assets) -> Checked:
    """Whether reports can use *content* as the file *name*, *beside* others; AssetError says in words why not."""
    kind = kind_of_new(name)
    if len(content) > MOST_BYTES:
        raise AssetError.of(f"The file {name} has more than {MOST_BYTES:,} bytes.", "Make it smaller.")
    return _CHECKS[kind](name, content, beside)


def _picture(name: str, content: bytes, beside: Sequence[Assets]) -> Checked:
    del beside
    try:
        picture = read_picture(name, content)
    except PictureError as fault:
        raise AssetError.of(f"The file {name} {fault.reason}.", fault.remedy) from fault
    kind = picture.media_type.partition("/")[2].removesuffix("+xml").upper()
    return Checked(Kind.PICTURE, f"{kind}, {picture.width:,.0f} × {picture.height:,.0f} pixels")  # noqa: RUF001 - as sizes are written


def _theme(name: str, content: bytes, beside: Sequence[Assets]) -> Checked:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AssetError.of(f"The file {name} is not UTF-8.", "Save it as UTF-8.") from None
    problems = Problems(name)
    theme = read_theme_text(text, problems)
    if problems.found:
        raise AssetError(problems.in_order())
    return Checked(Kind.THEME, ", ".join(_parts(theme)) or "changes nothing", tuple(_lacks(theme, beside)))


def _parts(theme: ThemeSpec) -> Iterator[str]:
    if theme.logo:
        yield f"logo {theme.logo}"
    if theme.brand:
        yield f"brand {theme.brand}"
    if theme.palette:
        yield f"{len(theme.palette)} colours"
    if theme.font:
        yield f"font {theme.font}"


def _lacks(theme: ThemeSpec, beside: Sequence[Assets]) -> Iterator[str]:
    """What may be put there later, and is missing now."""
    if theme.logo and not any(assets.has(theme.logo) for assets in beside):
        yield f"Its logo {theme.logo} is not there yet: reports with this theme fail until it is."
    if theme.font and not any(theme.font in _known_families(assets) for assets in beside):
        yield f"There is no font {theme.font} yet: reports with this theme fail until its files are there."


def _known_families(assets: Assets) -> tuple[str, ...]:
    from pressroom.writers.pdf_typst import families

    return families(assets.font_folder())


def _font(name: str, content: bytes, beside: Sequence[Assets]) -> Checked:
    from pressroom.writers.pdf_typst import own_families

    del beside
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"font{Path(name).suffix.lower()}").write_bytes(content)
        found = own_families(Path(folder))
    if not found:
        raise AssetError.of(
            f"The file {name} is not a font, or is damaged.",
            "Allowed: OpenType and TrueType; convert WOFF to .ttf first.",
        )
    return Checked(Kind.FONT, ", ".join(found))


_CHECKS: Final = {Kind.PICTURE: _picture, Kind.THEME: _theme, Kind.FONT: _font}
