"""The fixed words of a report in the languages that reports speak: a file of `words` for each.

Nothing is said in English only: `tests/pressroom/test_phrases.py` refuses a gap. A language that has no file reads English. What
stands in braces is filled in by `phrase`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "words"
ENGLISH: Final = "en"
_SAME: Final = {"no": "nb", "nn": "nb"}  # Norwegian


def phrase(locale: str, name: str, **values: object) -> str:
    """The words *name* in the language of the BCP 47 tag *locale*, filled with *values*."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return words(language)[name].format(**values)


@cache
def words(language: str) -> Mapping[str, str]:
    """All words of *language*, those of English when it has none."""
    file = FOLDER / f"{_SAME.get(language, language)}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else words(ENGLISH)


def languages() -> list[str]:
    """The languages that have words, English first."""
    return sorted((file.stem for file in FOLDER.glob("*.toml")), key=lambda name: (name != ENGLISH, name))


def names() -> list[str]:
    """The name of every phrase."""
    return list(words(ENGLISH))
