"""Text about an installation that may be passed on: versions, checks and figures, nothing that people have named."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from datetime import datetime

from django.db import connection

import presstime
from presstime.accounts import sight
from presstime.health.monitor import Report
from presstime.health.registry import checks
from presstime.metrics import registry
from presstime.metrics.families import Sample


def text(report: Report, now: datetime) -> str:
    """Everything that whoever helps from afar asks first."""
    with sight.everything():  # they are of the whole installation, whoever looks
        return "\n".join([*_about(report, now), "", *_checks(report), "", *_figures(now)]) + "\n"


def _about(report: Report, now: datetime) -> Iterator[str]:
    yield f"Presstime {presstime.__version__}: {report.level.value}, {now:%Y-%m-%dT%H:%M:%SZ}"
    yield f"Python {platform.python_version()}, {platform.system()} {platform.release()} {platform.machine()}"
    yield f"Database {connection.vendor} {_database_version()}"


def _database_version() -> str:
    if connection.vendor == "sqlite":
        return str(sys.modules["sqlite3"].sqlite_version)
    return ".".join(str(part) for part in connection.get_database_version())


def _checks(report: Report) -> Iterator[str]:
    for check in checks():
        reading = report.readings[check.name]
        finding = reading.finding
        figure = f" [{finding.value:g} {finding.unit}]" if finding.value is not None else ""
        yield f"{reading.level.value:<5} {check.name}: {finding.output}{figure} ({reading.at:%H:%M:%SZ})"


def _figures(now: datetime) -> Iterator[str]:
    for sample in registry.collect(now).samples:
        if sample.value and not sample.buckets:
            yield f"{sample.metric.name}{_labels(sample)} {sample.value:g}"


def _labels(sample: Sample) -> str:
    written = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
    return f"{{{written}}}" if written else ""
