"""Forms of the e-mails' pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from presstime.mail import queries
from presstime.mail.models import Email
from presstime.mail.states import QUEUED, Priority, Status
from presstime.web.listing import FilterForm, choice, day, end_of, start_of

WAITING, UNCERTAIN = "waiting", "uncertain"  # tabs that are no status of their own


class EmailFilter(FilterForm):
    """Which e-mails a list shows."""

    tabs = ("status",)

    to = forms.CharField(
        label="Recipient",
        required=False,
        max_length=320,
        widget=forms.TextInput(
            attrs={"class": "form-control", "placeholder": "Address or @domain", "data-search": True}
        ),
    )
    status = forms.ChoiceField(
        required=False,
        choices=[(value, value) for value in (*Status, WAITING, UNCERTAIN)],
        widget=forms.HiddenInput(),
    )
    priority = choice("Priority", [(rank.value, rank.value.capitalize()) for rank in Priority], "Any priority")
    code = forms.CharField(label="Code", required=False, max_length=40, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = day("Made from")
        self.fields["to_day"] = day("to")

    def rows(self) -> QuerySet[Email]:
        """The e-mails that are let through, newest first."""
        shown = self.every()
        match self.chosen.get("status"):
            case None:
                return shown
            case "waiting":
                return shown.filter(status__in=sorted(QUEUED))
            case "uncertain":
                return shown.filter(uncertain=True)
            case status:
                return shown.filter(status=status)

    def every(self) -> QuerySet[Email]:
        """The same, whatever tab is chosen."""
        chosen = self.chosen
        return queries.list_emails(
            to=chosen.get("to", ""),
            priority=Priority(chosen["priority"]) if "priority" in chosen else None,
            code=chosen.get("code"),
            created_from=start_of(chosen.get("from")),
            created_to=end_of(chosen.get("to_day")),
        )
