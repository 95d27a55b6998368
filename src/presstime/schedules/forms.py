"""Forms of the schedules' pages. They only turn what was typed into a request; the service judges it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from presstime.base.errors import FieldProblem, Invalid
from presstime.reports.forms import ParameterForm
from presstime.schedules import queries
from presstime.schedules.checks import (
    LONGEST_AGE_SECONDS,
    LONGEST_NAME,
    LONGEST_OUTPUT_PATH,
    LONGEST_RETENTION_DAYS,
    LONGEST_TIMEOUT_SECONDS,
    MOST_RETRIES,
    SHORTEST_AGE_SECONDS,
    SHORTEST_TIMEOUT_SECONDS,
)
from presstime.schedules.models import Schedule
from presstime.schedules.recipients import ROLES
from presstime.schedules.states import CatchUp, SendWhen
from presstime.schedules.timezones import ZoneError, canonical_zone
from presstime.web.filling import put_problems
from presstime.web.listing import FilterForm, choice
from presstime.web.vocabulary import VOCABULARY

CATCH_UP = [
    (CatchUp.LATEST.value, "run the latest one once"),
    (CatchUp.SKIP.value, "leave them out"),
    (CatchUp.ALL.value, "run all of them"),
]
SEND_WHEN = [(SendWhen.ALWAYS.value, "always"), (SendWhen.ROWS.value, "only when there are rows")]
FORMATS = [(name, sign.word) for name, sign in VOCABULARY["format"].items()]
# The beginning of a problem's path, and the field that it is shown at.
FIELDS = {
    "recipients": "to",
    "timeout_seconds": "timeout_minutes",
    "catch_up_max_age_seconds": "catch_up_hours",
} | {f"recipients.{role}": role for role in ROLES}
_BETWEEN = re.compile(r"[,;\s]+")
_LOCAL = "%Y-%m-%dT%H:%M"


def _people(label: str, rows: int) -> forms.CharField:
    hint = "Addresses with commas, spaces or line breaks between them" if label == "To" else ""
    return forms.CharField(label=label, required=False, help_text=hint, widget=forms.Textarea(attrs={"rows": rows}))


def _moment(label: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL)
    return forms.DateTimeField(label=label, required=False, input_formats=[_LOCAL, f"{_LOCAL}:%S"], widget=widget)


def _between(low: int, high: int) -> Callable[[float], None]:
    def check(minutes: float) -> None:
        if not low <= minutes <= high:
            raise ValidationError(f"{minutes:g} minutes are not between {low} and {high}.")

    return check


def _age(hours: float) -> None:
    if not SHORTEST_AGE_SECONDS <= hours * 3600 <= LONGEST_AGE_SECONDS:
        raise ValidationError(f"{hours:g} hours are not between a minute and {LONGEST_AGE_SECONDS // 3600} hours.")


class ScheduleForm(forms.Form):
    """A schedule as a person writes it: minutes, addresses as text, moments on the schedule's clock."""

    name = forms.CharField(max_length=LONGEST_NAME, error_messages={"required": "A schedule needs a name."})
    report = forms.ChoiceField(error_messages={"required": "Choose the report that is to be run."})
    cron = forms.CharField(
        label="Cron expression",
        help_text="minute, hour, day of the month, month, day of the week",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
    )
    timezone = forms.CharField(
        label="Time zone",
        help_text="An IANA name such as Europe/Berlin",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    enabled = forms.BooleanField(label="Switched on", required=False)
    to = _people("To", 3)
    cc = _people("Cc", 1)
    bcc = _people("Bcc", 1)
    reply_to = forms.CharField(
        label="Answers go to",
        required=False,
        max_length=320,
        help_text="One address; empty for the sender of all mail",
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off", "spellcheck": "false"}),
    )
    formats = forms.MultipleChoiceField(choices=FORMATS, required=False, widget=forms.CheckboxSelectMultiple)
    send_when = forms.ChoiceField(label="Send the mail", choices=SEND_WHEN)
    timeout_minutes = forms.FloatField(
        label="Time limit in minutes",
        help_text="5 to 120. An execution is stopped when it has taken that long.",
        validators=[_between(SHORTEST_TIMEOUT_SECONDS // 60, LONGEST_TIMEOUT_SECONDS // 60)],
        widget=forms.NumberInput(attrs={"min": 5, "max": 120, "step": "any", "inputmode": "decimal"}),
    )
    retries = forms.IntegerField(
        required=False,
        help_text=f"0 to {MOST_RETRIES} after a failure that may pass; empty leaves it to the kind of failure.",
        widget=forms.NumberInput(attrs={"min": 0, "max": MOST_RETRIES}),
    )
    retention_days = forms.IntegerField(
        label="Days that files are kept",
        required=False,
        help_text=f"1 to {LONGEST_RETENTION_DAYS}; empty leaves it to the installation.",
        widget=forms.NumberInput(attrs={"min": 1, "max": LONGEST_RETENTION_DAYS}),
    )
    catch_up = forms.ChoiceField(label="Runs that were missed while Presstime was down", choices=CATCH_UP)
    catch_up_hours = forms.FloatField(
        label="But none older than, in hours",
        help_text="Up to 744, which is 31 days; 24 by default",
        initial=24,
        validators=[_age],
        widget=forms.NumberInput(attrs={"min": "0.02", "max": 744, "step": "any", "inputmode": "decimal"}),
        required=False,
    )
    output_path = forms.CharField(
        label="Also copy the files to",
        required=False,
        max_length=LONGEST_OUTPUT_PATH,
        help_text='A folder below "published" in the reports folder, such as finance/monthly',
    )
    starts_at = _moment("Not before")
    ends_at = _moment("Not after")

    def __init__(self, *args: Any, reports: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["report"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose a report"), *reports]

    def given(self, parameters: ParameterForm | None) -> dict[str, Any]:
        """What the service takes; fields that could not be read are left out and have their problem already."""
        self.is_valid()
        data = self.cleaned_data
        names = ("name", "report", "cron", "timezone", "enabled", "formats", "send_when", "catch_up", "output_path")
        given = {name: data[name] for name in (*names, "reply_to") if name in data}
        given["recipients"] = {role: _addresses(data.get(role, "")) for role in ROLES}
        given["parameters"] = parameters.values() if parameters else {}
        if "timeout_minutes" in data:
            given["timeout_seconds"] = round(data["timeout_minutes"] * 60)
        if data.get("catch_up_hours") is not None:
            given["catch_up_max_age_seconds"] = round(data["catch_up_hours"] * 3600)
        given |= {name: data[name] for name in ("retries", "retention_days") if name in data}
        zone = _zone(data.get("timezone", ""))
        given |= {name: _at(data[name], zone) for name in ("starts_at", "ends_at") if name in data}
        return given

    def put(self, problems: list[FieldProblem], parameters: ParameterForm | None) -> None:
        """Show each problem at the field that it is about."""
        known = set(self.errors)
        own = [each for each in problems if not each.field.startswith("parameters.")]
        put_problems(self, Invalid(each for each in own if FIELDS.get(each.field, each.field) not in known), FIELDS)
        of_parameters = [
            FieldProblem(each.field.removeprefix("parameters."), each.message)
            for each in problems
            if each.field.startswith("parameters.")
        ]
        put_problems(parameters or self, Invalid(of_parameters))


_AS_THEY_ARE = (
    "name",
    "cron",
    "timezone",
    "enabled",
    "formats",
    "send_when",
    "catch_up",
    "output_path",
    "retries",
    "retention_days",
    "reply_to",
)


def initial_of(schedule: Schedule) -> dict[str, Any]:
    """What the form shows of a saved schedule."""
    zone = ZoneInfo(schedule.timezone)
    shown = {name: getattr(schedule, name) for name in _AS_THEY_ARE}
    shown |= {role: "\n".join(schedule.recipients.get(role, [])) for role in ROLES}
    shown |= {"report": str(schedule.report_id), "timeout_minutes": f"{schedule.timeout_seconds / 60:.6g}"}
    shown["catch_up_hours"] = f"{schedule.catch_up_max_age_seconds / 3600:.6g}"
    moments = {"starts_at": schedule.starts_at, "ends_at": schedule.ends_at}
    return shown | {name: at.astimezone(zone).replace(tzinfo=None) for name, at in moments.items() if at}


def _addresses(text: str) -> list[str]:
    """The addresses in *text*; one in the form `Name <address>` needs a line of its own."""
    found: list[str] = []
    for line in text.splitlines():
        found += [line.strip()] if "<" in line else [part for part in _BETWEEN.split(line) if part]
    return found


def _zone(name: str) -> ZoneInfo:
    """The zone in which moments were typed; a wrong name is a problem of its own field."""
    try:
        return ZoneInfo(canonical_zone(name))
    except ZoneError:
        return ZoneInfo("UTC")


def _at(value: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if value is None else value.replace(tzinfo=zone)


class ScheduleFilter(FilterForm):
    """Which schedules a list shows."""

    name = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        widget=forms.TextInput(
            attrs={"class": "form-control", "placeholder": "Name or part of it", "data-search": True}
        ),
    )
    state = choice("State", [("on", "On"), ("off", "Off")], "On or off")
    owner = choice("Owner", [("me", "Mine")], "Anybody")

    def rows(self, person: UUID) -> QuerySet[Schedule]:
        """The schedules that are let through, by name."""
        chosen: Mapping[str, str] = self.chosen
        return queries.list_schedules(
            enabled={"on": True, "off": False}.get(chosen.get("state", "")),
            owner=person if chosen.get("owner") == "me" else None,
            part_of_name=chosen.get("name", ""),
        )
