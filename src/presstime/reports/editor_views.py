"""What the editor asks while its author types: is the text right, what comes out of it, stop that, give me the file.

The answers are JSON for the page's script; the views of a preview are pages for a frame that may do nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST, require_safe

from pressroom.definition import Definition
from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import Conflict, Invalid
from presstime.executions import inquiry, looks, preview
from presstime.reports import linting
from presstime.reports.forms import PREFIX, MomentForm, ParameterForm
from presstime.reports.meanings import meanings
from presstime.sources import queries as sources
from presstime.web.security import quarantined

FILE = "report.md"


class Draft(NamedTuple):
    """The text that the editor holds, and what stands in the fields beside it."""

    text: str
    fields: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.fields.get("name", "").strip() or "report"

    def moment_in(self, zone: ZoneInfo) -> Any:
        return MomentForm(self.fields).moment(clock.now(), zone)


@require_POST
@requires(Right.REPORTS_WRITE)
def check(request: HttpRequest) -> HttpResponse:
    """What is wrong with the text, at once and without a query; and the fields of its parameters."""
    draft = _draft(request)
    definition, found = linting.findings(draft.text, file=FILE, known_sources=sources.names(), assets=preview.assets())
    answer: dict[str, Any] = {"findings": [finding.as_json() for finding in found]}
    if definition is not None:
        answer |= _parameters(definition, draft)
    return JsonResponse(answer)


@require_POST
@requires(Right.REPORTS_WRITE)
def look(request: HttpRequest, key: UUID) -> HttpResponse:
    """Make all views of the text, and say what it has cost; 422 with the reasons when there are none."""
    draft = _draft(request)
    definition, _ = linting.findings(draft.text, file=FILE, known_sources=sources.names(), assets=preview.assets())
    given = ParameterForm(definition.parameters, request.POST).values() if definition else {}
    zone = _zone(definition) if definition else ZoneInfo("UTC")
    try:
        facts = looks.make(draft.text, person=_person(request).pk, key=key, parameters=given, at=draft.moment_in(zone))
    except looks.Unmade as error:
        remarks = [{"line": remark.line, "message": remark.message} for remark in error.remarks]
        return JsonResponse({"remarks": remarks}, status=422)
    if definition is not None:
        inquiry.note_shown(definition, facts["choices"])
    return JsonResponse(facts)


@require_POST
@requires(Right.REPORTS_WRITE)
def cancel(request: HttpRequest, key: UUID) -> HttpResponse:
    """End a preview that is being made."""
    return JsonResponse({"cancelled": looks.cancel(_person(request).pk, key)})


@require_safe
@requires(Right.REPORTS_WRITE)
def looked(request: HttpRequest, key: UUID, view: str) -> HttpResponse:
    """One view of a preview, for a frame."""
    return quarantined(looks.view_of(_person(request).pk, key, view))


@require_POST
@requires(Right.REPORTS_WRITE)
def file(request: HttpRequest, format_name: str) -> HttpResponseBase:
    """The text as a file of one format with all rows, to be saved."""
    draft = _draft(request)
    try:
        definition, _ = linting.findings(draft.text, file=FILE, known_sources=sources.names(), assets=preview.assets())
        made = preview.render(
            draft.text,
            file=f"{draft.name}.md",
            format_name=format_name,
            parameters=ParameterForm(definition.parameters, request.POST).values() if definition else {},
            at=draft.moment_in(_zone(definition) if definition else ZoneInfo("UTC")),
        )
    except Invalid as error:
        return _refused(request, [problem.message for problem in error.problems])
    except Conflict as error:
        return _refused(request, [error.message])
    return preview.as_attachment(made)


def _refused(request: HttpRequest, messages: list[str]) -> HttpResponse:
    """Why there is no file: for the page's script as it asks for it, else as a page."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"remarks": [{"line": 0, "message": message} for message in messages]}, status=422)
    response = quarantined(render_to_string("reports/refused.html", {"problems": messages}))
    response.status_code = 422
    return response


def _draft(request: HttpRequest) -> Draft:
    return Draft(request.POST.get("definition", "").replace("\r\n", "\n"), request.POST.dict())


def _parameters(definition: Definition, draft: Draft) -> dict[str, Any]:
    """The fields, their fingerprint (the page replaces them only when that changes) and what is in them in words."""
    zone = _zone(definition)
    parameters = inquiry.parameters_as_shown(definition)
    given = {each.name: value for each in parameters if (value := draft.fields.get(f"{PREFIX}-{each.name}"))}
    form = ParameterForm(parameters, draft.fields, given)
    found = meanings(definition, form.values(), draft.moment_in(zone), zone)
    declared = _fields(ParameterForm(parameters), MomentForm())
    return {
        "fields": _fields(form, MomentForm(draft.fields)),
        "declared": hashlib.sha256(declared.encode()).hexdigest()[:16],
        "meanings": {name: meaning.text for name, meaning in found.items()},
        "misfits": [name for name, meaning in found.items() if meaning.is_wrong and name in given],
        "zone": str(zone),
    }


def _fields(form: ParameterForm, moment: MomentForm) -> str:
    return render_to_string("reports/_parameters.html", {"parameters": form, "moment": moment})


def _zone(definition: Definition) -> ZoneInfo:
    return ZoneInfo(definition.timezone or settings.CONFIGURATION.time_zone)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
