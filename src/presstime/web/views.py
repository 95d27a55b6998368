"""The pages for requests that cannot be answered; the last of them needs neither database nor session."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from presstime.base.errors import PresstimeError


def _reason(exception: Exception | None) -> str:
    """Our own refusals are written for people; everybody else's may name inner things."""
    return exception.message if isinstance(exception, PresstimeError) else ""


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", {"reason": _reason(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", {"reason": _reason(exception)}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return HttpResponse(render_to_string("500.html", {"environment": "", "csrf_token": ""}), status=500)
