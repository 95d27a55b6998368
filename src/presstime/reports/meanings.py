"""What the parameters of an unsaved text mean at a moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.calendars import Calendar
from pressroom.definition import Definition
from pressroom.errors import ParameterError
from pressroom.parameters import Parameter, resolve
from pressroom.periods import Period


@dataclass(frozen=True, slots=True)
class _One:
    """A report with one parameter, as `resolve` wants it."""

    parameters: list[Parameter]
    locale: str
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Meaning:
    """The days of a period, or why a value does not fit; nothing of other values."""

    text: str = ""
    is_wrong: bool = False


def meanings(definition: Definition, given: Mapping[str, Any], at: datetime, zone: ZoneInfo) -> dict[str, Meaning]:
    """What each parameter's value means at *at*."""
    return {
        parameter.name: _meaning(_One([parameter], definition.locale, definition.calendar), parameter, given, at, zone)
        for parameter in definition.parameters
    }


def _meaning(one: _One, parameter: Parameter, given: Mapping[str, Any], at: datetime, zone: ZoneInfo) -> Meaning:
    own = {parameter.name: given[parameter.name]} if parameter.name in given else {}
    try:
        value = resolve(one, own, at, zone).values[parameter.name]
    except ParameterError as error:
        return Meaning(f"{error.message} {error.remedy}".strip(), is_wrong=True)
    return Meaning(_days(value)) if isinstance(value, Period) else Meaning()


def _days(period: Period) -> str:
    last = period.end - timedelta(days=1)
    first = f"{period.start:%a} {period.start.day} {period.start:%b %Y}"
    return first if last <= period.start else f"{first} to {last:%a} {last.day} {last:%b %Y}"  # both days are in it
