"""A report of health as the API and the command show it."""

from __future__ import annotations

from typing import Any

import presstime
from presstime.api.schemas import instant
from presstime.health.monitor import Report
from presstime.health.states import Reading


def present(report: Report) -> dict[str, Any]:
    """`{"status", "version", "time", "checks": {name: {"status", "time", …}}}`; nothing in it is secret."""
    return {
        "status": report.level.value,
        "version": presstime.__version__,
        "time": instant(report.at),
        "checks": {name: present_reading(reading) for name, reading in report.readings.items()},
    }


def present_reading(reading: Reading) -> dict[str, Any]:
    finding = reading.finding
    said: dict[str, Any] = {"status": finding.level.value, "time": instant(reading.at)}
    if finding.value is not None:
        said |= {"observed_value": finding.value, "observed_unit": finding.unit}
    if finding.output:
        said["output"] = finding.output
    return said
