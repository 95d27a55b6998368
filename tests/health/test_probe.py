"""The health ahead of Django says the same as the operation of the API, and takes nothing else away from it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from presstime.health.monitor import monitor
from presstime.health.probe import Probe

Said = tuple[str, dict[str, str], bytes]


def ask(method: str = "GET", path: str = "/api/health", query: str = "") -> Said:
    answered: list[Any] = []

    def application(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("299 passed on", [])
        return [b"Django"]

    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    body = b"".join(Probe(application, monitor)(environ, lambda *given: answered.append(given)))  # type: ignore[arg-type,return-value]
    status, headers = answered[0][:2]
    return status, dict(headers), body


@pytest.mark.django_db
def test_it_says_what_the_operation_says(client: Client) -> None:
    status, headers, body = ask()
    answer = client.get("/api/health")

    assert int(status.split()[0]) == answer.status_code
    said, meant = json.loads(body), answer.json()
    assert {name: check["status"] for name, check in said["checks"].items()} == {
        name: check["status"] for name, check in meant["checks"].items()
    }
    assert set(said) == set(meant)
    assert headers["Content-Type"] == "application/json"
    assert "no-store" in headers["Cache-Control"]
    assert int(headers["Content-Length"]) == len(body)


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [("POST", "/api/health", ""), ("GET", "/api/health/live", ""), ("GET", "/", ""), ("GET", "/api/health", "x=1")],
)
def test_everything_else_is_passed_on(method: str, path: str, query: str) -> None:
    assert ask(method, path, query) == ("299 passed on", {}, b"Django")
