"""The filters of the audit page: those of the API under the same names."""

from __future__ import annotations

from typing import Any

from django import forms

from presstime.audit.actions import ACTIONS, kinds
from presstime.audit.searching import Filters
from presstime.web.listing import FilterForm, day, end_of, select, start_of


class AuditFilter(FilterForm):
    """Who, what, to which thing, when."""

    user = forms.CharField(
        label="Who",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"class": "form-control", "placeholder": "Name or id", "data-search": True, "autocomplete": "off"}
        ),
    )
    action = forms.ChoiceField(label="Action", required=False, widget=select())
    target = forms.CharField(
        label="What",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "Name or id", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = day("From")
        self.fields["to"] = day("To")
        field = self.fields["action"]
        assert isinstance(field, forms.ChoiceField)
        groups = [(f"{kind}.*", f"{kind.replace('_', ' ')}: everything") for kind in kinds()]
        field.choices = [("", "Any action"), *groups, *((name, name) for name in sorted(ACTIONS))]

    def narrowed(self) -> Filters:
        """What the list is narrowed to."""
        chosen = self.chosen
        return Filters(
            user=chosen.get("user"),
            action=chosen.get("action"),
            target=chosen.get("target"),
            since=start_of(chosen.get("from")),
            until=end_of(chosen.get("to")),
        )
