"""Who may see a report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from presstime.accounts import queries as accounts
from presstime.accounts.doors import requires
from presstime.accounts.models import Group, User
from presstime.accounts.rights import Right
from presstime.base.errors import Invalid
from presstime.reports import queries, service
from presstime.web.toasts import toast


class LimitForm(forms.Form):
    """Groups to choose from: all for those who see everything, else one's own and those that are set."""

    groups = forms.ModelMultipleChoiceField(
        queryset=Group.objects.none(),
        required=False,
        label="Only members of",
        help_text="Everybody sees it when none is chosen.",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, person: User, present: Iterable[Group], data: Any = None) -> None:
        super().__init__(data, initial={"groups": list(present)})
        groups = self.fields["groups"]
        assert isinstance(groups, forms.ModelMultipleChoiceField)
        mine = [*accounts.groups_of(person), *present]
        found = accounts.list_groups()
        groups.queryset = found if person.sees_everything else found.filter(pk__in=[group.pk for group in mine])

    @property
    def has_any(self) -> bool:
        groups = self.fields["groups"]
        assert isinstance(groups, forms.ModelMultipleChoiceField)
        return groups.queryset is not None and groups.queryset.exists()


@require_POST
@requires(Right.REPORTS_WRITE)
def limit(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Let only members of the chosen groups see a report."""
    assert isinstance(request.user, User)
    report = queries.get_report(report_id)
    form = LimitForm(request.user, report.groups.all(), request.POST)
    if not form.is_valid():
        raise Invalid.of("groups", "Choose groups of the list.")
    chosen = list(form.cleaned_data["groups"])
    service.limit(report_id, chosen, by=request.user)
    names = ", ".join(group.name for group in chosen)
    toast(request, f"Only members of {names} see {report.name}." if chosen else f"Everybody sees {report.name}.")
    return redirect("reports:show", report_id)
