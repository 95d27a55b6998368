"""The page behind a mail's unsubscribe link; it asks for no account, and mail programs post to it by themselves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from presstime.accounts import throttle
from presstime.accounts.addresses import client_ip
from presstime.accounts.doors import public
from presstime.base import clock
from presstime.mail import unsubscribing as tokens
from presstime.schedules import unsubscribing

WRONG_TOKENS = 60  # from one address in a quarter of an hour
USES = 30  # of one token


# No session is looked at: the token alone is the right, so there is nothing that a foreign page could borrow.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@public
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to unsubscribe (GET), or do it (POST; RFC 8058); a second time does no harm."""
    now, found = clock.now(), tokens.read(token)
    of, places = (token, USES) if found else (client_ip(request) or "local", WRONG_TOKENS)
    if not throttle.allow("unsubscribe", of, now, places=places):
        return _page(request, "often", status=429)
    if found is None:
        return _page(request, "unknown", status=404)
    schedule_id, address = found
    if request.method == "POST":
        unsubscribing.unsubscribe(schedule_id, address, now)
        return _page(request, "done", address=address)
    schedule = unsubscribing.stands_on(schedule_id, address)
    return _page(request, "ask" if schedule else "done", address=address, schedule=schedule)


def _page(request: HttpRequest, state: str, *, status: int = 200, **told: object) -> HttpResponse:
    response = render(request, "schedules/unsubscribe.html", told | {"state": state}, status=status)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
