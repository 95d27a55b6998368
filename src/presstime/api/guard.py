"""Runs before every operation of the API: who calls, may they, and are the names in the address known.

It stands before the body is parsed, so that a stranger learns nothing of what an operation takes.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from ninja.operation import Operation
from ninja.utils import check_csrf

from presstime.accounts import sight
from presstime.accounts.acting import actor_of, anonymous
from presstime.accounts.addresses import client_ip
from presstime.accounts.confirmation import is_recent, needs_confirmation
from presstime.accounts.doors import Access, Door, check, door_of
from presstime.accounts.models import User
from presstime.accounts.service import Unauthenticated, authenticate_token
from presstime.api.limits import UNCOUNTED
from presstime.api.validation import unknown
from presstime.audit.actors import acting
from presstime.base import clock
from presstime.base.errors import FieldProblem, Forbidden, Invalid, PresstimeError

Run = Callable[..., HttpResponseBase]
PROBLEM = {"$ref": "#/components/schemas/ProblemDocument"}


def guard(run: Run) -> Run:
    """An operation's `run` behind its door."""
    operation: Operation = inspect.unwrap(run).__self__
    door = door_of(operation.view_func)
    parameters = _parameters(operation)
    _describe(operation, door)

    @functools.wraps(run)
    def guarded(request: HttpRequest, **named: Any) -> HttpResponseBase:
        try:
            admit(request, door)
            setattr(request, UNCOUNTED, door is Access.PUBLIC)
            _check_confirmation(request, operation)
            _check_names(request, parameters)
        except PresstimeError as error:
            return operation.api.on_exception(request, error)
        with acting(anonymous(request) if door is Access.PUBLIC else actor_of(request)):
            return run(request, **named)

    return guarded


def admit(request: HttpRequest, door: Door | None) -> None:
    """Let the request through *door* and put its user on it; Unauthenticated or Forbidden otherwise."""
    if door is Access.PUBLIC:
        return
    user = authenticate(request)
    if user is None:
        raise Unauthenticated("This needs a sign-in or the header `Authorization: Bearer <token>`.")
    request.user = user
    check(door, user)
    sight.look_as(user)


def authenticate(request: HttpRequest) -> User | None:
    """The user of the request's token, else of its session; None for the anonymous.

    A token that is not valid is Unauthenticated, a session that changes something without its CSRF token is Forbidden.
    """
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("This needs the header `Authorization: Bearer <token>`; other schemes are not known.")
        return authenticate_token(secret.strip(), clock.now(), ip=client_ip(request))
    if not isinstance(request.user, User):
        return None
    if check_csrf(request) is not None:
        raise Forbidden("The CSRF token is missing or wrong. Send the page's token in the header X-CSRFToken.")
    return request.user


def _check_confirmation(request: HttpRequest, operation: Operation) -> None:
    """Refuse a session whose person has not lately proved who they are, where the operation asks for that."""
    if not needs_confirmation(operation.view_func) or "Authorization" in request.headers or is_recent(request):
        return
    raise Forbidden("Confirm that it is you: sign in again or open /accounts/confirm/, then repeat this.")


def _parameters(operation: Operation) -> frozenset[str] | None:
    """The names that the operation takes in the address's query; None when it takes any (`**named`)."""
    if operation.signature.has_kwargs:
        return None
    models = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    return frozenset(name for model in models for name in getattr(model, "__ninja_flatten_map__", ()))


def _check_names(request: HttpRequest, parameters: frozenset[str] | None) -> None:
    """Refuse a misspelt filter, which would otherwise answer everything."""
    if parameters is None:
        return
    wrong = [name for name in request.GET if name not in parameters]
    if wrong:
        raise Invalid(FieldProblem(name, unknown(name, sorted(parameters), "parameter")) for name in wrong)


def _describe(operation: Operation, door: Door | None) -> None:
    """Say in the OpenAPI document what opens the operation and how it refuses."""
    problem = {"description": "A problem document", "content": {"application/problem+json": {"schema": PROBLEM}}}
    own = operation.openapi_extra or {}
    described: dict[str, Any] = {"x-right": door.value if door else ""}
    if door is Access.PUBLIC:
        described["security"] = []
    responses = {"4XX": problem, "5XX": problem} | own.get("responses", {})
    operation.openapi_extra = described | own | {"responses": responses}
