"""The page of backups: is there a good one, what has been made, how to come back."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.backups import enclosure, queries, restorations, service
from presstime.backups.address import shown
from presstime.backups.forms import BackupFilter
from presstime.backups.states import DRILL_EVERY, is_stale
from presstime.backups.store import address_of
from presstime.base import clock
from presstime.base.errors import Conflict
from presstime.web.listing import listing
from presstime.web.toasts import caution, refusal, toast
from presstime.web.wording import plural


@require_safe
@requires(Right.BACKUPS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """The last good backup first, then all of them, then the way back."""
    configuration = settings.CONFIGURATION
    form = BackupFilter(request.GET)
    last, plan = queries.find_last_good(), queries.find_plan()
    since = plan.since if plan else clock.now()
    context = {
        "form": form,
        "listing": listing(request, form, form.rows(), order="-created_at"),
        "last": last,
        "is_stale": is_stale(last.created_at if last else None, since, clock.now()),
        "plan": plan,
        "drill_every": DRILL_EVERY,
        "place": shown(address_of(configuration)),
        "time": configuration.backup_time,
        "zone": configuration.time_zone,
        "days": configuration.backup_retention_days,
        "warnings": service.warnings(configuration),
        "not_enclosed": enclosure.not_enclosed(configuration),
        "is_asked": queries.is_asked(),
        "may_write": _person(request).can(Right.BACKUPS_WRITE),
    }
    return render(request, "backups/list.html", context)


@require_POST
@requires(Right.BACKUPS_WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Ask for one now."""
    try:
        service.ask(by=_person(request), now=clock.now())
    except Conflict as error:
        refusal(request, error.message)
    else:
        toast(request, "A backup has been asked for; it is made and verified within a minute or two.")
    return redirect("backups:list")


@require_POST
@requires(Right.BACKUPS_WRITE)
def verify(request: HttpRequest, backup_id: UUID) -> HttpResponse:
    """Have one read and verified again."""
    try:
        backup = service.ask_verification(backup_id)
    except Conflict as error:
        refusal(request, error.message)
    else:
        toast(request, f"{backup.name} is being read and verified.")
    return redirect("backups:list")


@require_POST
@requires(Right.BACKUPS_WRITE)
def resume(request: HttpRequest) -> HttpResponse:
    """After a restore: let the schedules run again."""
    done = restorations.resume(_person(request), clock.now())
    toast(request, f"{plural(done.enabled, 'schedule')} on again.")
    for problem in done.refused:
        caution(request, f"Not switched on: {problem}")
    return redirect("backups:list")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
