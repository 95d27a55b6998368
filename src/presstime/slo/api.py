"""The API of service levels."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.api.schemas import Parameters, Strict, instant
from presstime.base import clock
from presstime.slo import service
from presstime.slo.states import USUAL, Objective, Verdict

router = Router(tags=["service levels"])


class PeriodOf(Parameters):
    period: Literal["7d", "30d", "90d"] = Field(USUAL, description="How far back, up to now.")


class ObjectiveOut(Strict):
    name: str
    title: str
    target: float | None
    comparison: str
    value: float | None
    unit: str
    status: Verdict
    formula: str
    detail: str


class LevelsOut(Strict):
    period: str
    since: str
    until: str
    objectives: list[ObjectiveOut]


@router.get("", response=LevelsOut, summary="Service levels")
@requires(Right.METRICS_READ)
def levels(request: HttpRequest, of: Query[PeriodOf]) -> dict[str, Any]:
    """Uptime, success rate, mean time to recovery and lost runs of a period, with target and formula each."""
    found = service.levels(of.period, clock.now())
    return {
        "period": found.period,
        "since": instant(found.since),
        "until": instant(found.until),
        "objectives": [_present(each) for each in found.objectives],
    }


def _present(of: Objective) -> dict[str, Any]:
    return {
        "name": of.name,
        "title": of.title,
        "target": of.target,
        "comparison": of.comparison,
        "value": of.value,
        "unit": of.unit,
        "status": of.verdict.value,
        "formula": of.formula,
        "detail": of.detail,
    }
