"""The first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.overview import page


@require_safe
@requires(Right.EXECUTIONS_READ)
def overview(request: HttpRequest) -> HttpResponse:
    """What needs attention, the last day in figures, what runs next."""
    user = request.user
    assert isinstance(user, User)
    context = {"page": page.overview(user, clock.now()), "may_write": user.can(Right.SCHEDULES_WRITE)}
    return render(request, "overview/overview.html", context)
