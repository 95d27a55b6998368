"""The forms of the page Storage."""

from __future__ import annotations

from typing import Any

from django import forms

from presstime.disk.service import Chosen
from presstime.disk.states import Action

GB = 10**9


class ThresholdForm(forms.Form):
    """The two thresholds in gigabytes, as people think of disks; an empty field gives one back to the settings."""

    use_required_attribute = False
    warning_gb = forms.FloatField(
        label="Warning below, in GB",
        required=False,
        min_value=0,
        widget=forms.NumberInput(attrs={"step": "any", "min": 0, "inputmode": "decimal"}),
    )
    critical_gb = forms.FloatField(
        label="No execution starts below, in GB",
        required=False,
        min_value=0,
        help_text="Empty: as the settings say.",
        widget=forms.NumberInput(attrs={"step": "any", "min": 0, "inputmode": "decimal"}),
    )

    def given(self) -> dict[str, int | None]:
        """The thresholds by their names in the service, in bytes."""
        values = {"warning_bytes": self.cleaned_data["warning_gb"], "critical_bytes": self.cleaned_data["critical_gb"]}
        return {name: None if value is None else round(value * GB) for name, value in values.items()}


def initial_of(chosen: Chosen) -> dict[str, Any]:
    """What the form shows: only what administrators have stored."""
    if chosen.stored is None:
        return {}
    values = {"warning_gb": chosen.stored.warning_bytes, "critical_gb": chosen.stored.critical_bytes}
    return {name: f"{value / GB:.9g}" for name, value in values.items() if value is not None}


class CleanupForm(forms.Form):
    """What is to be removed."""

    actions = forms.MultipleChoiceField(
        choices=[(action.value, action.value) for action in Action],
        error_messages={"required": "Nothing was chosen. Tick what is to be removed."},
    )

    def chosen(self) -> list[Action]:
        return [Action(value) for value in self.cleaned_data["actions"]]
