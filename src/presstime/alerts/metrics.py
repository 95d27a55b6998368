"""The metrics of alerts."""

from __future__ import annotations

from collections.abc import Iterator

from presstime.alerts import queries
from presstime.alerts.kinds import Severity
from presstime.alerts.states import Status
from presstime.metrics.families import Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading

ALERTS = Metric("presstime_alerts", "Alerts that are not over.", ("severity", "status"))


def register() -> None:
    add("Alerts", (ALERTS,), collect)


def collect(_: Reading) -> Iterator[Sample]:
    counted = queries.count_active()
    for severity in Severity:
        for status in (Status.OPEN, Status.ACKNOWLEDGED):
            yield ALERTS.value(counted.get((severity, status), 0), severity=severity.value, status=status.value)
