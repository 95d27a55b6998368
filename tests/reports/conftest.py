"""A source with thirty flights, and a report over it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from presstime.reports import service
from presstime.reports.models import Report
from presstime.sources import service as sources
from presstime.sources.models import Source

DEFINITION = """---
title: Airport punctuality
source: flights
parameters:
  period: {type: period, default: last month}
  airport: {type: text, default: JFK, choices: [JFK, LGA, EWR]}
formats: [pdf, xlsx]
---
# {{ title }}
Of **{{ totals.flights | number }}** flights from {{ airport }}, all left.
```sql totals
select count(*) as flights from flights where origin = :airport and day >= :period_start and day < :period_end
```
```table
data: totals
```
"""


@pytest.fixture
def source(data_path: Path, db: None, now: datetime) -> Iterator[Source]:
    file = data_path / "flights.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("create table flights (origin text, day text)")
        rows = [("JFK", f"2026-10-{day:02}") for day in range(1, 31)]
        database.executemany("insert into flights values (?, ?)", rows)
        database.commit()
    yield sources.add(name="flights", url="sqlite:///flights.db", by=None, now=now)
    file.unlink()


@pytest.fixture
def report(source: Source, now: datetime) -> Report:
    return service.create(name="punctuality", definition=DEFINITION, by=None, now=now)
