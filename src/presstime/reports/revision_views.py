"""Pages of a report's revisions: who saved what and when, how two of them differ, and back to an old one."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.reports import queries, service
from presstime.reports.changes import counted, rows
from presstime.reports.models import Report, Revision
from presstime.web.listing import FilterForm, listing
from presstime.web.toasts import toast


class CompareForm(forms.Form):
    """Which two revisions are compared, and how they stand on the page."""

    use_required_attribute = False
    before = forms.IntegerField(min_value=1)
    after = forms.IntegerField(min_value=1)
    view = forms.ChoiceField(required=False, choices=[("unified", "One below the other"), ("side", "Side by side")])


@require_safe
@requires(Right.REPORTS_READ)
def index(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """All revisions, newest first; any two can be chosen."""
    report = queries.get_report(report_id)
    found = listing(
        request, FilterForm(request.GET), queries.list_revisions(report).defer("definition"), order="-number"
    )
    context = {"report": report, "listing": found, "may_write": _person(request).can(Right.REPORTS_WRITE)}
    return render(request, "reports/revisions.html", context)


@require_safe
@requires(Right.REPORTS_READ)
def show(request: HttpRequest, report_id: UUID, number: int) -> HttpResponse:
    """One revision: how it differs from the one before, and its text."""
    report = queries.get_report(report_id)
    found = queries.get_revision(report, number)
    before = queries.get_revision(report, number - 1) if number > 1 else None
    return _page(request, report, before, found)


@require_safe
@requires(Right.REPORTS_READ)
def compare(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Any two revisions; the older one stands first, whichever was chosen first."""
    report = queries.get_report(report_id)
    form = CompareForm(request.GET)
    if not form.is_valid():
        return redirect("reports:revisions", report.pk)
    first, last = sorted((form.cleaned_data["before"], form.cleaned_data["after"]))
    return _page(request, report, queries.get_revision(report, first), queries.get_revision(report, last))


@require_POST
@requires(Right.REPORTS_WRITE)
def restore(request: HttpRequest, report_id: UUID, number: int) -> HttpResponse:
    """Make an old text the present one, as a new revision."""
    report = service.restore(report_id, number, by=_person(request), now=clock.now())
    assert report.current is not None
    toast(request, f"The text of revision {number} is the present one again, as revision {report.current.number}.")
    return redirect("reports:revisions", report.pk)


def _page(request: HttpRequest, report: Report, before: Revision | None, after: Revision) -> HttpResponse:
    old = before.definition if before else ""
    context = {
        "report": report,
        "before": before,
        "revision": after,
        "rows": rows(old, after.definition),
        "counted": counted(old, after.definition),
        "side": request.GET.get("view") == "side",
        "lines": after.definition.splitlines(),
        "may_write": _person(request).can(Right.REPORTS_WRITE),
        "is_present": report.current is not None and report.current.sha256 == after.sha256,
    }
    return render(request, "reports/revision.html", context)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
