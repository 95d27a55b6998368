"""The page Storage: the volumes, their history, the thresholds, and cleaning up."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from presstime.accounts.confirmation import confirmed
from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import Conflict, Invalid
from presstime.disk import cleanups, drawing, queries, service
from presstime.disk.forms import CleanupForm, ThresholdForm, initial_of
from presstime.disk.presentation import disks, worst
from presstime.disk.states import Level, spread
from presstime.web.filling import put_problems
from presstime.web.toasts import refusal, toast

IN_TABLE, LATEST = 40, 5
FIELDS = {"warning_bytes": "warning_gb", "critical_bytes": "critical_gb"}


@require_safe
@requires(Right.STORAGE_READ)
def index(request: HttpRequest) -> HttpResponse:
    """How much room there is, how long it lasts, and what would free some."""
    return _page(request)


def _page(request: HttpRequest, form: ThresholdForm | None = None, status: int = 200) -> HttpResponse:
    now = clock.now()
    found = disks(settings.CONFIGURATION, now, request.GET.get("volume", ""))
    limits = found.chosen.thresholds
    context = {
        "disks": found,
        "limits": limits,
        "volumes": [(each, drawing.bar(each.volume.measured, limits)) for each in found.volumes],
        "line": drawing.line(found.history.points, limits),
        "table": list(reversed(spread(found.history.points, IN_TABLE))),
        "usage": found.looked.usage if found.looked else [],
        "is_old": found.looked is not None and found.looked.is_old(now),
        "is_short": worst(found.volumes) is not Level.PASS,
        "retention_days": settings.CONFIGURATION.report_retention_days,
        "freeable": sum(each.bytes for each in found.found) if found.looked else None,
        "form": form or ThresholdForm(initial=initial_of(found.chosen)),
        "under_way": queries.unfinished_cleanup(),
        "cleanups": queries.list_cleanups().filter(finished_at__isnull=False)[:LATEST],
        "may_write": _person(request).can(Right.STORAGE_WRITE),
    }
    return render(request, "disk/storage.html", context, status=status)


@require_POST
@requires(Right.STORAGE_WRITE)
def thresholds(request: HttpRequest) -> HttpResponse:
    """Set both thresholds; an empty one is given back to the settings."""
    form = ThresholdForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        service.change_thresholds(form.given(), _person(request), clock.now())
    except Invalid as error:
        put_problems(form, error, FIELDS)
        return _page(request, form, status=422)
    toast(request, "The thresholds are set; they hold within two seconds.")
    return redirect("disk:storage")


@require_POST
@confirmed
@requires(Right.STORAGE_WRITE)
def clean_up(request: HttpRequest) -> HttpResponse:
    """Let a worker remove what was ticked."""
    form = CleanupForm(request.POST)
    if not form.is_valid():
        refusal(request, str(form.errors["actions"][0]))
        return redirect("disk:storage")
    try:
        cleanups.request(form.chosen(), _person(request), clock.now())
    except Conflict as error:
        refusal(request, error.message)
    else:
        toast(request, "A worker is cleaning up; this page tells how far it is.")
    return redirect("disk:storage")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
