"""Pages of schedules: the list, one schedule, the form with its preview, and the switches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import FieldProblem, Invalid
from presstime.executions import history, inquiry, preview
from presstime.executions import queries as executions
from presstime.reports import queries as reports
from presstime.reports import service as report_service
from presstime.reports.forms import ParameterForm
from presstime.schedules import latest, queries, service
from presstime.schedules.cron import sentence
from presstime.schedules.forms import ScheduleFilter, ScheduleForm, initial_of
from presstime.schedules.models import Schedule
from presstime.schedules.recipients import count
from presstime.schedules.service import Verdict
from presstime.schedules.strip import LENGTH, Strip, strip_of
from presstime.schedules.timezones import names as zone_names
from presstime.web.back import back
from presstime.web.listing import listing
from presstime.web.toasts import toast

LATEST = 10
# Daily, never every minute: many accept what they are given.
DEFAULT_CRON = "0 7 * * *"
# Of the report: up to 2 MB, and a list shows none of it.
TEXT = "report__current__definition"
TIMING = ("cron", "timezone", "starts_at", "ends_at")


@dataclass(frozen=True, slots=True)
class Row:
    """A schedule in the list."""

    schedule: Schedule
    sentence: str
    recipients: int
    strip: Strip


@require_safe
@requires(Right.SCHEDULES_READ)
def index(request: HttpRequest) -> HttpResponse:
    """All schedules by name."""
    person = _person(request)
    form = ScheduleFilter(request.GET)
    found = listing(request, form, form.rows(person.pk).defer(TEXT), order="name")
    context = {"form": form, "listing": found, "rows": _rows(found.items), **_rights(person)}
    return render(request, "schedules/list.html", context)


@require_safe
@requires(Right.SCHEDULES_READ)
def show(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """One schedule: when it runs next, what it did, whom it reaches."""
    schedule = queries.get_schedule(schedule_id)
    newest = executions.list_executions(executions.Filter(schedule=str(schedule.pk)))[:LATEST]
    missed, missed_count = queries.missed_of(schedule.pk, LATEST), queries.count_missed_of(schedule.pk)
    context = {
        "schedule": schedule,
        "outlook": service.outlook_of(schedule, clock.now()),
        "executions": newest,
        "count": count(schedule.recipients),
        "strip": _rows([schedule])[0].strip,
        "missed": missed,
        "missed_count": missed_count,
        "missed_more": missed_count - len(missed),
        "passed_over": queries.passed_over(schedule.pk, LATEST),
        **_rights(_person(request)),
    }
    return render(request, "schedules/show.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.SCHEDULES_WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Make a schedule."""
    person, now = _person(request), clock.now()
    if request.method == "POST":
        page = _bound(request.POST, now)
        if saved := page.save(lambda given: service.create(given, person, now)):
            toast(request, f"{saved.name} is saved.")
            return redirect("schedules:show", saved.pk)
    else:
        page = _unbound(_first_values(request, person), {}, now)
    return _form_page(request, page)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.SCHEDULES_WRITE)
def edit(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Change a schedule."""
    schedule, now = queries.get_schedule(schedule_id), clock.now()
    if request.method == "POST":
        page = _bound(request.POST, now, schedule)
        if saved := page.save(lambda given: service.change(schedule_id, given, now)):
            toast(request, f"{saved.name} is saved.")
            return redirect("schedules:show", saved.pk)
    else:
        page = _unbound(initial_of(schedule), schedule.parameters, now, schedule)
    return _form_page(request, page)


@require_POST
@requires(Right.SCHEDULES_WRITE)
def outlook(request: HttpRequest) -> HttpResponse:
    """What the form would give as it stands: sentence, next runs, warnings. A fragment; nothing is saved."""
    of = request.POST.get("of")
    page = _bound(request.POST, clock.now(), queries.get_schedule(of) if of else None)
    return render(request, "schedules/_outlook.html", page.outlook())


@require_safe
@requires(Right.SCHEDULES_WRITE)
def parameters(request: HttpRequest) -> HttpResponse:
    """The fields of the chosen report's parameters. A fragment."""
    fields = parameter_fields(request.GET.get("report", ""), None, {})
    return render(request, "schedules/_parameters.html", {"parameters": fields})


@require_POST
@requires(Right.SCHEDULES_WRITE)
def delete(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Delete a schedule."""
    schedule = queries.get_schedule(schedule_id)
    service.delete(schedule_id, clock.now())
    toast(request, f"The schedule {schedule.name} is deleted. Its executions stay.")
    return redirect("schedules:list")


@require_POST
@requires(Right.SCHEDULES_ENABLE)
def enable(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Switch a schedule on."""
    schedule = service.enable(schedule_id, clock.now())
    toast(request, f"{schedule.name} is on.", undo=reverse("schedules:disable", args=[schedule_id]))
    return back(request, "schedules:show", schedule_id)


@require_POST
@requires(Right.SCHEDULES_ENABLE)
def disable(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Switch a schedule off."""
    schedule = service.disable(schedule_id, clock.now())
    toast(request, f"{schedule.name} is off.", undo=reverse("schedules:enable", args=[schedule_id]))
    return back(request, "schedules:show", schedule_id)


@require_POST
@requires(Right.SCHEDULES_RUN)
def run(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Run a schedule now; with `to=me` its mail goes to the person alone."""
    person = _person(request)
    if request.POST.get("to") == "me":
        execution = service.test(schedule_id, person, clock.now())
        toast(request, f"It is queued; its mail goes to {person.email} alone, marked as a test.")
    else:
        execution = service.run(schedule_id, person, clock.now())
        toast(request, "It is queued. The schedule itself stays as it is.")
    return redirect("executions:show", execution.pk)


# ---- the form -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FormPage:
    """The form with the fields of the report's parameters, and what it asks for."""

    form: ScheduleForm
    parameters: ParameterForm | None
    given: dict[str, Any]
    schedule: Schedule | None
    now: datetime

    def save(self, write: Callable[[dict[str, Any]], Schedule]) -> Schedule | None:
        """Save by *write*; None when something is wrong, and then every problem stands at its field."""
        problems: list[FieldProblem] = []
        if self.form.errors:
            problems = self._verdict().errors
        else:
            try:
                return write(self.given)
            except Invalid as error:
                problems = error.problems
        self.form.put(problems, self.parameters)
        return None

    def outlook(self) -> dict[str, Any]:
        """What the form would give as it stands, for the template."""
        verdict = self._verdict()
        problems = [problem for problem in verdict.errors if problem.field in TIMING]
        return {"outlook": verdict.outlook, "timing_problems": problems, "zone": self.given.get("timezone", "")}

    def _verdict(self) -> Verdict:
        return service.validate(self.given, self.now, of=self.schedule.pk if self.schedule else None)


def _bound(data: QueryDict, now: datetime, schedule: Schedule | None = None) -> FormPage:
    """The form as it was sent."""
    form, fields = ScheduleForm(data, reports=_reports()), parameter_fields(data.get("report", ""), data, {})
    return FormPage(form, fields, form.given(fields), schedule, now)


def _unbound(
    initial: dict[str, Any], parameters: dict[str, Any], now: datetime, schedule: Schedule | None = None
) -> FormPage:
    """The form before anything was typed."""
    form = ScheduleForm(initial=initial, reports=_reports())
    fields = parameter_fields(initial.get("report", ""), None, parameters)
    given: dict[str, Any] = {} if schedule else {"cron": initial["cron"], "timezone": initial["timezone"]}
    return FormPage(form, fields, given if schedule else given | _people(initial), schedule, now)


def _people(initial: dict[str, Any]) -> dict[str, Any]:
    return {"recipients": {"to": [initial["to"]] if initial["to"] else []}}


def _reports() -> list[tuple[str, str]]:
    return [(str(key), name) for key, name in reports.list_reports().values_list("pk", "name")]


def parameter_fields(reference: str, data: QueryDict | None, given: dict[str, Any]) -> ParameterForm | None:
    """The fields for the report that is chosen; None while none is."""
    report = reports.find_report(reference) if reference else None
    if report is None:
        return None
    text = report_service.text_of(report)
    with preview.of_saved_text():
        parameters = inquiry.parameters_with_choices(
            report_service.definition_of(report), text, file=f"{report.name}.md", at=clock.now()
        )
    return ParameterForm(parameters, data, given)


def _first_values(request: HttpRequest, person: User) -> dict[str, Any]:
    """What a new schedule begins with: the report that was chosen before, and the person's own address."""
    first: dict[str, Any] = {
        "cron": DEFAULT_CRON,
        "timezone": settings.CONFIGURATION.time_zone,
        "enabled": True,
        "to": person.email,
        "timeout_minutes": f"{settings.CONFIGURATION.default_timeout_seconds / 60:.6g}",
        "formats": ["pdf"],
    }
    report = reports.find_report(request.GET["report"]) if "report" in request.GET else None
    if report is not None:
        formats = report_service.definition_of(report).formats
        first |= {"report": str(report.pk), "name": report.name, "formats": list(formats) or ["pdf"]}
    return first


def _form_page(request: HttpRequest, page: FormPage) -> HttpResponse:
    is_wrong = page.form.errors or (page.parameters and page.parameters.errors)
    context = {
        "form": page.form,
        "parameters": page.parameters,
        "schedule": page.schedule,
        "zones": sorted(zone_names()),
        "usual": _usual_seconds(page.schedule) if page.schedule else None,
        **page.outlook(),
    }
    return render(request, "schedules/form.html", context, status=422 if is_wrong else 200)


def _usual_seconds(schedule: Schedule) -> float | None:
    """How long the last runs took on average; None when none has succeeded."""
    lengths = history.recent_runs(schedule.pk)
    return fmean(lengths) if lengths else None


# ---- the list -------------------------------------------------------------------------------------------------------


def _rows(schedules: Sequence[Schedule]) -> list[Row]:
    statuses = latest.latest_statuses([each.pk for each in schedules], LENGTH)
    return [Row(each, sentence(each.cron), count(each.recipients), strip_of(statuses[each.pk])) for each in schedules]


def _rights(person: User) -> dict[str, bool]:
    return {
        "may_write": person.can(Right.SCHEDULES_WRITE),
        "may_run": person.can(Right.SCHEDULES_RUN),
        "may_enable": person.can(Right.SCHEDULES_ENABLE),
        "may_acknowledge": person.can(Right.ALERTS_WRITE),
        "may_send_to_me": person.can(Right.SCHEDULES_RUN) and bool(person.email),
    }


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
