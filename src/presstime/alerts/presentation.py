"""An alert as the API and the commands show it."""

from __future__ import annotations

from typing import Any

from presstime.alerts.models import Alert, Delivery
from presstime.api.schemas import identifier, instant, reference


def present(alert: Alert) -> dict[str, Any]:
    """One alert with everything that was told about it to whom."""
    return {
        "id": identifier(alert.pk),
        "kind": alert.kind,
        "key": alert.key,
        "severity": alert.severity,
        "status": alert.status,
        "title": alert.title,
        "detail": alert.detail,
        "advice": alert.advice,
        "link": alert.link,
        "count": alert.count,
        "raised_at": instant(alert.raised_at),
        "last_seen_at": instant(alert.seen_at),
        "cleared_at": instant(alert.cleared_at),
        "acknowledged_at": instant(alert.acknowledged_at),
        "acknowledged_by": reference(alert.acknowledged_by),
        "deliveries": [_delivery(delivery) for delivery in alert.deliveries.all()],
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "event": delivery.event,
        "medium": delivery.medium,
        "channel": delivery.channel,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "created_at": instant(delivery.created_at),
        "next_attempt_at": instant(delivery.next_attempt_at),
        "finished_at": instant(delivery.finished_at),
        "error": delivery.error,
    }
