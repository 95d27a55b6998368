"""A report and schedules over it, written straight into the tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from presstime.reports.models import Report, Revision
from presstime.schedules.models import Schedule

DEFINITION = """---
title: Airport punctuality
source: flights
parameters:
  period: {type: period, default: last month}
  airport: {type: text, default: JFK, choices: [JFK, LGA, EWR]}
formats: [pdf, xlsx]
---
```sql totals
select count(*) as flights from flights where origin = :airport and day >= :period_start and day < :period_end
```
```kpi
data: totals
tiles: [{label: Flights, value: flights}]
```
"""


@pytest.fixture
def report(db: None, now: datetime) -> Report:
    report = Report.objects.create(name="punctuality", title="Airport punctuality", created_at=now, updated_at=now)
    report.current = Revision.objects.create(
        report=report, number=1, definition=DEFINITION, sha256="0" * 64, created_at=now
    )
    report.save()
    return report


@pytest.fixture
def make_schedule(report: Report, now: datetime) -> Callable[..., Schedule]:
    """`make_schedule("daily", cron="0 7 * * *", next_run_at=…)`."""

    def make(name: str = "daily", **fields: Any) -> Schedule:
        wanted: dict[str, Any] = {
            "cron": "0 7 * * *",
            "timezone": "UTC",
            "recipients": {"to": ["alice@example.com"], "cc": [], "bcc": []},
            "formats": ["pdf"],
            "created_at": now,
            "updated_at": now,
        }
        return Schedule.objects.create(name=name, report=report, **(wanted | fields))

    return make
