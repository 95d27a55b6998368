"""Forms of the dead letters' pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms

from presstime.base import clock
from presstime.deadletters import queries
from presstime.deadletters.queries import MATRIX, Filter
from presstime.deadletters.service import LATEST_START, NOTE_LENGTH
from presstime.deadletters.states import Status
from presstime.executions.states import Category
from presstime.web.listing import FilterForm, choice, day, end_of, select, start_of
from presstime.web.vocabulary import sign

EVERY = "all"
SPANS = {key: span for key, _, span in MATRIX}


class DeadLetterFilter(FilterForm):
    """The filters of the API under the same names, and how long ago; without a status the open ones are shown."""

    tabs = ("status",)

    text = forms.CharField(
        label="Search",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"class": "form-control", "placeholder": "Report, error or id", "data-search": True}
        ),
    )
    status = forms.ChoiceField(
        required=False, choices=[(value, value) for value in (*Status, EVERY)], widget=forms.HiddenInput()
    )
    error_category = choice(
        "Error", [(each.value, sign("category", each.value).word) for each in Category], "Any error"
    )
    error_code = forms.ChoiceField(label="Code", required=False, widget=select())
    schedule = forms.ChoiceField(label="Schedule", required=False, widget=select())
    within = choice("Gave up in the", [(key, word) for key, word, _ in MATRIX], "Any time")
    fingerprint = forms.RegexField("[0-9a-f]{16}", label="Alike", required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = day("From")
        self.fields["to"] = day("To")
        codes = [(code, f"{code} ({count})") for code, count in queries.codes()]
        self._choose("error_code", codes, "Any code")
        self._choose("schedule", [(name, name) for name in queries.schedule_names()], "Any schedule")

    def _choose(self, name: str, values: list[tuple[str, str]], anything: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", anything), *values]

    @property
    def status_shown(self) -> str:
        """The tab: a status, or all."""
        return str(self.chosen.get("status", Status.OPEN))

    def narrowed(self) -> Filter:
        """What the list is narrowed to."""
        chosen = self.chosen
        shown = self.status_shown
        return Filter(
            schedule=chosen.get("schedule"),
            status=None if shown == EVERY else Status(shown),
            error_category=Category(chosen["error_category"]) if "error_category" in chosen else None,
            error_code=chosen.get("error_code"),
            fingerprint=chosen.get("fingerprint"),
            text=chosen.get("text"),
            since=self._since(chosen),
            until=end_of(chosen.get("to")),
        )

    def _since(self, chosen: dict[str, Any]) -> datetime | None:
        starts = [start_of(chosen.get("from"))]
        if "within" in chosen:
            starts.append(clock.now() - SPANS[chosen["within"]])
        return max((start for start in starts if start is not None), default=None)


class RetryForm(forms.Form):
    """When, and with which limit; empty means at once and with the limit of then."""

    use_required_attribute = False

    minutes = forms.IntegerField(
        label="Time limit in minutes", required=False, min_value=1, max_value=24 * 60, widget=forms.NumberInput()
    )
    delay_minutes = forms.IntegerField(
        label="Start in minutes",
        required=False,
        min_value=0,
        max_value=int(LATEST_START / timedelta(minutes=1)),
        widget=forms.NumberInput(),
    )

    def timeout_seconds(self) -> int | None:
        minutes = self.cleaned_data["minutes"]
        return None if minutes is None else int(minutes) * 60

    def at(self, now: datetime) -> datetime | None:
        delay = self.cleaned_data["delay_minutes"]
        return now + timedelta(minutes=delay) if delay else None


class ResolveForm(forms.Form):
    """A note for those who come later."""

    note = forms.CharField(
        label="What was done about it",
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )
