"""The settings in force as they may be shown to people: each with its value, its origin and what it is, secrets masked."""

from __future__ import annotations

from typing import Any, NamedTuple

from presstime.base.configuration import Loaded, variable_of
from presstime.base.configuration_fields import SECRETS, Configuration

MASK = "********"


class Shown(NamedTuple):
    """One setting as it may be printed."""

    name: str
    value: Any
    origin: str


def shown(loaded: Loaded) -> list[Shown]:
    """All settings in the order of their documentation; of a secret only whether it is set."""
    return [_one(loaded, field) for field in Configuration.model_fields]


def text(value: Any) -> str:
    """A value in one line; nothing of one that is not set."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, list) else str(value)


def _one(loaded: Loaded, field: str) -> Shown:
    value = getattr(loaded.configuration, field)
    if field in SECRETS:
        value = MASK if value else None
    elif isinstance(value, tuple):
        value = list(value)
    elif not isinstance(value, (bool, int, float, type(None))):
        value = str(value)
    return Shown(variable_of(field), value, str(loaded.origins.get(field, "default")))
