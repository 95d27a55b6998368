"""Pages of alerts: what needs a person now, what did before, and one with everything that was told about it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.alerts import queries, service
from presstime.alerts.forms import AlertFilter
from presstime.base import clock
from presstime.web.back import back
from presstime.web.listing import listing
from presstime.web.toasts import toast

MOST_ACTIVE = 200


@require_safe
@requires(Right.ALERTS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """What is not over first, then the history, newest first."""
    form = AlertFilter(request.GET)
    active = list(queries.active(form.rows())[: MOST_ACTIVE + 1])
    context = {
        "form": form,
        "active": active[:MOST_ACTIVE],
        "is_cut": len(active) > MOST_ACTIVE,
        "listing": listing(request, form, queries.over(form.rows()), order="-raised_at"),
        "may_acknowledge": _may_acknowledge(request),
    }
    return render(request, "alerts/list.html", context)


@require_safe
@requires(Right.ALERTS_READ)
def show(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """One alert: what it is about, what to do, who knows, who was told."""
    alert = queries.get_alert(alert_id)
    context = {
        "alert": alert,
        "deliveries": alert.deliveries.all(),
        "may_acknowledge": _may_acknowledge(request),
    }
    return render(request, "alerts/show.html", context)


@require_POST
@requires(Right.ALERTS_WRITE)
def acknowledge(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """Note that this person knows."""
    assert isinstance(request.user, User)
    alert = service.acknowledge(alert_id, request.user, clock.now())
    toast(request, f"Acknowledged: {alert.title}.", undo=reverse("alerts:reopen", args=[alert.pk]))
    return back(request, "alerts:show", alert.pk)


@require_POST
@requires(Right.ALERTS_WRITE)
def reopen(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """Take the acknowledgement back."""
    alert = service.reopen(alert_id)
    toast(request, f"Open again: {alert.title}.")
    return back(request, "alerts:show", alert.pk)


def _may_acknowledge(request: HttpRequest) -> bool:
    assert isinstance(request.user, User)
    return request.user.can(Right.ALERTS_WRITE)
