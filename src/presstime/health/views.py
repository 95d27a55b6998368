"""The page of health."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.health import diagnostics, queries, service
from presstime.health.monitor import monitor
from presstime.health.registry import Check, checks
from presstime.health.states import Reading

CHANGES = 20


class Row(NamedTuple):
    """A check on the page: what it says, since when, and what to do about it."""

    check: Check
    reading: Reading
    since: datetime | None
    advice: str


@require_safe
@requires(Right.METRICS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """How every part is, what to do, and what has changed lately."""
    now = clock.now()
    report = monitor.report()
    since = service.since(report)
    titles = {check.name: check.title for check in checks()}
    rows = [_row(check, report.readings[check.name], since.get(check.name)) for check in checks()]
    context = {
        "report": report,
        "rows": rows,
        "troubled": [row for row in rows if row.reading.level != "pass"],
        "changes": [(titles.get(change.name, change.name), change) for change in queries.latest_changes(CHANGES)],
        "diagnostics": diagnostics.text(report, now),
    }
    return render(request, "health/health.html", context)


def _row(check: Check, reading: Reading, since: datetime | None) -> Row:
    return Row(check, reading, since, check.advice.get(reading.level, ""))
