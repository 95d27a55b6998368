"""The API of health: for monitoring, load balancers and people, without credentials and without anything secret."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from presstime.accounts.doors import public
from presstime.api.schemas import Strict
from presstime.health import readiness
from presstime.health.monitor import monitor
from presstime.health.presentation import present
from presstime.health.states import Level

router = Router(tags=["health"])


class CheckOut(Strict):
    status: Level
    time: str
    observed_value: float | None = None
    observed_unit: str | None = None
    output: str | None = None


class HealthOut(Strict):
    status: Level
    version: str
    time: str
    checks: dict[str, CheckOut]


class ReadyOut(Strict):
    status: Level
    output: str | None = None


@router.get("", response={200: HealthOut, 503: HealthOut}, summary="Health of every part")
@public
def health(request: HttpRequest) -> HttpResponse:
    """How every part is; 503 when any of them fails, 200 also with warnings. It answers within a second."""
    report = monitor.report()
    return _answer(present(report), report.level)


@router.get("/ready", response={200: ReadyOut, 503: ReadyOut}, summary="Readiness probe")
@public
def ready(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve requests: the database can be written and its tables are of this version."""
    finding = readiness.look()
    said = {"status": finding.level.value} | ({"output": finding.output} if finding.output else {})
    return _answer(said, finding.level)


def _answer(document: dict[str, Any], level: Level) -> HttpResponse:
    status = 503 if level is Level.FAIL else 200
    response = HttpResponse(json.dumps(document), status=status, content_type="application/json")
    # 503 is the answer, and no error of ours that Django should log at each poll.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response
