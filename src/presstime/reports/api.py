"""Reports: their text, its revisions, and a look at what comes out."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpRequest
from ninja import Body, Query, Router, Status
from pydantic import Field

from pressroom.definition import Definition
from pressroom.lint import Finding, Severity, in_order
from pressroom.parameters import Parameter
from presstime.accounts import groups
from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.api.paging import page
from presstime.api.schemas import ANSWERS_A_FILE, Page, Paging, Reference, Strict, instant, reference
from presstime.base import clock
from presstime.base.errors import NotFound
from presstime.base.moments import planned_at
from presstime.executions import inquiry, preview
from presstime.reports import linting, queries, service
from presstime.reports.models import Report, Revision
from presstime.reports.service import LONGEST_NOTE
from presstime.sources import queries as sources

router = Router(tags=["reports"])


class ReportSummary(Strict):
    id: str
    name: str
    title: str
    groups: list[Reference] = Field(description="Whose members may see it; everybody when empty.")
    revision: int
    created_at: str
    updated_at: str


class ParameterOut(Strict):
    name: str
    type: str
    label: str
    description: str
    default: Any
    choices: list[Any] = Field(description="Those that stand in the file; see also `choices_from`.")
    choices_from: str | None = Field(description="The query that gives the choices; GET …/parameters/{name}/choices.")


class FindingOut(Strict):
    severity: Severity = Field(description="An error stops a run; a note says what could not be looked at.")
    code: str
    line: int | None
    message: str
    remedy: str


class ReportOut(ReportSummary):
    definition: str
    source: str
    formats: list[str]
    parameters: list[ParameterOut]
    schedules: list[str] = Field(description="Names of the schedules that run it.")
    findings: list[FindingOut] = Field(description="What lint says of the text without a query.")


class RevisionOut(Strict):
    number: int
    sha256: str
    definition: str
    created_at: str
    created_by: Reference | None
    note: str = Field(description="What its author says of it.")
    lines_added: int | None = Field(description="Against the revision before; null for those of older versions.")
    lines_removed: int | None


class NewReport(Strict):
    name: str
    definition: str = Field(description="The text of the report file.")
    groups: list[str] = Field([], description="Groups by id or name, whose members alone may see it.")


class ReportChange(Strict):
    name: str | None = None
    definition: str | None = None
    groups: list[str] | None = Field(None, description="All groups of the report, by id or name; none for everybody.")
    note: str = Field("", max_length=LONGEST_NOTE, description="What changed, for the list of revisions.")
    revision: int | None = Field(None, description="The revision that was read: 409 when another was saved since.")


class PreviewWish(Strict):
    format: str = Field("html", description="pdf, html, xlsx, csv, json, parquet or png")
    parameters: dict[str, Any] = Field(default_factory=dict)
    as_of: datetime | None = Field(None, description="Periods are evaluated at this moment; now by default.")
    definition: str | None = Field(None, description="Another text than the saved one, for a look before saving.")


class ChoiceOut(Strict):
    value: Any
    label: str


class ChoicesOut(Strict):
    items: list[ChoiceOut]


class LintWish(Strict):
    definition: str = Field(description="The text of the report file, saved or not.")
    name: str = Field("report", max_length=200, description="What places are named after.")
    run: bool = Field(
        False, description="Also run the queries for their first rows, to find columns that are not there."
    )
    parameters: dict[str, Any] = Field(default_factory=dict, description="For the run; others get some value.")


class LintOut(Strict):
    valid: bool = Field(description="Whether the text can be saved: there is no error in it.")
    findings: list[FindingOut]


_A_PAGE = PreviewWish()


@router.get("/reports", response=Page[ReportSummary])
@requires(Right.REPORTS_READ)
def list_reports(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    return page(
        queries.list_reports().prefetch_related("groups"),
        order="name",
        limit=paging.limit,
        cursor=paging.cursor,
        present=present_summary,
    )


@router.post("/reports", response={201: ReportOut})
@requires(Right.REPORTS_WRITE)
def create_report(request: HttpRequest, new: NewReport) -> Status[dict[str, Any]]:
    wanted, by = groups.named(new.groups), _caller(request)
    with transaction.atomic():
        report = service.create(name=new.name, definition=new.definition, by=by, now=clock.now())
        service.limit(report.pk, wanted, by=by)
    return Status(201, present(report))


@router.post("/reports/lint", response=LintOut)
@requires(Right.REPORTS_WRITE)
def lint_report(request: HttpRequest, wish: LintWish) -> dict[str, Any]:
    """Say what is wrong with a text, and what in it is probably not meant; always 200, nothing is saved."""
    file = f"{wish.name}.md"
    definition, found = _findings(wish.definition, wish.name)
    if wish.run and definition is not None:
        found += inquiry.lint(definition, wish.definition, file=file, parameters=wish.parameters, at=clock.now())
        found = in_order(found)
    return {
        "valid": not any(finding.severity is Severity.ERROR for finding in found),
        "findings": [finding.as_json() for finding in found],
    }


@router.get("/reports/{report}", response=ReportOut)
@requires(Right.REPORTS_READ)
def get_report(request: HttpRequest, report: str) -> dict[str, Any]:
    return present(queries.get_report(report))


@router.patch("/reports/{report}", response=ReportOut)
@requires(Right.REPORTS_WRITE)
def change_report(request: HttpRequest, report: str, change: ReportChange) -> dict[str, Any]:
    """Change what is named. Another text becomes a new revision."""
    wanted, by = None if change.groups is None else groups.named(change.groups), _caller(request)
    given = change.model_dump(exclude={"groups"})
    with transaction.atomic():
        found = service.change(report, **given, by=by, now=clock.now())
        if wanted is not None:
            service.limit(found.pk, wanted, by=by)
    return present(found)


@router.delete("/reports/{report}", response={204: None})
@requires(Right.REPORTS_WRITE)
def delete_report(request: HttpRequest, report: str) -> Status[None]:
    """Delete a report that no schedule runs."""
    service.delete(report, clock.now())
    return Status(204, None)


@router.get("/reports/{report}/revisions", response=Page[RevisionOut])
@requires(Right.REPORTS_READ)
def list_revisions(request: HttpRequest, report: str, paging: Query[Paging]) -> dict[str, Any]:
    revisions = queries.list_revisions(queries.get_report(report))
    return page(revisions, order="-number", limit=paging.limit, cursor=paging.cursor, present=present_revision)


@router.get("/reports/{report}/parameters/{name}/choices", response=ChoicesOut)
@requires(Right.REPORTS_READ)
def list_choices(request: HttpRequest, report: str, name: str) -> dict[str, Any]:
    """What can be chosen for a parameter; choices from a query are asked for, at most once a minute."""
    found = queries.get_report(report)
    parameters = {parameter.name: parameter for parameter in service.definition_of(found).parameters}
    if name not in parameters:
        raise NotFound(f'The report "{found.name}" has no parameter "{name}".')
    given = parameters[name].choices
    labels = parameters[name].choice_labels
    if parameters[name].choices_query:
        with preview.of_saved_text():
            asked = inquiry.choices(
                service.definition_of(found), service.text_of(found), file=f"{found.name}.md", at=clock.now()
            )[name]
        given, labels = tuple(value for value, _ in asked), dict(asked)
    return {"items": [{"value": value, "label": labels.get(value, str(value))} for value in given]}


@router.get("/reports/{report}/revisions/{int:number}", response=RevisionOut)
@requires(Right.REPORTS_READ)
def get_revision(request: HttpRequest, report: str, number: int) -> dict[str, Any]:
    return present_revision(queries.get_revision(queries.get_report(report), number))


@router.post("/reports/{report}/revisions/{int:number}/restore", response=ReportOut)
@requires(Right.REPORTS_WRITE)
def restore_revision(request: HttpRequest, report: str, number: int) -> dict[str, Any]:
    """Make an old text the present one, as a new revision; 409 when it is that already."""
    return present(service.restore(report, number, by=_caller(request), now=clock.now()))


@router.post("/reports/{report}/preview", response={200: None}, openapi_extra=ANSWERS_A_FILE)
@requires(Right.REPORTS_WRITE)
def preview_report(request: HttpRequest, report: str, wish: Body[PreviewWish] = _A_PAGE) -> FileResponse:
    """Answer the file of one format, rendered now in a process of its own; nothing is kept or sent."""
    found = queries.get_report(report)
    with nullcontext() if wish.definition is not None else preview.of_saved_text():
        made = preview.render(
            wish.definition if wish.definition is not None else service.text_of(found),
            file=f"{found.name}.md",
            format_name=wish.format,
            parameters=wish.parameters,
            at=planned_at(wish.as_of, clock.now()),
        )
    return preview.as_attachment(made)


def present_summary(report: Report) -> dict[str, Any]:
    return {
        "id": str(report.pk),
        "name": report.name,
        "title": report.title,
        "groups": [reference(group) for group in report.groups.all()],
        "revision": report.current.number if report.current else 0,
        "created_at": instant(report.created_at),
        "updated_at": instant(report.updated_at),
    }


def present(report: Report) -> dict[str, Any]:
    definition = service.find_definition(report)
    return present_summary(report) | {
        "definition": service.text_of(report),
        "source": definition.source if definition else "",
        "formats": list(definition.formats) if definition else [],
        "parameters": [_present_parameter(parameter) for parameter in definition.parameters] if definition else [],
        "schedules": queries.schedules_using(report),
        "findings": [finding.as_json() for finding in _findings(service.text_of(report), report.name)[1]],
    }


def _findings(text: str, name: str) -> tuple[Definition | None, list[Finding]]:
    return linting.findings(text, file=f"{name}.md", known_sources=sources.names(), assets=preview.assets())


def _present_parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "type": parameter.type.value,
        "label": parameter.label,
        "description": parameter.description,
        "default": parameter.default,
        "choices": list(parameter.choices),
        "choices_from": parameter.choices_query.query if parameter.choices_query else None,
    }


def present_revision(revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "sha256": revision.sha256,
        "definition": revision.definition,
        "created_at": instant(revision.created_at),
        "created_by": reference(revision.created_by),
        "note": revision.note,
        "lines_added": revision.added,
        "lines_removed": revision.removed,
    }


def _caller(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
