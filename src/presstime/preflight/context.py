"""What the checks are given, and how they say what they found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from presstime.base.configuration import Origin, Problem, variable_of
from presstime.base.configuration_fields import Configuration


@dataclass(frozen=True)
class Context:
    """The settings with their origins, those of them that are wrong (a default stands in their place), and the time."""

    configuration: Configuration
    origins: Mapping[str, Origin]
    wrong: frozenset[str] = frozenset()
    now: datetime = field(kw_only=True)

    def about(
        self, name: str, message: str, *, read: object = "", allowed: str = "", remedy: str = "", is_error: bool = True
    ) -> Problem:
        """A problem of the setting *name*; *read* is HIDDEN for a secret."""
        origin = self.origins.get(name)
        return Problem(
            name=origin.variable if origin else variable_of(name),
            origin=origin.source if origin else "default",
            message=message,
            severity="error" if is_error else "warning",
            read=str(read),
            allowed=allowed,
            remedy=remedy,
        )


Look = Callable[[Context], list[Problem]]


NOT_AT_START = "not at start"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, what it looks at, and after how many seconds it is given up.

    `touches` says that it leaves the settings and looks at folders, servers, the clock. `at_start` is
    how much its problems weigh then: a server that is merely away is no reason to refuse, missing tables are; or that
    it is left out then.
    """

    name: str
    look: Look
    seconds: float = 10.0
    touches: bool = True
    at_start: str = ""
    needs_django: bool = False
