"""The drawn tree of refusals that services raise and faces (API, pages, commands) present.

    PresstimeError
    ├── Invalid      bad input; names every field             (API 422)
    ├── NotFound     no such object, or not for this person   (API 404)
    ├── Forbidden    known person without the right           (API 403)
    ├── Conflict     the object's state forbids it            (API 409)
    └── ConfigurationError   settings that cannot work        (refused at start)

None of them knows HTTP: the faces translate. A command that meets one says it and ends with 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field: `field` is a dotted path (`recipients.to.0`), `message` says what was read and how to mend it."""

    field: str
    message: str


class PresstimeError(Exception):
    """A request that cannot be granted, said in one sentence for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(PresstimeError):  # noqa: N818 - reads as a state
    """Input with at least one problem, all of them listed at once."""

    def __init__(self, problems: Iterable[FieldProblem], message: str = "The input has errors.") -> None:
        self.problems = list(problems)
        super().__init__(message)

    @classmethod
    def of(cls, field: str, message: str) -> Invalid:
        """An error of a single field."""
        return cls([FieldProblem(field, message)])

    def __str__(self) -> str:
        return "\n".join(f"{problem.field}: {problem.message}" for problem in self.problems) or self.message


class NotFound(PresstimeError):  # noqa: N818
    """There is no such object, or it is not for this person to know."""

    @classmethod
    def of(cls, what: str, reference: object) -> NotFound:
        """`No schedule "daily".`"""
        return cls(f'There is no {what} "{reference}".')


class Forbidden(PresstimeError):  # noqa: N818
    """The person is known and lacks the right."""


class Conflict(PresstimeError):  # noqa: N818
    """The state of the object forbids it now; `actual` carries the real count where a bulk request expected another."""

    def __init__(self, message: str, *, actual: int | None = None) -> None:
        super().__init__(message)
        self.actual = actual


class ConfigurationError(PresstimeError):
    """Settings with which the server cannot start; the message lists every problem."""
