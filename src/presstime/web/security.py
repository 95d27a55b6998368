"""What text written by others may do inside a page of Presstime: be seen, and nothing else.

The pages' own policy stands in the settings. No page has a nonce, an inline script or a style attribute, so that it is the
same for all of them and a report's text that finds its way into a page cannot run.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
# Text by authors and by mail programs has inline styles. It is served from its own address (an inline frame would inherit
# the page's policy), into an origin of its own, without scripts, forms or anything from outside.
QUARANTINE = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"


def quarantined(content: bytes | str, content_type: str = "text/html; charset=utf-8") -> HttpResponse:
    """A response for a frame: the browser shows *content* and lets it do nothing."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Security-Policy"] = QUARANTINE
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "private, no-store"
    return response


class PermissionsPolicy:
    """Middleware: no page asks for camera, microphone, place or payment, whatever text it shows."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
