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


def meanings(definition: Definition, given: Mapping[str, Any], at: datetime, zone: ZoneInfo) -> dict[str, str]:
    """What each parameter's value is at *at*: the days of a period, else the value or why it does not fit."""
    return {
        parameter.name: _meaning(_One([parameter], definition.locale, definition.calendar), parameter, given, at, zone)
        for parameter in definition.parameters
    }


def _meaning(one: _One, parameter: Parameter, given: Mapping[str, Any], at: datetime, zone: ZoneInfo) -> str:
    own = {parameter.name: given[parameter.name]} if parameter.name in given else {}
    try:
        value = resolve(one, own, at, zone).values[parameter.name]
    except ParameterError as error:
        return f"{error.message} {error.remedy}".strip()
    return _days(value) if isinstance(value, Period) else ""


def _days(period: Period) -> str:
    last = period.end - timedelta(days=1)
    first = f"{period.start:%a} {period.start.day} {period.start:%b %Y}"
    return first if last <= period.start else f"{first} to {last:%a} {last.day} {last:%b %Y}"  # both days are in it
