"""Every page is closed unless its view names the right that opens it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import get_resolver

from presstime.accounts import confirmation, refused, sight
from presstime.accounts.acting import actor_of, anonymous
from presstime.accounts.doors import Access, check, door_of
from presstime.accounts.models import User
from presstime.audit.actors import acting, become
from presstime.base.errors import Forbidden

API_APPLICATION = "ninja"


class ActorMiddleware:
    """Says whose request it is to whatever writes the audit log meanwhile.

    Nobody is known until a page's door is looked at: a session is not read where it decides nothing. The API's guard says
    it for its operations.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting(anonymous(request)):
            return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _arguments: object, _named: object
    ) -> HttpResponseBase | None:
        if not _is_operation(request) and door_of(view) is not Access.PUBLIC:
            become(actor_of(request))
        return None


def _is_operation(request: HttpRequest) -> bool:
    return request.resolver_match is not None and API_APPLICATION in request.resolver_match.app_names


class DenyByDefaultMiddleware:
    """Looks at the door of a page's view: the anonymous go to the sign-in page, those without the right get 403.

    Operations of the API pass: each of them runs behind the API's own guard, which also takes tokens.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _arguments: object, _named: object
    ) -> HttpResponseBase | None:
        if _is_operation(request):
            return None
        door = door_of(view)
        if door is Access.PUBLIC:
            return None
        if not isinstance(request.user, User):
            return _to_sign_in(request)
        try:
            check(door, request.user)
        except Forbidden as error:
            refused.note(request, error.message)
            forbidden: Callable[..., HttpResponseBase] = get_resolver().resolve_error_handler(403)
            return forbidden(request, exception=error)
        sight.look_as(request.user)
        if confirmation.needs_confirmation(view) and not confirmation.is_recent(request):
            return confirmation.ask(request)
        return None


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """The sign-in page, and afterwards the page that was asked for."""
    response = redirect_to_login(_wanted(request))
    if "HX-Request" not in request.headers:
        return response
    # htmx would follow the redirection and put the sign-in page into a fragment of this one.
    return HttpResponse(status=401, headers={"HX-Redirect": response["Location"]})


def _wanted(request: HttpRequest) -> str:
    """Where to go after the sign-in: the page itself, or the overview where repeating the request would act."""
    return request.get_full_path() if request.method in ("GET", "HEAD") else resolve_url("/")
