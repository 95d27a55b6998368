"""The API of metrics."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from presstime.accounts import sight
from presstime.accounts.doors import public, requires
from presstime.accounts.rights import Right
from presstime.api.schemas import Parameters, Strict
from presstime.metrics import exposition
from presstime.metrics.exposition import OPENMETRICS, Format
from presstime.metrics.registry import desk

_TEXT = {"schema": {"type": "string"}}
_ANSWERS_TEXT_TOO = {"responses": {200: {"content": {"text/plain": _TEXT, OPENMETRICS: _TEXT}}}}


class How(Parameters):
    format: Format | None = Field(
        None, description="By default what the header Accept asks for, JSON when it leaves that open."
    )
    timestamps: bool = Field(False, description="Give each sample of the text its timestamp; JSON always has them.")


class MetricOut(Strict):
    name: str
    type: str
    unit: str
    labels: dict[str, str]
    value: float | None
    timestamp: str


class MetricsOut(Strict):
    metrics: list[MetricOut]


def router_of(*, is_public: bool) -> Router:
    """The router of metrics; *is_public* opens it without a token."""
    found = Router(tags=["metrics"])

    def metrics(request: HttpRequest, how: Query[How]) -> HttpResponse:
        """Every figure of this moment, without anything that people have named.

        JSON by default; Prometheus text or OpenMetrics to a client whose `Accept` prefers it, or by `format`.
        """
        wanted = how.format or exposition.chosen(request.headers.get("Accept", ""))
        with sight.everything():  # figures are of the whole installation, whoever asks
            asked = desk.ask()
        if wanted is Format.JSON:
            return _json(exposition.as_json(asked))
        text, media_type = exposition.as_text(asked, wanted, timestamps=how.timestamps)
        return _varying(HttpResponse(text, content_type=media_type))

    door = public if is_public else requires(Right.METRICS_READ)
    found.get("", response=MetricsOut, openapi_extra=_ANSWERS_TEXT_TOO)(door(metrics))
    return found


def _json(document: dict[str, Any]) -> HttpResponse:
    return _varying(HttpResponse(json.dumps(document, separators=(",", ":")), content_type="application/json"))


def _varying(response: HttpResponse) -> HttpResponse:
    response["Vary"] = "Accept"
    return response


router = router_of(is_public=settings.CONFIGURATION.metrics_public)
