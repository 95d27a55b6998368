"""Texts that Vega's engine cannot take, and what it is given in their place.

It ends the whole process at a character that XML does not have, and splits a pair of surrogates where it cuts a long
label. What cannot be printed is left out, as everywhere in a document; characters beyond the first 65,536, as emoji
are, go in as private ones and come back in the picture.
"""

from __future__ import annotations

import re
from typing import Final

from pressroom.writers.shown import UNPRINTABLE

# In JSON a control character is an escape; a backslash before it may be the second of a pair, which stays a backslash.
_UNPRINTABLE = re.compile(rf"(\\\\)|\\(?:u00(?:0[0-8bcef]|1[0-9a-f])|[bf])|{UNPRINTABLE.pattern}")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_PRIVATE: Final = range(0xE000, 0xF900)
_REPLACEMENT: Final = "\ufffd"


def drawable(specification: str) -> tuple[str, dict[int, str]]:
    """*specification*, a JSON text, as it can be drawn, and what to translate in its picture."""
    text = _UNPRINTABLE.sub(lambda match: match[1] or "", specification)
    beyond = sorted(set(_ASTRAL.findall(text)))
    if not beyond:
        return text, {}
    taken = set(text)
    free = (code for code in _PRIVATE if chr(code) not in taken)
    there = {ord(character): chr(code) for character, code in zip(beyond, free, strict=False)}
    back = {ord(code): chr(character) for character, code in there.items()}
    return text.translate({**{ord(character): _REPLACEMENT for character in beyond}, **there}), back
