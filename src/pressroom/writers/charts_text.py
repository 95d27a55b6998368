"""Texts that Vega's engine cannot take, and what it is given in their place.

It ends the whole process at a character that XML does not have, and splits a pair of surrogates where it cuts a long
label. Control characters are left out; characters beyond the first 65,536, as emoji are, go in as private ones and come
back in the picture.
"""

from __future__ import annotations

import re
from typing import Final

# In JSON a control character is an escape; a backslash before it may be the second of a pair, which stays a backslash.
_NOT_XML = re.compile(r"(\\\\)|\\(?:u00(?:0[0-8bcef]|1[0-9a-f])|[bf])|[\ufffe\uffff\ud800-\udfff]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_PRIVATE: Final = range(0xE000, 0xF900)
_REPLACEMENT: Final = "\ufffd"


def drawable(specification: str) -> tuple[str, dict[int, str]]:
    """*specification*, a JSON text, as it can be drawn, and what to translate in its picture."""
    text = _NOT_XML.sub(lambda match: match[1] or "", specification)
    beyond = sorted(set(_ASTRAL.findall(text)))
    if not beyond:
        return text, {}
    free = [code for code in _PRIVATE if chr(code) not in text]
    there = {ord(character): chr(code) for character, code in zip(beyond, free, strict=False)}
    back = {ord(code): chr(character) for character, code in there.items()}
    return text.translate({**{ord(character): _REPLACEMENT for character in beyond}, **there}), back
