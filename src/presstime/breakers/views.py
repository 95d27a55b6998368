"""What pages do with breakers; they are shown where their sources and the e-mails are."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import Conflict
from presstime.breakers import service
from presstime.web.back import back
from presstime.web.toasts import refusal, toast


@require_POST
@requires(Right.BREAKERS_WRITE)
def reset(request: HttpRequest, breaker_id: UUID) -> HttpResponse:
    """Let everything pass again."""
    try:
        breaker = service.reset(breaker_id, clock.now())
    except Conflict as error:
        refusal(request, str(error))
    else:
        toast(request, f"{breaker.name} is used again; what waited for it goes on.")
    return back(request, "overview")
