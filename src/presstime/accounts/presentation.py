"""How browsers, scopes and users are said on pages."""

from __future__ import annotations

import re

from presstime.accounts.rights import Right, in_words

# The first that matches: browsers name each other in their identification.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """A browser and its system as people name them, "Firefox on Linux"; a program by its own name."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or re.split(r"[\s(]", user_agent.strip(), maxsplit=1)[0] or "A program that does not say its name"


def scope_groups(rights: list[Right]) -> list[tuple[str, list[tuple[str, str]]]]:
    """*rights* by what they are about: a heading, and value and words of each."""
    found: dict[str, list[tuple[str, str]]] = {}
    for right in rights:
        heading = right.value.split(":")[0].replace("-", " ").capitalize()
        found.setdefault(heading, []).append((right.value, in_words(right)))
    return list(found.items())
