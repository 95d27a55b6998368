"""Names of files that every system, mail program and browser takes."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Final

MAX_CHARACTERS = 80
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "þ": "th", "ð": "d", "\u0131": "i"}
)


def slug(text: str) -> str:
    """*text* in lower-case ASCII letters, digits and hyphens, at most 80; `report` when nothing is left."""
    text = re.sub(r"[\u2010-\u2015]", "-", text.lower().translate(_LETTERS))
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words[:MAX_CHARACTERS].rstrip("-") or "report"


def file_name(stem: str, format: str, made: Path) -> str:  # noqa: A002 - the word of the report file
    """The name of the file that the writer of *format* made as *made*; archives say what is in them."""
    extension = made.suffix.lower()
    return f"{stem}-{format}{extension}" if extension == ".zip" else f"{stem}{extension}"
