"""The pages for requests that cannot be answered; the last of them needs neither database nor session."""

from __future__ import annotations

import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from presstime.base.errors import PresstimeError
from presstime.database.fullness import is_disk_full


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
    error = sys.exc_info()[1]  # Django calls this while it handles the error, and does not pass it on
    if isinstance(error, DatabaseError) and is_disk_full(error):
        return HttpResponse(render_to_string("507.html", {"environment": "", "csrf_token": ""}), status=507)
    return HttpResponse(render_to_string("500.html", {"environment": "", "csrf_token": ""}), status=500)
