"""Failures as the API and the commands show them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from presstime.api.schemas import instant
from presstime.failures import service
from presstime.failures.service import OfSchedule
from presstime.failures.states import By, Range


def trend(within: Range) -> list[dict[str, Any]]:
    """Failed attempts by period and category, zeros included."""
    return [
        {"period": name_of(within.by, period.starts_at), "category": category.value, "count": number}
        for period in service.trend(within)
        for category, number in period.counts.items()
    ]


def summary(within: Range) -> dict[str, Any]:
    """What the failures of a time add up to for schedules."""
    found = service.errors(within)
    mean = found.recovery.mean
    return {
        "from": instant(within.since),
        "to": instant(within.until),
        "top_schedules": [_of_schedule(each) for each in found.top],
        "timeouts": [_of_schedule(each) for each in found.timeouts],
        "recoveries": found.recovery.count,
        "mean_time_to_recovery_seconds": mean.total_seconds() if mean is not None else None,
        "failing": [
            {
                "schedule": {"id": str(outage.schedule_id), "name": outage.schedule.name},
                "since": instant(outage.began_at),
                "failures": outage.failures,
            }
            for outage in found.broken
        ],
    }


def name_of(by: By, starts_at: datetime) -> str:
    """A period by its beginning: 2026-11-24, or 2026-11-24T09:00:00Z by hour."""
    return f"{starts_at:%Y-%m-%d}" if by is By.DAY else f"{starts_at:%Y-%m-%dT%H:%M:%SZ}"


def _of_schedule(of: OfSchedule) -> dict[str, Any]:
    return {"schedule": {"id": str(of.schedule_id), "name": of.name}, "count": of.count}
