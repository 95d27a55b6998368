"""A report over a small SQLite file, and executions of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from presstime.base.configuration_fields import Configuration
from presstime.executions import service
from presstime.executions.models import Execution
from presstime.executions.service import NewExecution
from presstime.executions.states import Trigger
from presstime.reports.models import Report, Revision
from presstime.schedules.models import Schedule
from presstime.sources import service as sources

DEFINITION = """---
title: Stock
source: shop
formats: [csv]
---
There are **{{ total.things }}** things.

```sql total
select count(*) as things from stock
```

```sql stock
select name, pieces from stock order by name
```

```table
data: stock
```
"""

Make = Callable[..., Execution]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A SQLite file with three things in stock."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table stock (name text, pieces integer)")
        connection.executemany("insert into stock values (?, ?)", [("Apples", 3), ("Pears", 5), ("Plums", 8)])
    connection.close()
    return path


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    """Settings with a data folder of this test's own."""
    return Configuration(data_dir=tmp_path / "data", mail_from="Reports <reports@example.com>")


@pytest.fixture
def report(transactional_db: None, shop: Path, now: datetime) -> Report:
    sources.add(name="shop", url=f"sqlite:///{shop}", by=None, now=now)
    return add_report("Stock", DEFINITION, now)


def add_report(name: str, text: str, now: datetime) -> Report:
    report = Report.objects.create(name=name, title=name, created_at=now, updated_at=now)
    report.current = Revision.objects.create(report=report, number=1, definition=text, sha256="0" * 64, created_at=now)
    report.save()
    return report


@pytest.fixture
def schedule(report: Report, now: datetime) -> Schedule:
    return Schedule.objects.create(
        name="Daily stock",
        report=report,
        cron="0 9 * * *",
        timezone="UTC",
        formats=["csv"],
        created_at=now,
        updated_at=now,
    )


@pytest.fixture
def make(report: Report, now: datetime) -> Make:
    """`make(trigger=…, recipients=…)`: a queued execution."""

    def make(**changes: Any) -> Execution:
        of = changes.pop("report", report)
        values: dict[str, Any] = {
            "report": of,
            "revision": of.current,
            "trigger": Trigger.MANUAL,
            "scheduled_for": now,
            "timezone": "UTC",
            "timeout_seconds": 300,
            "formats": ["csv"],
        }
        with transaction.atomic():
            execution = service.enqueue(NewExecution(**values | changes), now)
        assert execution is not None
        return execution

    return make


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    """Every test ends its child processes."""
    yield
    from multiprocessing import active_children

    assert active_children() == []
