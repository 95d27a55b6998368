"""Sentences that every error of a report shares: what was meant, what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN_CHARACTERS = 60
LISTED_NAMES = 20


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The name among *allowed* that *name* was probably meant to be, or None."""
    lowered = {candidate.lower(): candidate for candidate in allowed}
    matches = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return lowered[matches[0]] if matches else None


def suggest(name: str, allowed: Iterable[str], *, what: str = "Allowed") -> str:
    """The remedy for an unknown name: the nearest right one, then all there are."""
    names = list(dict.fromkeys(allowed))
    if not names:
        return f"{what}: none."
    listed = ", ".join(names[:LISTED_NAMES]) + (", …" if len(names) > LISTED_NAMES else "")
    close = nearest(name, names)
    meant = f"Did you mean {close}? " if close else ""
    return f"{meant}{what}: {listed}."


def shown(value: object) -> str:
    """*value* as an error shows it: quoted, on one line, cut when it is long."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
