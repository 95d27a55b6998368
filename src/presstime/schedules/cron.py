"""Cron expressions: five fields, checked in words, described in a sentence. Pure; imports nothing of Django."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cron_descriptor import (  # type: ignore[import-untyped]  # it ships no types
    ExpressionDescriptor,
    FormatError,
    MissingFieldError,
    Options,
    WrongArgumentError,
)
from cronsim import CronSim, CronSimError

MAX_CHARACTERS = 200
KEPT = 1024  # expressions that are remembered: many schedules share a few
NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_TERM = re.compile(r"(?P<start>\*|[0-9A-Za-z]+)(?:-(?P<end>[0-9A-Za-z]+))?(?:/(?P<step>[0-9]+))?")
_SOME_MOMENT = datetime(2024, 1, 1, tzinfo=UTC)


class CronError(ValueError):
    """An expression that is not a schedule; `problems` names each wrong field, what was read and what is allowed."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    example: str = ""

    @property
    def allowed(self) -> str:
        named = f" or {self.names[0]}-{self.names[-1]}" if self.names else ""
        return f"{self.low}-{self.high}{named}"


_FIELDS = (
    _Field("minute", 0, 59, example="0, */15 or 5,35"),
    _Field("hour", 0, 23, example="7, 8-18 or */6"),
    _Field("day of the month", 1, 31, example="1, 1,15 or L for the last"),
    _Field("month", 1, 12, _MONTHS, example="*, 1,4,7,10 or JAN-MAR"),
    _Field("day of the week", 0, 7, _DAYS, example="1-5, MON,THU or FRI#1 for the first Friday"),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """A checked expression of five fields; `text` is as it was written, with single spaces."""

    text: str

    @property
    def parts(self) -> list[str]:
        return self.text.upper().split()

    @property
    def is_fixed(self) -> bool:
        """Whether it names its times of day; Debian's cron treats those apart when the clocks change."""
        minute, hour = self.parts[:2]
        return not minute.startswith("*") and not hour.startswith("*")

    @property
    def is_every_hour(self) -> bool:
        return self.parts[1] == "*"

    @property
    def is_either_day(self) -> bool:
        """Whether day of the month and day of the week are both restricted, so that either of them suffices."""
        return not self.parts[2].startswith("*") and not self.parts[4].startswith("*")

    @property
    def times_a_day(self) -> int:
        """How often it runs on a day on which it runs."""
        sim = _fields(self.text)
        return len(sim.minutes) * len(sim.hours)

    def matches(self, wall: datetime) -> bool:
        """Whether the fields hold for the clock and calendar of *wall*, whatever its zone."""
        sim = _fields(self.text)
        is_time = wall.minute in sim.minutes and wall.hour in sim.hours
        return is_time and wall.month in sim.months and bool(sim.match_day(wall.date()))

    def skipped_months(self) -> list[str]:
        """Months that are meant but have not the day, e.g. Feb, Apr, … for day 31."""
        named = [int(term) for term in self.parts[2].split(",") if term.isdecimal()]
        months = sorted(_fields(self.text).months)
        return [_MONTHS[month - 1].title() for month in months if max(named, default=0) > _LENGTHS[month - 1]]


@lru_cache(KEPT)
def _fields(text: str) -> CronSim:
    """The numbers that each field names; its own moments are not to be asked for."""
    return CronSim(text, _SOME_MOMENT)


@lru_cache(KEPT)
def parse(text: str) -> Cron:
    """*text* as a checked expression; CronError lists what is wrong with each of its fields."""
    parts = text.split()
    normal = " ".join(text.split())
    if len(text) > MAX_CHARACTERS:
        raise CronError(f"The expression has {len(text)} characters; at most {MAX_CHARACTERS} are allowed.")
    if normal.startswith("@"):
        raise CronError(_about_nickname(normal))
    if len(parts) != len(_FIELDS):
        raise CronError(_about_count(normal, len(parts)))
    problems = [problem for field, part in zip(_FIELDS, parts, strict=True) for problem in _check(field, part)]
    if problems:
        raise CronError(*problems)
    _check_fires(normal)
    return Cron(normal)


@lru_cache(KEPT)
def describe(cron: Cron) -> str:
    """A sentence such as "At 07:30, Monday through Friday"; the expression itself where there are no words for it."""
    options = Options(use_24hour_time_format=True, locale_code="en_US")
    try:
        return str(ExpressionDescriptor(cron.text, options).get_full_description())
    except (FormatError, MissingFieldError, WrongArgumentError):
        return cron.text


@lru_cache(KEPT)
def sentence(text: str) -> str:
    """As `describe`, for an expression that may be wrong; that one stands for itself."""
    try:
        return describe(parse(text))
    except CronError:
        return text


def _about_nickname(text: str) -> str:
    meant = NICKNAMES.get(text.lower())
    return f'"{text}" is not allowed here; write "{meant}".' if meant else f'"{text}" is not a cron expression.'


def _about_count(text: str, count: int) -> str:
    if not text:
        return 'A cron expression is missing; "30 7 * * 1-5" is 07:30 from Monday to Friday.'
    names = ", ".join(field.name for field in _FIELDS)
    return f'"{text}" has {count} {"field" if count == 1 else "fields"}; a schedule has five: {names}.'


def _check(field: _Field, part: str) -> list[str]:
    return [problem for term in part.split(",") if (problem := _check_term(field, term))]


def _check_term(field: _Field, term: str) -> str:
    """What is wrong with one term of *field*; empty when it is right."""
    if _is_special(field, term):
        return ""
    match = _TERM.fullmatch(term)
    if not match or (match["start"] == "*" and match["end"]):
        return f'{field.name} "{term}" cannot be read; allowed are {field.allowed}, such as {field.example}.'
    start, end, step = match["start"], match["end"], match["step"]
    for value in (start, end):
        if value not in (None, "*") and _number(field, value) is None:
            return f'{field.name} "{value}" is not in {field.allowed}.'
    if end is not None and _number(field, end) < _number(field, start):  # type: ignore[operator]
        return f'{field.name} "{term}" ends before it begins; {_unrolled(field, start, end)}.'
    if step is not None and not 1 <= int(step[:4]) <= field.high:
        return f'{field.name} "{term}": a step is 1 to {field.high}.'
    return ""


def _is_special(field: _Field, term: str) -> bool:
    """`L`, `LW` (last day, last weekday of the month), `5L` (last Friday) and `MON#2` (second Monday)."""
    if field.name == "day of the month":
        return term.upper() in ("L", "LW")
    if field.name != "day of the week":
        return False
    day, hash_sign, number = term.partition("#")
    if hash_sign:
        return _number(field, day) is not None and number in tuple("12345")
    return len(term) == 2 and term[1] in "lL" and _number(field, term[0]) is not None


def _number(field: _Field, text: str) -> int | None:
    """The value that *text* names in *field*; None when it is none of its values."""
    if text.upper() in field.names:
        return field.names.index(text.upper()) + field.low
    if not text.isascii() or not text.isdecimal() or len(text) > 4:
        return None
    return int(text) if field.low <= int(text) <= field.high else None


def _unrolled(field: _Field, start: str, end: str) -> str:
    if field.names == _DAYS and end.upper() in ("SUN", "0"):
        return f'write "{start}-7"'
    return f'write "{start}-{field.names[-1] if start.upper() in field.names else field.high},{field.low}-{end}"'


def _check_fires(text: str) -> None:
    """CronError for an expression that names no day there is, such as 30 February."""
    never = f'"{text}" never runs: no day of the calendar is in all of its fields.'
    try:
        next(CronSim(text, _SOME_MOMENT))
    except CronSimError as error:
        raise CronError(never) from error
    except StopIteration:
        raise CronError(never) from None
