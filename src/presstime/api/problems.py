"""Every error of the API as a problem document (RFC 9457), whatever raised it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja.errors import HttpError, Throttled, ValidationError

from presstime.accounts import refused
from presstime.accounts.service import Unauthenticated
from presstime.base.errors import Conflict, FieldProblem, Forbidden, Invalid, NotFound, PresstimeError
from presstime.database.fullness import is_disk_full

log = logging.getLogger("presstime.api")

MEDIA_TYPE = "application/problem+json"
FULL = "The disk of the database is full: nothing was changed. Free some space, then do it again."
TOO_LARGE = "The request's body is larger than {megabytes} MB, which is the most that is taken."


def problem(status: int, detail: str, *, errors: Iterable[FieldProblem] = (), **more: Any) -> HttpResponse:
    """The answer to a request that was not granted; *detail* is a sentence for a person."""
    document = {
        "type": "about:blank",  # RFC 9457 4.2.1: the status says what kind of problem it is
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": [{"field": each.field, "message": each.message} for each in errors],
        **more,
    }
    response = HttpResponse(json.dumps(document, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def request_id(request: HttpRequest) -> str:
    """The id under which the log knows this request."""
    return str(getattr(request, "id", ""))


def _invalid(_: HttpRequest, error: Invalid) -> HttpResponse:
    return problem(422, error.message, errors=error.problems)


def _not_found(_: HttpRequest, error: NotFound | Http404) -> HttpResponse:
    return problem(404, error.message if isinstance(error, NotFound) else "There is nothing at this address.")


def _forbidden(request: HttpRequest, error: Forbidden | PermissionDenied) -> HttpResponse:
    refused.note(request, str(error))
    return problem(403, str(error) or "You may not do this.")


def _conflict(_: HttpRequest, error: Conflict) -> HttpResponse:
    if error.actual is None:
        return problem(409, error.message)
    return problem(409, error.message, actual=error.actual)


def _unauthenticated(request: HttpRequest, error: Unauthenticated) -> HttpResponse:
    """401; a person whose browser opened the address without a session goes to the sign-in page instead."""
    is_browser = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    if is_browser and "Authorization" not in request.headers:
        return redirect_to_login(request.get_full_path())
    if "Authorization" in request.headers:  # who comes without credentials has tried nothing
        refused.note(request, error.message)
    response = problem(401, error.message)
    response["WWW-Authenticate"] = 'Bearer realm="Presstime"'
    return response


def _too_large(_: HttpRequest, __: RequestDataTooBig) -> HttpResponse:
    return too_large()


def too_large() -> HttpResponse:
    """413 with the limit in words."""
    from django.conf import settings

    return problem(413, TOO_LARGE.format(megabytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2))


def _unreadable(_: HttpRequest, __: Exception) -> HttpResponse:
    return problem(400, "The request could not be read: it broke off, or it was not well-formed HTTP.")


def _http_error(_: HttpRequest, error: HttpError) -> HttpResponse:
    """Translate ninja's own errors; behind "Cannot parse request body" stands the parser's sentence about the place."""
    cause = error.__cause__
    if isinstance(cause, (RequestDataTooBig, UnreadablePostError)):
        return too_large() if isinstance(cause, RequestDataTooBig) else _unreadable(_, cause)
    if isinstance(cause, Invalid):
        return _invalid(_, cause)
    detail = str(cause) if isinstance(cause, ValueError) else error.message
    response = problem(error.status_code, detail)
    if isinstance(error, Throttled) and error.wait is not None:
        response["Retry-After"] = str(error.wait)
    return response


def _validation(_: HttpRequest, error: ValidationError) -> HttpResponse:
    problems = [FieldProblem(each["field"], each["message"]) for each in error.errors]
    return problem(422, "The input has errors.", errors=problems)


def _database(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    """507 when there is no room to write (RFC 4918 11.5): nothing was changed, and the same request works later."""
    if not is_disk_full(error):
        return unexpected(request, error)
    log.error("request %s: %s %s: %s", request_id(request), request.method, request.path, error)
    return problem(507, FULL)


def _refusal(request: HttpRequest, error: PresstimeError) -> HttpResponse:
    """A refusal without an HTTP meaning, such as settings that cannot work: words for the operator, not the caller."""
    return unexpected(request, error)


def unexpected(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """500 without internals; the request's id leads to the whole story in the log."""
    id_ = request_id(request)
    log.error("request %s: %s %s failed", id_, request.method, request.path, exc_info=error, extra={"request_id": id_})
    return problem(500, f"Something went wrong here. The server's log tells it under request {id_}.", request_id=id_)


HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Invalid: _invalid,
    NotFound: _not_found,
    Forbidden: _forbidden,
    Conflict: _conflict,
    Unauthenticated: _unauthenticated,
    PresstimeError: _refusal,
    DatabaseError: _database,
    ValidationError: _validation,
    HttpError: _http_error,
    Http404: _not_found,
    PermissionDenied: _forbidden,
    RequestDataTooBig: _too_large,
    SuspiciousOperation: _unreadable,
    UnreadablePostError: _unreadable,
    Exception: unexpected,
}
