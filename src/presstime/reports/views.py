"""Pages of reports: the list, one report, its text and its revisions, and a look at what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pressroom.definition import MAX_DEFINITION_BYTES
from pressroom.names import slug
from pressroom.writers import FORMATS
from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import Conflict, Invalid
from presstime.executions import inquiry, preview
from presstime.reports import definitions, queries, service
from presstime.reports.changes import rows
from presstime.reports.editor import VIEWS, editor_facts
from presstime.reports.forms import ParameterForm, ReportForm, StartForm
from presstime.reports.limit_views import LimitForm
from presstime.reports.models import Report
from presstime.reports.problems import Wrong, wrong_lines
from presstime.sources import queries as source_queries
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
    shown = [(report, queries.schedules_using(report)) for report in found.items]
    context = {"listing": found, "rows": shown, "may_write": _person(request).can(Right.REPORTS_WRITE)}
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
        "groups": report.groups.all(),
        "limits": LimitForm(_person(request), report.groups.all()),
        "open_sources": queries.limited_sources(report) if not report.groups.exists() else [],
    }
    return render(request, "reports/show.html", context)


@require_safe
@requires(Right.REPORTS_READ)
def text(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The report file, to be saved."""
    report = queries.get_report(report_id)
    response = HttpResponse(service.text_of(report), content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{slug(report.name)}.md")
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.REPORTS_WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Write a new report, beginning with a template, another report or a file."""
    if "upload" in request.FILES:
        return _form_page(request, ReportForm(initial=_uploaded(request)), [])
    if request.method != "POST":
        preview.warm_up()
    form = ReportForm(request.POST or None, initial=_start(request))
    wrong: list[Wrong] = []
    if request.method == "POST" and form.is_valid():
        try:
            report = service.create(**form.given(), by=_person(request), now=clock.now())
        except Invalid as error:
            wrong = _put(form, error)
        else:
            toast(request, f"{report.name} is saved.")
            return redirect("reports:edit", report.pk)
    return _form_page(request, form, wrong)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.REPORTS_WRITE)
def edit(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Change a report; another text is a new revision. The editor saves without leaving the page and reads JSON."""
    report = queries.get_report(report_id)
    form = ReportForm(request.POST or None, initial=_present(report))
    if request.method != "POST":
        preview.warm_up()
        return _form_page(request, form, [], report)
    saved = _save(request, report, form)
    if request.accepts("text/html"):
        return _page_of(request, report, form, saved)
    return _json_of(form, saved)


class Saved(NamedTuple):
    """How saving went: the report, or what is wrong with the text, or who was faster."""

    report: Report | None
    wrong: list[Wrong]
    superseded: service.Superseded | None = None


def _save(request: HttpRequest, report: Report, form: ReportForm) -> Saved:
    if not form.is_valid():
        return Saved(None, [])
    revision = form.cleaned_data["revision"]
    try:
        now = clock.now()
        return Saved(service.change(report.pk, **form.given(), revision=revision, by=_person(request), now=now), [])
    except service.Superseded as error:
        return Saved(None, [], error)
    except Invalid as error:
        return Saved(None, _put(form, error))


def _page_of(request: HttpRequest, report: Report, form: ReportForm, saved: Saved) -> HttpResponse:
    if saved.report is not None:
        toast(request, f"{saved.report.name} is saved.")
        return redirect("reports:show", report.pk)
    if saved.superseded is None:
        return _form_page(request, form, saved.wrong, report)
    return _superseded_page(request, report, form, saved.superseded)


def _superseded_page(request: HttpRequest, report: Report, form: ReportForm, error: service.Superseded) -> HttpResponse:
    """The author's text in the editor as it was, above it what the other has changed; to save again is to decide."""
    mine, theirs = form.cleaned_data["definition"], error.current
    again = ReportForm(initial=form.cleaned_data | {"revision": theirs.number})
    context = {"superseded": error, "theirs": theirs, "rows": rows(theirs.definition, mine)}
    response = _form_page(request, again, [], report, context)
    response.status_code = 409
    return response


def _json_of(form: ReportForm, saved: Saved) -> HttpResponse:
    if saved.report is not None:
        assert saved.report.current is not None
        return JsonResponse({"revision": saved.report.current.number, "name": saved.report.name})
    if saved.superseded is not None:
        theirs = saved.superseded.current.number
        return JsonResponse({"message": saved.superseded.message, "revision": theirs}, status=409)
    return JsonResponse(
        {"errors": {name: [str(each) for each in found] for name, found in form.errors.items()}}, status=422
    )


def _present(report: Report) -> dict[str, Any]:
    assert report.current is not None
    return {"name": report.name, "definition": service.text_of(report), "revision": report.current.number}


def _start(request: HttpRequest) -> dict[str, Any]:
    """What a new report begins with: a copy of the report that the address names, else a template."""
    copied = queries.find_report(request.GET["copy"]) if request.GET.get("copy") else None
    if copied is not None:
        return {"name": f"{copied.name} (copy)", "definition": service.text_of(copied)}
    return {"definition": StartForm(request.GET, source_queries.names()).text()}


def _uploaded(request: HttpRequest) -> dict[str, Any]:
    """A report file from the author's machine; it is not saved yet. Conflict when it is not text."""
    upload = request.FILES["upload"]
    assert isinstance(upload, UploadedFile)  # one field of one file
    try:
        text = upload.read(MAX_DEFINITION_BYTES + 1).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Conflict(f"{upload.name} is not UTF-8 text. Choose a report file, which ends in .md.") from error
    return {"name": Path(str(upload.name)).stem, "definition": text.replace("\r\n", "\n")}


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
    with preview.of_saved_text():
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
    with preview.of_saved_text():
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
    with preview.of_saved_text():
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
    request: HttpRequest,
    form: ReportForm,
    wrong: list[Wrong],
    report: Report | None = None,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "wrong": wrong,
        "report": report,
        "superseded": None,
        "start": StartForm(request.GET, source_queries.names()),
        "facts": editor_facts(source_queries.names(), preview.assets()),
        "views": VIEWS,
        "formats": FORMATS,
    }
    return render(request, "reports/form.html", context | (more or {}), status=422 if form.errors else 200)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
