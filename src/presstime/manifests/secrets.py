"""Secrets of source addresses as `${NAME}`: put in from the environment, taken out for a file. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote

from pressroom.sources.urls import replace_secrets

_PLACE = re.compile(r"\$(?:\$|\{(?P<name>[^}]*)\})")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Missing(ValueError):  # noqa: N818 - reads as a state
    """A secret that is not given; the message says how to give it."""


def fill(text: str, environment: Mapping[str, str]) -> str:
    """*text* with each `${NAME}` as *environment* has it, `$$` as a dollar sign; Missing when it has not.

    A value is percent-encoded as a part of an address, and taken as it is when it makes the whole of it.
    """

    def value(found: re.Match[str]) -> str:
        if found["name"] is None:
            return "$"
        given = look_up(found["name"], environment)
        return given if found[0] == text else quote(given, safe="")

    return _PLACE.sub(value, text)


def look_up(name: str, environment: Mapping[str, str]) -> str:
    """The variable, or the first line of the file that `NAME_FILE` names."""
    if not _VARIABLE.fullmatch(name):
        raise Missing(f'"${{{name}}}" names no variable. Write letters, digits and "_": ${{WAREHOUSE_PASSWORD}}.')
    if name in environment:
        return environment[name]
    path = environment.get(f"{name}_FILE")
    if path is None:
        raise Missing(f"The environment variable {name} is not set, nor is {name}_FILE. Set one and try again.")
    try:
        return Path(path).read_text(encoding="utf-8").split("\n", 1)[0]
    except (OSError, UnicodeDecodeError):
        raise Missing(f'The file of {name}_FILE, "{path}", cannot be read. Check its path and its rights.') from None


def take_out(url: str, source: str) -> tuple[str, list[str]]:
    """*url* with placeholders for its secrets, and the names of their variables, made from that of the source."""
    names: list[str] = []

    def placeholder(what: str, _secret: str) -> str:
        name = re.sub(r"[^A-Z0-9]+", "_", f"{source}_{what}".upper()).strip("_")
        name = f"_{name}" if name[:1].isdigit() else name
        name = f"{name}_{names.count(name) + 1}" if name in names else name
        names.append(name)
        return f"\0{name}\1"

    marked = replace_secrets(url, placeholder).replace("$", "$$")
    return marked.replace("\0", "${").replace("\1", "}"), names


def has_secret(url: str) -> bool:
    """Whether a secret stands in *url* in clear."""
    found: list[str] = []

    def note(_what: str, secret: str) -> str:
        if secret and not _PLACE.fullmatch(secret):
            found.append(secret)
        return secret

    replace_secrets(url, note)
    return bool(found)


def comparable(url: str) -> str:
    """*url* with its secrets written in one way, since a character may be percent-encoded or not."""
    return replace_secrets(url.strip(), lambda _what, secret: quote(unquote(secret), safe=""))
