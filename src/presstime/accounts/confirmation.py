"""Dangerous actions ask again who is there, unless the person has just said so.

A view or an operation is marked `@confirmed`. It opens to a session whose last sign-in or confirmation is not older than
PRESSTIME_CONFIRM_SECONDS. A token needs no confirmation: it is a secret of its own, with scopes and an end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from presstime.accounts.models import User
from presstime.base import clock

View = TypeVar("View", bound=Callable[..., Any])


def confirmed(view: View) -> View:
    """Open this view or API operation to a session only when its person has lately proved who they are."""
    view.needs_confirmation = True  # type: ignore[attr-defined]
    return view


def needs_confirmation(view: Callable[..., Any]) -> bool:
    return bool(getattr(view, "needs_confirmation", False))


def is_recent(request: HttpRequest) -> bool:
    """Whether this session's person has signed in or confirmed within PRESSTIME_CONFIRM_SECONDS."""
    if not isinstance(request.user, User):
        return False
    last = max((record["at"] for record in get_authentication_records(request, request.user)), default=0)
    return clock.now().timestamp() - last < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def note_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Receiver of Django's `user_logged_in`: whoever has just signed in need not confirm at once."""
    record_authentication(request, user, method="password", reauthenticated=True)


def ask(request: HttpRequest) -> HttpResponse:
    """To the page that asks; from there back to the page that was wanted, or to the one the form was on."""
    if request.method in ("GET", "HEAD"):
        wanted = request.get_full_path()
    else:
        messages.warning(request, "Nothing was done yet: confirm that it is you, then do it again.")
        came_from = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
        wanted = came_from if is_ours else "/"
    address = f"{reverse('account_reauthenticate')}?{urlencode({'next': wanted})}"
    if "HX-Request" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
