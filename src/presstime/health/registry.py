"""Where features hand in their checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from presstime.health.states import Finding, Level

Look = Callable[[datetime], Finding]


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the installation and how it is looked at.

    *look* runs in a thread of its own with a database connection of its own. A look that takes longer than *limit* counts as failed; what it found is
    good for *every*, or for *again* when it was not good. *advice* says what to do at each level, *link* is our page
    about it. While a *vital* one fails the installation counts as down.
    """

    name: str
    title: str
    look: Look
    advice: Mapping[Level, str] = field(default_factory=dict)
    every: timedelta = timedelta(seconds=5)
    again: timedelta = timedelta(seconds=5)
    limit: timedelta = timedelta(seconds=0.8)
    link: str = ""
    is_vital: bool = False


# The order on the page and in answers; what is not named here comes after.
ORDER: Final = ("database", "scheduler", "worker", "queue", "email", "email_queue", "disk", "backup", "audit")

_checks: Final[dict[str, Check]] = {}


def register(check: Check) -> None:
    """Add a check; one of the same name takes the place of the one before."""
    _checks[check.name] = check


def checks() -> list[Check]:
    """All checks in their order."""
    places = {name: place for place, name in enumerate(ORDER)}
    return sorted(_checks.values(), key=lambda check: (places.get(check.name, len(places)), check.name))
