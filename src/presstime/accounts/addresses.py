"""From which address a request came."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from presstime.base.networks import client_of, is_trusted, parse_address, parse_network

_TOLD_BY_PROXIES = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO")


class ForwardedAddress:
    """Middleware: behind the proxies of PRESSTIME_TRUSTED_PROXIES, the address of a request is that of whoever asked them.

    Nobody else's `X-Forwarded-For` is believed, nor, once proxies are named, `X-Forwarded-Proto`: anybody can send them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._trusted = [parse_network(text) for text in settings.CONFIGURATION.trusted_proxies]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if self._trusted:
            peer = request.META.get("REMOTE_ADDR", "")
            if is_trusted(peer, self._trusted):
                forwarded_for = request.META.get("HTTP_X_FORWARDED_FOR", "")
                request.META["REMOTE_ADDR"] = client_of(peer, forwarded_for, self._trusted)
            else:
                for header in _TOLD_BY_PROXIES:
                    request.META.pop(header, None)
        return self._get_response(request)


def client_ip(request: HttpRequest) -> str | None:
    """The address from which *request* came; None where there is none, as on a Unix socket."""
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    return None if address is None else str(address)
