"""The services' refusals as pages: what is not there, what is not allowed, what the state of things forbids now."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from presstime.accounts import refused
from presstime.base.errors import Conflict, Forbidden, Invalid, NotFound
from presstime.web.back import page_before
from presstime.web.toasts import refusal

PAGES = {NotFound: ("404.html", 404), Forbidden: ("403.html", 403)}


class RefusalPages:
    """Middleware: a refusal that a page's view let through becomes a page, or a message on the page it was sent from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Forbidden):
            refused.note(request, error.message)
        if isinstance(error, NotFound | Forbidden):
            template, status = PAGES[type(error)]
            return render(request, template, {"reason": error.message}, status=status)
        if isinstance(error, Conflict | Invalid):
            return _back(request, str(error))
        return None


def _back(request: HttpRequest, text: str) -> HttpResponse:
    """To the page that the form was on, with the reason; a page that was only asked for is refused in its place."""
    came_from = page_before(request)
    if request.method == "GET" or not came_from:
        return render(request, "409.html", {"reason": text}, status=409)
    refusal(request, text)
    return HttpResponseRedirect(came_from)
