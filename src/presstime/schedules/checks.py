"""What a person gives for a schedule, checked field by field: values ready to be saved, and every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from pressroom.wording import nearest, shown, suggest
from pressroom.writers import FORMATS
from presstime.base.errors import FieldProblem, Invalid
from presstime.base.moments import check_moment
from presstime.executions.files import published_folder
from presstime.schedules import cron, timezones
from presstime.schedules.recipients import check_address, check_recipients
from presstime.schedules.states import CatchUp, SendWhen

LONGEST_NAME = 200
LONGEST_OUTPUT_PATH = 500
SHORTEST_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS = 300, 7200
MOST_RETRIES = 10
LONGEST_RETENTION_DAYS = 3650
SHORTEST_AGE_SECONDS, LONGEST_AGE_SECONDS = 60, 31 * 86400
Problems = list[FieldProblem]


class Wrong(ValueError):  # noqa: N818 - reads as a state
    """A value that a field does not take; the message says what was read and what is allowed."""


class WrongItems(Wrong):
    """Items of a list that are not taken: pairs of the place in the list and the message."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What this installation allows, and what it fills in."""

    domains: Sequence[str]  # of recipients; empty allows all
    reports_path: Path


@dataclass(slots=True)
class Checked:
    """Values by field, as they are saved, and what is wrong with the others."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: Problems = field(default_factory=list)

    def take(self, name: str, read: Callable[[], Any]) -> None:
        """Keep what *read* gives as the field *name*, or note why it does not."""
        try:
            self.values[name] = read()
        except WrongItems as error:
            self.problems += [FieldProblem(f"{name}.{place}", message) for place, message in error.args]
        except Wrong as error:
            self.problems += [FieldProblem(name, str(part)) for part in error.args]
        except Invalid as error:
            self.problems += error.problems


def check_fields(given: Mapping[str, Any], limits: Limits) -> Checked:
    """Every field that can be judged by itself; an unknown one is refused by name."""
    checked = Checked()
    readers = _READERS | {
        "recipients": partial(check_recipients, domains=limits.domains),
        "reply_to": partial(_reply_to, domains=limits.domains),
        "output_path": partial(_output_path, reports=limits.reports_path),
    }
    for name, value in given.items():
        if name in readers:
            checked.take(name, partial(readers[name], value))
        elif name != "report":  # whoever asks looks that up
            checked.problems.append(FieldProblem(name, _unknown(name)))
    return checked


def check_order(starts_at: datetime | None, ends_at: datetime | None) -> Problems:
    """The start lies before the end."""
    if starts_at is None or ends_at is None or starts_at < ends_at:
        return []
    return [FieldProblem("ends_at", f"{ends_at.isoformat()} is not later than starts_at, {starts_at.isoformat()}.")]


# ---- one field each -------------------------------------------------------------------------------------------------


def _name(value: Any) -> str:
    text = _text(value).strip()
    if not text:
        raise Wrong("A schedule needs a name.")
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise Wrong(f"A name has at most {LONGEST_NAME} printable characters; this one has {len(text)}.")
    return text


def _cron(value: Any) -> str:
    try:
        return cron.parse(_text(value)).text
    except cron.CronError as error:
        raise Wrong(*error.problems) from None


def _timezone(value: Any) -> str:
    try:
        return timezones.canonical_zone(_text(value))
    except timezones.ZoneError as error:
        raise Wrong(str(error)) from None


def _enabled(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"{shown(value)} is not true or false.")
    return value


def _formats(value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or not value:
        raise Wrong(f"At least one format is needed: {', '.join(FORMATS)}.")
    wrong = [
        (place, f"There is no format {shown(name)}. {suggest(str(name), FORMATS)}")
        for place, name in enumerate(value)
        if name not in tuple(FORMATS)
    ]
    if wrong:
        raise WrongItems(*wrong)
    return list(dict.fromkeys(value))


def _parameters(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Wrong(f'{shown(value)} is not an object of names and values, such as {{"airport": "JFK"}}.')
    return {str(name): item for name, item in value.items()}


def _timeout_seconds(value: Any) -> int:
    return _whole(value, SHORTEST_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS, "seconds")


def _retries(value: Any) -> int | None:
    return None if value is None else _whole(value, 0, MOST_RETRIES, "retries")


def _retention_days(value: Any) -> int | None:
    return None if value is None else _whole(value, 1, LONGEST_RETENTION_DAYS, "days")


def _catch_up(value: Any) -> str:
    return _one_of(value, CatchUp)


def _catch_up_max_age_seconds(value: Any) -> int:
    return _whole(value, SHORTEST_AGE_SECONDS, LONGEST_AGE_SECONDS, "seconds")


def _send_when(value: Any) -> str:
    return _one_of(value, SendWhen)


def _moment(value: Any) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    except ValueError:
        raise Wrong(f"{shown(value)} is not a moment. Write it as 2026-11-24T09:00:00Z.") from None
    if wrong := check_moment(moment):
        raise Wrong(wrong)
    return moment


def _reply_to(value: Any, domains: Sequence[str]) -> str:
    if value is None or value == "":
        return ""
    try:
        return check_address(value, domains)
    except ValueError as error:
        raise Wrong(str(error)) from None


def _output_path(value: Any, reports: Path) -> str:
    text = _text(value or "").strip()
    if not text:
        return ""
    if len(text) > LONGEST_OUTPUT_PATH or not text.isprintable() or "\\" in text:
        raise Wrong(f"A path has at most {LONGEST_OUTPUT_PATH} printable characters and no backslash.")
    if ".." in Path(text).parts:
        raise Wrong(f'{shown(text)} has "..". Write a folder such as finance/monthly.')
    try:
        published_folder(text, reports)
    except (Invalid, OSError, RuntimeError):  # outside; too long for the disk; a link to itself
        raise Wrong(
            f'{shown(text)} does not lie in the folder "published" of the reports. Write a folder below it, such as '
            "finance/monthly."
        ) from None
    return text


_READERS: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "cron": _cron,
    "timezone": _timezone,
    "enabled": _enabled,
    "formats": _formats,
    "parameters": _parameters,
    "timeout_seconds": _timeout_seconds,
    "catch_up": _catch_up,
    "catch_up_max_age_seconds": _catch_up_max_age_seconds,
    "send_when": _send_when,
    "retries": _retries,
    "retention_days": _retention_days,
    "starts_at": _moment,
    "ends_at": _moment,
}


def field_names() -> list[str]:
    """Every field that a schedule has."""
    return sorted({*_READERS, "report", "recipients", "reply_to", "output_path"})


def _unknown(name: str) -> str:
    known = field_names()
    longer = [field for field in known if len(name) > 2 and field.startswith(f"{name}_")]
    close = longer[0] if longer else nearest(name, known)
    hint = f'Did you mean "{close}"?' if close else f"Known: {', '.join(known)}."
    return f'There is no field "{name}". {hint}'


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(f"{shown(value)} is not a text.")
    return value


def _whole(value: Any, low: int, high: int, unit: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Wrong(f"{shown(value)} is not a whole number of {unit} from {low} to {high}.")
    return value


def _one_of(value: Any, allowed: type[StrEnum]) -> str:
    names = [each.value for each in allowed]
    if value not in names:
        raise Wrong(f"{shown(value)} is not allowed. {suggest(str(value), names)}")
    return str(value)
