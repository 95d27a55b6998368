"""Which fonts a text needs: Inter for the letters of Europe, Noto for all other scripts and for emoji.

Noto is loaded only for a text with characters beyond Inter's, so that it costs the others nothing.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Final

from pressroom.writers import theme

# Latin, Greek and Cyrillic with their punctuation, currencies and usual signs: less than Inter has, and nothing besides.
_INTER: Final = (
    r"\x00-\u0148\u014a-\u01c3\u01cd-\u024f\u0384-\u03ce\u0400-\u0479\u048a-\u049d\u04a0-\u04ff\u1e00-\u1e9b\u1ea0-\u1eff"
    r"\u2000-\u200b\u2010-\u2027\u202f-\u2055\u2070-\u2071\u2074-\u208e\u20a0-\u20af\u20b1-\u20b5\u20b8-\u20ba\u20bc-\u20bf"
    r"\u2116\u2117\u2122\u2126\u2150-\u217f\u2190-\u2199\u2202\u2205\u2206\u220f\u2211\u2212\u221a\u221e\u222b\u2248\u2260"
    r"\u2264\u2265\u25a0-\u25a2\u25b2\u25b3\u25ba-\u25bd\u25ca\u25cb\u25cf\u2605\u2606\u2713\u2717"
)
_BEYOND: Final = re.compile(f"[^{_INTER}]")
_RIGHT_TO_LEFT: Final = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_KANA: Final = re.compile(r"[\u3040-\u30ff]")

# Fonts for one script each, asked for only when a text has it: a shorter list is tried faster.
_SCRIPTS: Final = tuple(
    (f"Noto Sans {script}", re.compile(f"[{ranges}]"))
    for script, ranges in (
        ("Arabic", r"\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc"),
        ("Hebrew", r"\u0590-\u05ff\ufb1d-\ufb4f"),
        ("Devanagari", r"\u0900-\u097f\u1cd0-\u1cff\ua8e0-\ua8ff"),
        ("Bengali", r"\u0980-\u09ff"),
        ("Gurmukhi", r"\u0a00-\u0a7f"),
        ("Gujarati", r"\u0a80-\u0aff"),
        ("Oriya", r"\u0b00-\u0b7f"),
        ("Tamil", r"\u0b80-\u0bff"),
        ("Telugu", r"\u0c00-\u0c7f"),
        ("Kannada", r"\u0c80-\u0cff"),
        ("Malayalam", r"\u0d00-\u0d7f"),
        ("Sinhala", r"\u0d80-\u0dff"),
        ("Thai", r"\u0e00-\u0e7f"),
        ("Lao", r"\u0e80-\u0eff"),
        ("Myanmar", r"\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"),
        ("Georgian", r"\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f"),
        ("Ethiopic", r"\u1200-\u139f\u2d80-\u2ddf"),
        ("Khmer", r"\u1780-\u17ff\u19e0-\u19ff"),
        ("Armenian", r"\u0530-\u058f"),
    )
)
# The same Chinese character is drawn in another way in each of these places.
_HAN: Final = {"ja": "JP", "ko": "KR", "zh-tw": "TC", "zh-hant": "TC", "zh-mo": "HK", "zh-hk": "HK", "zh": "SC"}
_LAST: Final = ("Noto Sans Symbols", "Noto Emoji", "DejaVu Sans Mono")


def is_beyond_inter(text: str) -> bool:
    """Whether *text* has characters that Inter may lack."""
    return not text.isascii() and _BEYOND.search(text) is not None


def has_right_to_left(text: str) -> bool:
    """Whether *text* has Arabic, Hebrew or another script that is written from the right."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def noto_folders() -> list[Path]:
    """The folders of the fonts for what Inter lacks."""
    return [_folder(package) for package in ("manimgx_fonts", "manimgx_fonts_cjk")]


def families(text: str, locale: str, family: str = theme.FONT_FAMILY) -> list[str]:
    """The families in which *text* is set, the first that has a character before the others; *family* is the theme's."""
    first = list(dict.fromkeys((family, theme.FONT_FAMILY)))
    if not is_beyond_inter(text):
        return [*first, "DejaVu Sans Mono"]
    scripts = [family for family, characters in _SCRIPTS if characters.search(text)]
    return [*first, "Noto Sans", *scripts, f"Noto Sans CJK {_han(text, locale)}", *_LAST]


def _han(text: str, locale: str) -> str:
    tag = locale.lower().replace("_", "-")
    for start, place in _HAN.items():
        if tag == start or tag.startswith(f"{start}-"):
            return place
    return "JP" if _KANA.search(text) else "SC"


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None, f"{package} is a dependency"
    assert spec.origin is not None
    return Path(spec.origin).parent
