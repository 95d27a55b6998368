"""What an apply does and says: one change for each thing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one thing; `details` are field, old and new value, secrets masked."""

    kind: str  # asset, source, report, group, schedule
    name: str
    action: Action
    details: list[tuple[str, Any, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """Everything that is done, in this order, and what is only said."""

    changes: list[Change] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    left_alone: list[tuple[str, str]] = field(default_factory=list)  # kind and name: here, and not in the folder

    @property
    def is_change(self) -> bool:
        return any(change.action is not Action.KEEP for change in self.changes)

    def count(self, action: Action) -> int:
        return sum(change.action is action for change in self.changes)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Field, old and new value of each field that differs."""
    return [(name, before.get(name), after[name]) for name in after if before.get(name) != after[name]]
