"""What was changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """An object by its type ("schedule"), its id, and the name that it had at that moment."""

    type: str
    id: str
    name: str
