"""The drawn tree of what can go wrong between a report's text and its files.

    PressroomError
    ├── DefinitionError    the report file itself: file, line, remedy
    ├── ParameterError     a parameter's value does not fit its type
    ├── DataError          the query or the layout does not fit the data
    │   └── LayoutError    a block names a column or a query that is not there
    ├── SourceError        the data source
    │   ├── SourceUnreachable   network: refused, reset, DNS, TLS, time-out of the connection
    │   └── SourceMisconfigured wrong password, unknown source, missing file, missing driver
    └── RenderError        a writer could not make its file

Every message is written for the author of the report; `code` is for programs and never changes its meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a report file: the file's name as its author knows it and a line counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    message: str
    remedy: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message}" + (f" {self.remedy}" if self.remedy else "")


class PressroomError(Exception):
    """Something that the author, the parameters, the data or the source made impossible.

    `message` is one sentence; `remedy` says how to mend it; `place` is the line in the report file, if there is one.
    """

    code = "report_error"
    source = ""  # the name of the source whose query failed, where there was one
    # What the database says of the place in its query: a line from 1, or else the word that it took offence at.
    query_line: int | None = None
    query_word = ""

    def __init__(self, message: str, *, remedy: str = "", place: Place | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.place = place
        if code is not None:
            self.code = code

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, each with its remedy and its place."""
        return (Problem(self.message, self.remedy, self.place),)

    def __str__(self) -> str:
        return str(self.problems[0])

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross the process boundary of an execution: keyword-only arguments do not survive the default pickling.
        return _rebuild, (type(self), self.message, self.remedy, self.place, self.code)


def _rebuild(kind: type[PressroomError], message: str, remedy: str, place: Place | None, code: str) -> PressroomError:
    return kind(message, remedy=remedy, place=place, code=code)


class SeveralError(PressroomError):
    """One or several things that are wrong: `problems` has everything that was found, so that it is mended in one go."""

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        place: Place | None = None,
        code: str | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message, remedy=remedy, place=place, code=code)
        self._several = tuple(problems) if len(problems) > 1 else ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._several or super().problems

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Self:
        """The error that stands for all *problems* (at least one)."""
        first = problems[0]
        return cls(first.message, remedy=first.remedy, place=first.place, problems=problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_several, (type(self), self.problems, self.code)


def _rebuild_several(kind: type[SeveralError], problems: Sequence[Problem], code: str) -> SeveralError:
    error = kind.of(problems)
    error.code = code
    return error


class DefinitionError(SeveralError):
    """The report file is not a report: unknown key, broken YAML, unknown block, missing title.

    Its problems are in the order of the file.
    """

    code = "definition"


class ParameterError(SeveralError):
    """A parameter is missing, unknown, or its value is not of its type; `code` is `parameter`."""

    code = "parameter"


class DataError(PressroomError):
    """The query was refused or its result does not fit: `sql_syntax`, `missing_table`, `missing_column`, `conversion`."""

    code = "data"


class LayoutError(DataError):
    """A block of the layout names a query or a column that the data do not have."""

    code = "missing_column"


class SourceError(PressroomError):
    """The data source failed."""

    code = "source"


class SourceUnreachable(SourceError):  # noqa: N818 - reads as a state, which is what a caller asks about
    """No connection: `connection_refused`, `connection_reset`, `dns`, `tls`, `connection_timeout`."""

    code = "connection_refused"


class SourceMisconfigured(SourceError):  # noqa: N818 - as above
    """A connection that cannot succeed as configured: `auth`, `unknown_source`, `missing_file`, `bad_url`, `missing_driver`."""

    code = "bad_url"


class RenderError(PressroomError):
    """A writer could not make its file."""

    code = "render"
