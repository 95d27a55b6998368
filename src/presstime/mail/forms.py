"""Forms of the e-mails' pages."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet

from presstime.mail import queries
from presstime.mail.models import Email
from presstime.mail.states import Priority, Status
from presstime.web.listing import FilterForm, choice
from presstime.web.vocabulary import sign


class EmailFilter(FilterForm):
    """Which e-mails a list shows."""

    to = forms.CharField(
        label="Recipient",
        required=False,
        max_length=320,
        widget=forms.TextInput(
            attrs={"class": "form-control", "placeholder": "Address or part of it", "data-search": True}
        ),
    )
    status = choice("Status", [(status.value, sign("email", status.value).word) for status in Status], "Any status")
    priority = choice("Priority", [(rank.value, rank.value.capitalize()) for rank in Priority], "Any priority")

    def rows(self) -> QuerySet[Email]:
        """The e-mails that are let through, newest first."""
        chosen = self.chosen
        return queries.list_emails(
            to=chosen.get("to", ""),
            status=Status(chosen["status"]) if "status" in chosen else None,
            priority=Priority(chosen["priority"]) if "priority" in chosen else None,
        )
