"""Names of things as names of files, and back. Pure."""

from __future__ import annotations

from urllib.parse import quote, unquote

LONGEST_BYTES = 250  # of a file's name; most file systems take 255
_SAFE = " !#$&'()+,;=@[]^`{}~"


def file_name(name: str, suffix: str) -> str:
    """The file that stands for *name*: readable, and different for different names. ValueError when it is too long."""
    encoded = "".join(char if ord(char) > 127 else quote(char, safe=_SAFE) for char in name)
    if encoded.startswith("."):
        encoded = f"%2E{encoded[1:]}"
    if len(f"{encoded}{suffix}".encode()) > LONGEST_BYTES:
        raise ValueError(f'The name "{name[:60]}…" is too long for a file. Shorten it.')
    return encoded + suffix


def name_of(stem: str) -> str:
    """The name that a file stands for, by its own name without the suffix."""
    return unquote(stem)
