"""A small report, the data it reads and the ways to run it: what the tests of definition and evaluation share."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pressroom.definition import parse
from pressroom.document import Document
from pressroom.errors import DefinitionError, Problem
from pressroom.evaluate import evaluate
from pressroom.parameters import resolve
from pressroom.sources import open_source
from pressroom.workspace import Workspace

AT = datetime(2013, 8, 2, 6, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")

FRONT = "---\ntitle: Airport punctuality\nsource: flights\n---\n"
REPORT = """---
title: Airport punctuality
source: flights                       # or per query: ```sql totals source=other
parameters:
  period: {type: period, default: last month}          # binds :period_start and :period_end (half-open)
  airport: {type: text, default: JFK, choices: [JFK, LGA, EWR]}
formats: [pdf, xlsx]
---
# {{ title }}
Of **{{ totals.flights | number }}** flights from {{ airport }}, {{ totals.on_time | percent }} left on time.
```sql totals
select count(*) as flights, avg(dep_delay <= 15) as on_time from flights
where origin = :airport and day >= :period_start and day < :period_end
```
```sql by_day
select day, avg(dep_delay) as delay from flights group by day order by day
```
```sql by_airline
select airline, count(*) as flights, avg(dep_delay) as delay from flights group by airline order by airline
```
```kpi
data: totals
tiles: [{label: Flights, value: flights, format: number}, {label: On time, value: on_time, format: percent}]
```
```chart
data: by_day
type: line                            # or spec: a Vega-Lite specification
x: day
y: delay
```
```table
data: by_airline
columns: {delay: {label: Mean delay, format: "0.0", total: avg}}
limit: 2                              # in PDF and e-mail; files carry all rows, and the cut is said
```
"""
FLIGHTS = [
    ("2013-06-30", "JFK", "AA", 99.0),
    ("2013-07-01", "JFK", "AA", 0.0),
    ("2013-07-02", "JFK", "B6", 30.0),
    ("2013-07-02", "JFK", "*DL* <b>", 5.0),
    ("2013-07-31", "JFK", "AA", 15.0),
    ("2013-08-01", "JFK", "AA", 99.0),
    ("2013-07-04", "LGA", "B6", None),
]


def make_flights(folder: Path) -> str:
    """A SQLite file with seven flights; gives its URL."""
    path = folder / "flights.db"
    if path.exists():
        return f"sqlite:///{path}"
    connection = sqlite3.connect(path)
    connection.execute("create table flights (day date, origin text, airline text, dep_delay real)")
    connection.executemany("insert into flights values (?, ?, ?, ?)", FLIGHTS)
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def run(
    text: str, folder: Path, *, at: datetime = AT, given: Mapping[str, Any] | None = None, row_limit: int = 1000
) -> Document:
    """The document of the report *text* over the seven flights."""
    definition = parse(text)
    resolved = resolve(definition, given or {}, at, NEW_YORK)
    source = open_source(make_flights(folder))
    with Workspace(folder / "scratch", row_limit=row_limit, zone=NEW_YORK) as workspace:
        for query in definition.queries:
            values = {name: resolved.bindings[name] for name in query.parameters}
            workspace.load(query.name, source, query.sql, values)
        source.close()
        return evaluate(definition, workspace, resolved, at=at, zone=NEW_YORK)


def problems_of(text: str) -> tuple[Problem, ...]:
    """What `parse` finds wrong in *text*."""
    with pytest.raises(DefinitionError) as caught:
        parse(text)
    return caught.value.problems


def only_problem_of(text: str) -> Problem:
    (problem,) = problems_of(text)
    return problem
