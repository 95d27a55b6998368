"""Column types that every feature shares."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.db import models

from presstime.base.ids import uuid7


def id_field() -> models.UUIDField[Any, Any]:
    """The primary key: a UUIDv7, so that rows sort by the time they were made."""
    return models.UUIDField(primary_key=True, default=uuid7, editable=False)


def choices(states: type[StrEnum]) -> list[tuple[str, str]]:
    """Django's choices of a StrEnum."""
    return [(state.value, state.value) for state in states]


def one_of(column: str, states: Iterable[str], *, name: str) -> models.CheckConstraint:
    """A CHECK that *column* holds one of *states*: no code path can write a state that the tables do not know."""
    return models.CheckConstraint(condition=models.Q(**{f"{column}__in": [str(state) for state in states]}), name=name)
