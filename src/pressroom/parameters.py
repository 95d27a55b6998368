"""Parameters of a report: typed, checked against their choices, and evaluated at the planned instant.

Values come from a report's defaults, a schedule (JSON) or a command line (text); all end as the same Python values, which
the SQL binds. Decimals stay exact: no value goes through a float.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from pressroom import dates
from pressroom.calendars import Calendar
from pressroom.errors import ParameterError, Place, Problem
from pressroom.formats import format_value, kind_of, write_digits
from pressroom.locales import find_locale
from pressroom.periods import Period, a_year_before, previous, read_period
from pressroom.wording import LISTED_NAMES, shown, suggest

PERIOD_DAYS: Final = ("start", "end", "previous_start", "previous_end", "last_year_start", "last_year_end")
PERIOD_ENDS: Final = (*PERIOD_DAYS, *(f"{day}_at" for day in PERIOD_DAYS))


class Type(StrEnum):
    """What a parameter takes."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    LIST = "list"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class ChoicesQuery:
    """Choices that a query of the report gives: its columns of values and of their labels, "" for the first column."""

    query: str
    value: str = ""
    label: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as the report file declares it; `default` is as written, or None when a value must be given."""

    name: str
    type: Type
    default: Any = None
    choices: tuple[Any, ...] = ()
    choice_labels: Mapping[Any, str] = field(default_factory=dict)
    label: str = ""
    description: str = ""
    place: Place | None = None
    choices_query: ChoicesQuery | None = None  # `choices` are then those that it gave, none before it has run

    @property
    def is_required(self) -> bool:
        return self.default is None

    def bound_names(self) -> tuple[str, ...]:
        """The names that SQL may bind: `:period_start`, `:period_start_at` and others for a period, else the name itself."""
        if self.type is Type.PERIOD:
            return tuple(f"{self.name}_{end}" for end in PERIOD_ENDS)
        return (self.name,)


class Declares(Protocol):
    """What `resolve` needs of a definition."""

    @property
    def parameters(self) -> Sequence[Parameter]: ...

    @property
    def locale(self) -> str: ...

    @property
    def calendar(self) -> Calendar: ...


@dataclass(frozen=True, slots=True)
class View:
    """From where a value is seen: the planned day, the language and the calendar of the report."""

    today: date
    locale: str = "en"
    calendar: Calendar = field(default_factory=Calendar)


@dataclass(frozen=True, slots=True)
class ResolvedParameters:
    """The values of one run."""

    bindings: Mapping[str, Any]  # for SQL: str, int, Decimal, date, datetime, bool, list of str, None
    values: Mapping[str, Any]  # for templates: the same, and Period
    labels: Mapping[str, str]  # for readers, e.g. "July 2013"
    zone: ZoneInfo  # whose days they are

    def as_json(self) -> dict[str, Any]:
        """The values for a log or a file's metadata: texts, numbers, booleans, lists."""
        return {name: _plain(value) for name, value in self.values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Period):
        return {"start": value.start.isoformat(), "end": value.end.isoformat(), "label": value.label}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int | str | None) else str(value)


def resolve(definition: Declares, given: Mapping[str, Any], at: datetime, zone: ZoneInfo) -> ResolvedParameters:
    """The values for a run planned at the aware instant *at*, days being those of *zone*.

    ParameterError when *given* names unknown parameters, values do not fit, or parameters without a default are
    missing: it tells all of them.
    """
    view = View(at.astimezone(zone).date(), definition.locale, definition.calendar)
    names = [parameter.name for parameter in definition.parameters]
    problems = [
        Problem(f"The report has no parameter {shown(name)}.", suggest(name, names, what="Parameters"))
        for name in given
        if name not in names
    ]
    values: dict[str, Any] = {}
    for parameter in definition.parameters:
        try:
            values[parameter.name] = _value_of(parameter, given.get(parameter.name), view)
        except ParameterError as error:
            problems += error.problems
    if problems:
        raise ParameterError.of(problems)
    labels = {
        parameter.name: _label(parameter, values[parameter.name], definition.locale)
        for parameter in definition.parameters
    }
    return ResolvedParameters(bindings_of(values, definition.locale, zone), values, labels, zone)


def _value_of(parameter: Parameter, given: Any, view: View) -> Any:
    raw = parameter.default if given is None else given
    if raw is None:
        raise ParameterError(
            f"The parameter {parameter.name} has no value.",
            remedy=f"Give one ({describe_type(parameter)}) or write a `default`.",
            place=parameter.place,
        )
    # A value from outside is not mended in the report file, so its error does not point there.
    return convert(parameter if given is None else replace(parameter, place=None), raw, view)


def convert(parameter: Parameter, raw: Any, view: View) -> Any:
    """*raw* as the parameter's type; ParameterError naming the parameter, what was read and what is allowed."""
    try:
        value = _CONVERTERS[parameter.type](raw, view)
    except ValueError as error:
        detail = str(error) or f"Allowed: {describe_type(parameter)}."
        raise ParameterError(
            f"The parameter {parameter.name} is {shown(raw)}, which is not {_ARTICLES[parameter.type]}.",
            remedy=detail,
            place=parameter.place,
        ) from None
    _check_choices(parameter, value, view)
    return value


def describe_type(parameter: Parameter) -> str:
    """What a parameter takes, in the words of an error."""
    if parameter.choices:
        listed = ", ".join(str(choice) for choice in parameter.choices[:LISTED_NAMES])
        return f"one of {listed}" + (", …" if len(parameter.choices) > LISTED_NAMES else "")
    if parameter.choices_query:
        return f"one of those that the query {parameter.choices_query.query} gives"
    return _ALLOWED[parameter.type]


def _check_choices(parameter: Parameter, value: Any, view: View) -> None:
    if not parameter.choices or parameter.type is Type.PERIOD:
        return
    item_type = Type.TEXT if parameter.type is Type.LIST else parameter.type
    allowed = {_CONVERTERS[item_type](choice, view) for choice in parameter.choices}
    for item in value if isinstance(value, list) else [value]:
        if item not in allowed:
            raise ParameterError(
                f"The parameter {parameter.name} is {shown(item)}, which is not among its choices.",
                remedy=suggest(str(item), [str(choice) for choice in parameter.choices]),
                place=parameter.place,
            )


def bindings_of(values: Mapping[str, Any], locale: str, zone: ZoneInfo) -> dict[str, Any]:
    """What SQL binds for *values*: a period as its ends and those of the periods before it, as days and as instants."""
    bindings: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Period):
            ends = (value, _or_none(previous, value, locale), _or_none(a_year_before, value, locale))
            days = [day for period in ends for day in ((period.start, period.end) if period else (None, None))]
            moments = [*days, *(_begins(day, zone) for day in days)]
            bindings |= {f"{name}_{end}": moment for end, moment in zip(PERIOD_ENDS, moments, strict=True)}
        else:
            bindings[name] = value
    return bindings


def _begins(day: date | None, zone: ZoneInfo) -> datetime | None:
    """The instant at which *day* begins in *zone*, in UTC; where clocks skip midnight it is that of the change."""
    if day is None:
        return None
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        return None


def _or_none(find: Callable[[Period, str], Period], period: Period, locale: str) -> Period | None:
    """The period that *find* gives, None outside the calendar: SQL is then given NULL."""
    try:
        return find(period, locale)
    except (OverflowError, ValueError):
        return None


def _label(parameter: Parameter, value: Any, locale: str) -> str:
    if isinstance(value, list):
        return ", ".join(parameter.choice_labels.get(item, item) for item in value)
    if value in parameter.choice_labels:
        return parameter.choice_labels[value]
    if isinstance(value, date) and not isinstance(value, datetime):
        return find_locale(locale).date_text(value)
    if isinstance(value, Decimal):
        return write_digits(value, max(0, -int(value.as_tuple().exponent)), find_locale(locale), group=False)
    return format_value(value, kind_of(value), "", locale) if isinstance(value, bool) else str(value)


# ---- types ----------------------------------------------------------------------------------------------------------


def _text(raw: Any, _view: View) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        return str(raw)
    raise ValueError


def _number(raw: Any, _view: View) -> int | Decimal:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    text = raw.strip() if isinstance(raw, str) else repr(raw)
    if isinstance(raw, Decimal):
        text = str(raw)
    if re.fullmatch(r"[-+]?\d{1,100}", text):
        return int(text)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError from None
    if not value.is_finite() or abs(value.adjusted()) > 100 or "_" in text:
        raise ValueError
    return value


def _date(raw: Any, view: View) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    if not isinstance(raw, str):
        raise ValueError  # noqa: TRY004 - as for every other value that does not fit
    return dates.read_date(raw, view.today, view.calendar)


_WORDS: Final = {
    "true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip


def _boolean(raw: Any, _view: View) -> bool:
    word = str(raw).strip().lower()
    if isinstance(raw, bool | int | str) and word in _WORDS:
        return _WORDS[word]
    raise ValueError


def _list(raw: Any, view: View) -> list[str]:
    if isinstance(raw, str):
        raw = _json_list(raw) if raw.lstrip().startswith("[") else [part.strip() for part in raw.split(",")]
        raw = [item for item in raw if item != ""]
    if isinstance(raw, list | tuple):
        return [_text(item, view) for item in raw]
    raise ValueError


def _json_list(raw: str) -> Any:
    try:
        return json.loads(raw)
    except (json.JSONDecodeError, RecursionError):
        raise ValueError from None


def _period(raw: Any, view: View) -> Period:
    if isinstance(raw, str | int | date) and not isinstance(raw, bool):
        return read_period(str(raw), view.today, view.locale, view.calendar)
    raise ValueError


_CONVERTERS: Final[dict[Type, Callable[[Any, View], Any]]] = {
    Type.TEXT: _text, Type.NUMBER: _number, Type.DATE: _date, Type.BOOLEAN: _boolean, Type.CHOICE: _text,
    Type.LIST: _list, Type.PERIOD: _period,
}  # fmt: skip
_ARTICLES: Final = {
    Type.TEXT: "a text", Type.NUMBER: "a number", Type.DATE: "a date", Type.BOOLEAN: "true or false",
    Type.CHOICE: "one of its choices", Type.LIST: "a list", Type.PERIOD: "a period",
}  # fmt: skip
_ALLOWED: Final = {
    Type.TEXT: "a text",
    Type.NUMBER: "a number such as 12, -3.5 or 1e6",
    Type.DATE: dates.ALLOWED,
    Type.BOOLEAN: "true, false, yes, no, on, off, 1, 0",
    Type.CHOICE: "one of its choices",
    Type.LIST: "a list of texts, or a text with commas between",
    Type.PERIOD: (
        "a period such as last month, month to date, last 7 days, same month last year, 2013-07 or 2013-07-01..2013-07-31"
    ),
}
