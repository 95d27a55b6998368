"""The page from which a schedule is run once with other values: parameters, moment, recipients, time limit."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import FieldProblem, Invalid
from presstime.executions.models import Execution
from presstime.reports.forms import MomentForm, ParameterForm
from presstime.schedules import queries, service
from presstime.schedules.models import Schedule
from presstime.schedules.views import parameter_fields
from presstime.web.filling import put_problems
from presstime.web.toasts import toast

_FIELDS = {"timeout_seconds": "timeout_minutes", "recipients": "who"}


class RunForm(MomentForm):
    """When, to whom and how long; empty is as the schedule says."""

    use_required_attribute = False
    who = forms.ChoiceField(label="Sends the mail to")
    timeout_minutes = forms.FloatField(
        label="Time limit in minutes",
        required=False,
        min_value=0,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )

    def __init__(self, data: Any, schedule: Schedule, person: User) -> None:
        super().__init__(data)
        self._zone, self._person = ZoneInfo(schedule.timezone), person
        who = [("all", "the schedule's recipients"), ("nobody", "nobody; the files are kept with the execution")]
        if person.email:
            who.insert(1, ("me", f"{person.email} alone, marked as a test"))
        self.fields["who"].choices = who  # type: ignore[attr-defined]
        self.fields["as_of"].help_text = f"As if it ran then, on the clock of {schedule.timezone}; empty is now."
        self.fields["timeout_minutes"].help_text = f"Empty is the schedule's: {schedule.timeout_seconds / 60:g}."

    def wish(self) -> dict[str, Any]:
        """What the service is asked for."""
        given = self.cleaned_data
        moment, minutes, who = given["as_of"], given["timeout_minutes"], given["who"]
        people = {"me": {"to": [self._person.email]}, "nobody": {"to": []}}
        return {
            "as_of": moment.replace(tzinfo=self._zone) if isinstance(moment, datetime) else None,
            "timeout_seconds": None if minutes is None else round(minutes * 60),
            "recipients": people.get(who),
            "is_test": who == "me",
        }


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.SCHEDULES_RUN)
def run_with(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Run a schedule once with other values than its own; it stays as it is."""
    assert isinstance(request.user, User)
    schedule, data = queries.get_schedule(schedule_id), request.POST if request.method == "POST" else None
    form = RunForm(data, schedule, request.user)
    fields = parameter_fields(str(schedule.report_id), data, schedule.parameters)
    if data is not None and (execution := _queued(schedule, request.user, form, fields)):
        toast(request, "It is queued. The schedule itself stays as it is.")
        return redirect("executions:show", execution.pk)
    context = {"schedule": schedule, "form": form, "parameters": fields}
    return render(request, "schedules/run.html", context, status=422 if data is not None else 200)


def _queued(schedule: Schedule, person: User, form: RunForm, fields: ParameterForm | None) -> Execution | None:
    """The execution; None when something is wrong, and then every problem stands at its field."""
    if not form.is_valid():
        return None
    values = fields.values() if fields else {}
    try:
        return service.run(schedule.pk, person, clock.now(), parameters=values, **form.wish())
    except Invalid as error:
        of_parameters = [each for each in error.problems if each.field.startswith("parameters.")]
        put_problems(form, Invalid(each for each in error.problems if each not in of_parameters), _FIELDS)
        put_problems(
            fields or form,
            Invalid(FieldProblem(each.field.removeprefix("parameters."), each.message) for each in of_parameters),
        )
        return None
