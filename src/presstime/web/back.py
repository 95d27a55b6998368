"""Where to go after a form: to the page that it stood on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def page_before(request: HttpRequest) -> str:
    """The address of the page that the request was sent from, if that was one of ours; else nothing."""
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return came_from if is_ours else ""


def back(request: HttpRequest, otherwise: str, *arguments: object) -> HttpResponseRedirect:
    """To the page before; to the page *otherwise*, by name, when that is not known."""
    return HttpResponseRedirect(page_before(request) or resolve_url(otherwise, *arguments))
