"""From which address a request came."""

from __future__ import annotations

import ipaddress

from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """The address of the connection's other end; None on a Unix socket.

    `X-Forwarded-For` is not believed: anybody can send it. Behind a reverse proxy this is the proxy's address.
    """
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None
