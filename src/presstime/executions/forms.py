"""Forms of the executions' pages."""

from __future__ import annotations

from typing import Any

from django import forms

from presstime.executions.queries import Filter
from presstime.executions.service import LONGEST_TIMEOUT
from presstime.executions.states import Category, Status, Trigger
from presstime.web.listing import FilterForm, choice, day, end_of, start_of
from presstime.web.vocabulary import sign


def words(kind: str, values: Any) -> list[tuple[str, str]]:
    """Each of *values* with its word."""
    return [(value.value, sign(kind, value.value).word) for value in values]


MOST_MINUTES = int(LONGEST_TIMEOUT.total_seconds()) // 60


class TimeLimitForm(forms.Form):
    """Another limit for one execution, in minutes."""

    minutes = forms.FloatField(
        label="Minutes",
        min_value=1 / 60,
        max_value=MOST_MINUTES,
        error_messages={
            "required": f"Give the limit in minutes, up to {MOST_MINUTES}.",
            "invalid": f"That is not a number of minutes up to {MOST_MINUTES}.",
            "min_value": "A limit is at least one second.",
            "max_value": f"A limit is at most {MOST_MINUTES} minutes, a day.",
        },
        widget=forms.NumberInput(attrs={"min": "0.02", "max": MOST_MINUTES, "step": "any", "inputmode": "decimal"}),
    )


class ExecutionFilter(FilterForm):
    """The filters of the API under the same names."""

    schedule = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "Name or id", "data-search": True}),
    )
    status = choice("Status", words("execution", Status), "Any status")
    error_category = choice("Error", words("category", Category), "Any error")
    trigger = choice("Trigger", words("trigger", Trigger), "Any trigger")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = day("From")
        self.fields["to"] = day("To")

    def narrowed(self) -> Filter:
        """What the list is narrowed to."""
        chosen = self.chosen
        return Filter(
            schedule=chosen.get("schedule"),
            status=[Status(chosen["status"])] if "status" in chosen else (),
            error_category=chosen.get("error_category"),
            trigger=Trigger(chosen["trigger"]) if "trigger" in chosen else None,
            since=start_of(chosen.get("from")),
            until=end_of(chosen.get("to")),
        )
