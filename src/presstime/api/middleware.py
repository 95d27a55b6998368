"""What holds for every request before anything looks at it: its id, the size of its body, its errors as problems."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from presstime.api.problems import FULL, MEDIA_TYPE, problem, too_large, unexpected
from presstime.base.ids import uuid7
from presstime.base.logs import about

HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
PREFIX = "/api/"
DETAILS = {
    400: "The request could not be understood.",
    405: "This address does not take that method.",
    411: "The body's length is missing. Send Content-Length instead of chunks.",
}


class RequestMiddleware:
    """Gives each request an id, refuses a body that is too large before it is read, and keeps /api in problem documents."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        request.id = given if _WELL_FORMED.fullmatch(given) else str(uuid7())  # type: ignore[attr-defined]
        with about(request_id=request.id):  # type: ignore[attr-defined]
            response = self._refused(request) or self._get_response(request)
        if request.path_info.startswith(PREFIX):
            response = _as_problem(request, response)
            response.headers.setdefault("Cache-Control", "private, no-store")
        response[HEADER] = request.id  # type: ignore[attr-defined]
        return response

    def _refused(self, request: HttpRequest) -> HttpResponseBase | None:
        """The answer to a body that will not be read."""
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return too_large() if request.path_info.startswith(PREFIX) else _too_large_page(request)
        if not length and request.headers.get("Transfer-Encoding"):
            # Django reads such a body as empty; to take it for an empty one would be a wrong answer.
            return problem(411, DETAILS[411])
        return None


def _too_large_page(request: HttpRequest) -> HttpResponse:
    megabytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2
    return render(request, "accounts/too_large.html", {"megabytes": megabytes}, status=413)


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """An error that Django or ninja answered in its own way, said as a problem."""
    is_health = response.status_code == 503 and response.get("Content-Type") == "application/json"
    if response.status_code < 400 or is_health or response.get("Content-Type", "").startswith(MEDIA_TYPE):
        return response
    if response.status_code == 507:
        return problem(507, FULL)
    if response.status_code >= 500:
        return unexpected(request, None)
    said = problem(response.status_code, DETAILS.get(response.status_code, "The request was refused."))
    if "Allow" in response:
        said["Allow"] = response["Allow"]
    return said
