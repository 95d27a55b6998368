"""The API of alerts: what needs a person, who was told, and that somebody knows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.alerts import queries, service
from presstime.alerts.kinds import Kind, Severity
from presstime.alerts.presentation import present
from presstime.alerts.states import Status
from presstime.api.paging import page
from presstime.api.schemas import Out, Page, Paging, Reference
from presstime.base import clock

router = Router(tags=["alerts"])


class Filters(Paging):
    """The filters of the list, and its page."""

    kind: Kind | None = None
    severity: Severity | None = None
    status: Status | None = None
    from_: datetime | None = Field(None, alias="from", description="Raised at or after this moment.")
    to: datetime | None = Field(None, description="Raised before this moment.")


class DeliveryOut(Out):
    event: str
    medium: str
    channel: str
    status: str
    attempts: int
    created_at: str
    next_attempt_at: str | None
    finished_at: str | None
    error: str


class AlertOut(Out):
    id: str
    kind: str
    key: str
    severity: str
    status: str
    title: str
    detail: str
    advice: str
    link: str
    count: int
    raised_at: str
    last_seen_at: str
    cleared_at: str | None
    acknowledged_at: str | None
    acknowledged_by: Reference | None
    deliveries: list[DeliveryOut]


@router.get("", response=Page[AlertOut])
@requires(Right.ALERTS_READ)
def list_alerts(request: HttpRequest, filters: Query[Filters]) -> dict[str, Any]:
    """Alerts, the newest first."""
    found = queries.list_alerts(
        kind=filters.kind,
        severity=filters.severity,
        status=filters.status,
        raised_from=filters.from_,
        raised_to=filters.to,
    )
    return page(found, order="-raised_at", limit=filters.limit, cursor=filters.cursor, present=present)


@router.get("/{alert}", response=AlertOut)
@requires(Right.ALERTS_READ)
def get_alert(request: HttpRequest, alert: str) -> dict[str, Any]:
    return present(queries.get_alert(alert))


@router.post("/{alert}/acknowledge", response=AlertOut)
@requires(Right.ALERTS_WRITE)
def acknowledge(request: HttpRequest, alert: str) -> dict[str, Any]:
    """Say that you know: repeats are no longer told, the end is. 409 unless it is open."""
    assert isinstance(request.user, User)
    return present(service.acknowledge(alert, request.user, clock.now()))


@router.post("/{alert}/reopen", response=AlertOut)
@requires(Right.ALERTS_WRITE)
def reopen(request: HttpRequest, alert: str) -> dict[str, Any]:
    """Take an acknowledgement back; 409 when there is none, or the alert is over."""
    return present(service.reopen(alert))
