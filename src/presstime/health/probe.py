"""`GET /api/health` answered ahead of Django: a hundred monitors that ask at once wait half as long.

The operation of the API remains for everything else: other methods, the OpenAPI document, and tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from presstime.health.monitor import Monitor
from presstime.health.presentation import present
from presstime.health.states import Level

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ADDRESS: Final = "/api/health"
HEADERS: Final = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "private, no-store"),
    ("Content-Security-Policy", "default-src 'none'"),
    ("X-Content-Type-Options", "nosniff"),
]


class Probe:
    """*application* behind an answer of the health by *monitor*. It is open to everybody and says nothing secret."""

    def __init__(self, application: WSGIApplication, monitor: Monitor) -> None:
        self._application = application
        self._monitor = monitor

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != ADDRESS or environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING"):
            return self._application(environ, start_response)
        report = self._monitor.report()
        body = json.dumps(present(report)).encode()
        status = "503 Service Unavailable" if report.level is Level.FAIL else "200 OK"
        start_response(status, [*HEADERS, ("Content-Length", str(len(body)))])
        return [body]
