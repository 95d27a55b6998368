"""Pages of reports: the list, one report, its text and its revisions, and a look at what comes out."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pressroom.writers import FORMATS
from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import Conflict, Invalid
from presstime.executions import inquiry, preview
from presstime.reports import definitions, queries, service
from presstime.reports.changes import difference
from presstime.reports.forms import START, ParameterForm, ReportForm
from presstime.reports.models import Report
from presstime.reports.problems import Wrong, wrong_lines
from presstime.web.filling import put_problems
from presstime.web.listing import FilterForm, listing
from presstime.web.security import quarantined
from presstime.web.toasts import toast

REVISIONS_SHOWN = 10
# Up to 2 MB each, and a list shows none of it.
TEXT = "current__definition"


@require_safe
@requires(Right.REPORTS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """All reports by name."""
    found = listing(request, FilterForm(request.GET), queries.list_reports().defer(TEXT), order="name")
    rows = [(report, queries.schedules_using(report)) for report in found.items]
    context = {"listing": found, "rows": rows, "may_write": _person(request).can(Right.REPORTS_WRITE)}
    return render(request, "reports/list.html", context)


@require_safe
@requires(Right.REPORTS_READ)
def show(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One report: its text, what it takes, who runs it, what it was."""
    report = queries.get_report(report_id)
    definition = service.definition_of(report)
    context = {
        "report": report,
        "definition": definition,
        "lines": service.text_of(report).splitlines(),
        "schedules": report.schedules.filter(deleted_at__isnull=True).order_by("name"),
        "revisions": queries.list_revisions(report)[:REVISIONS_SHOWN],
        "may_write": _person(request).can(Right.REPORTS_WRITE),
        "may_schedule": _person(request).can(Right.SCHEDULES_WRITE),
    }
    return render(request, "reports/show.html", context)


@require_safe
@requires(Right.REPORTS_READ)
def revision(request: HttpRequest, report_id: UUID, number: int) -> HttpResponse:
    """One revision, and how it differs from the one before."""
    report = queries.get_report(report_id)
    found = queries.get_revision(report, number)
    before = queries.get_revision(report, number - 1).definition if number > 1 else ""
    context = {"report": report, "revision": found, "changes": difference(before, found.definition)}
    return render(request, "reports/revision.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.REPORTS_WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Write a new report."""
    form = ReportForm(request.POST or None, initial={"definition": START})
    wrong: list[Wrong] = []
    if request.method == "POST" and form.is_valid():
        try:
            report = service.create(**form.cleaned_data, by=_person(request), now=clock.now())
        except Invalid as error:
            wrong = _put(form, error)
        else:
            toast(request, f"{report.name} is saved.")
            return redirect("reports:show", report.pk)
    return _form_page(request, form, wrong)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.REPORTS_WRITE)
def edit(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Change a report; another text is a new revision."""
    report = queries.get_report(report_id)
    form = ReportForm(request.POST or None, initial={"name": report.name, "definition": service.text_of(report)})
    wrong: list[Wrong] = []
    if request.method == "POST" and form.is_valid():
        try:
            service.change(report_id, **form.cleaned_data, by=_person(request), now=clock.now())
        except Invalid as error:
            wrong = _put(form, error)
        else:
            toast(request, f"{form.cleaned_data['name']} is saved.")
            return redirect("reports:show", report.pk)
    return _form_page(request, form, wrong, report)


@require_POST
@requires(Right.REPORTS_WRITE)
def delete(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Delete a report that no schedule runs."""
    report = queries.get_report(report_id)
    service.delete(report_id, clock.now())
    toast(request, f"The report {report.name} is deleted. Its past executions stay.")
    return redirect("reports:list")


@require_safe
@requires(Right.REPORTS_WRITE)
def look(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """A preview with parameters to choose."""
    report = queries.get_report(report_id)
    parameters = inquiry.parameters_with_choices(
        service.definition_of(report), service.text_of(report), file=f"{report.name}.md", at=clock.now()
    )
    form = ParameterForm(parameters, request.GET)
    context = {"report": report, "form": form, "formats": FORMATS, "query": request.GET.urlencode()}
    return render(request, "reports/preview.html", context)


@require_safe
@requires(Right.REPORTS_WRITE)
def page(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The preview itself, for a frame."""
    report = queries.get_report(report_id)
    form = ParameterForm(service.definition_of(report).parameters, request.GET)
    return _framed(service.text_of(report), report.name, form)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.REPORTS_WRITE)
def draft(request: HttpRequest) -> HttpResponse:
    """What the text of an unsaved form gives, for a frame; before that, how to get it."""
    if request.method != "POST":
        return quarantined(render_to_string("reports/refused.html", {"problems": []}))
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _refused(["The report needs a name and a text."])
    text = form.cleaned_data["definition"]
    try:
        parameters = definitions.read(text).parameters
    except Invalid as error:
        return _refused([problem.message for problem in error.problems])
    return _framed(text, form.cleaned_data["name"], ParameterForm(parameters))


@require_safe
@requires(Right.REPORTS_WRITE)
def file(request: HttpRequest, report_id: UUID, format_name: str) -> HttpResponseBase:
    """One format of the preview, to be saved."""
    report = queries.get_report(report_id)
    form = ParameterForm(service.definition_of(report).parameters, request.GET)
    made = preview.render(
        service.text_of(report),
        file=f"{report.name}.md",
        format_name=format_name,
        parameters=form.values(),
        at=clock.now(),
    )
    return preview.as_attachment(made)


def _framed(text: str, name: str, form: ParameterForm) -> HttpResponse:
    try:
        made = preview.render(text, file=f"{name}.md", format_name="html", parameters=form.values(), at=clock.now())
    except Invalid as error:
        return _refused([problem.message for problem in error.problems])
    except Conflict as error:
        return _refused([error.message])
    with made.content:
        return quarantined(made.content.read())


def _refused(problems: list[str]) -> HttpResponse:
    """The reasons, as a page that stands in the preview's frame."""
    return quarantined(render_to_string("reports/refused.html", {"problems": problems}))


def _put(form: ReportForm, error: Invalid) -> list[Wrong]:
    put_problems(form, error)
    return wrong_lines(form.cleaned_data.get("definition", form["definition"].value()), error)


def _form_page(
    request: HttpRequest, form: ReportForm, wrong: list[Wrong], report: Report | None = None
) -> HttpResponse:
    context = {"form": form, "wrong": wrong, "report": report}
    return render(request, "reports/form.html", context, status=422 if form.errors else 200)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
