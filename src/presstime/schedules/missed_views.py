"""The forms beside a schedule's missed runs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import Conflict, NotFound
from presstime.base.moments import read_moment
from presstime.schedules import missed, queries
from presstime.web.back import back
from presstime.web.toasts import refusal, toast
from presstime.web.wording import plural


@require_POST
@requires(Right.SCHEDULES_RUN)
def run(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Run what was planned and did not happen."""
    assert isinstance(request.user, User)
    queries.get_schedule(schedule_id)  # not there for whoever asks: a page not found, whatever the form says
    try:
        execution = missed.run(schedule_id, _planned_for(request), request.user, clock.now())
    except (Conflict, NotFound) as error:  # somebody, or the scheduler, was faster than this page
        refusal(request, error.message)
        return back(request, "schedules:show", schedule_id)
    toast(request, "It is queued, and evaluates the report at the moment for which it was planned.")
    return redirect("executions:show", execution.pk)


@require_POST
@requires(Right.ALERTS_WRITE)
def acknowledge(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Say that somebody knows of one missed run, or of all of them; nothing is run."""
    queries.get_schedule(schedule_id)
    instants = None if "all" in request.POST else [_planned_for(request)]
    try:
        known = missed.acknowledge(schedule_id, instants, clock.now())
    except NotFound as error:
        refusal(request, error.message)
    else:
        toast(request, f"Acknowledged: {plural(len(known), 'missed run')}. Nothing is run for that.")
    return back(request, "schedules:show", schedule_id)


def _planned_for(request: HttpRequest) -> datetime:
    return read_moment("planned_for", request.POST.get("planned_for", ""))
