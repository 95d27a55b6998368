"""The metrics of health, as a worker last noted it, and of the checks of the process that answers."""

from __future__ import annotations

from collections.abc import Iterator

from presstime.health import queries
from presstime.health.monitor import monitor
from presstime.health.service import SAMPLES, uptime_ratios
from presstime.health.states import RANK, Level
from presstime.metrics.families import Kind, Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading
from presstime.metrics.states import Sum

STATUS = Metric(
    "presstime_health_check_status",
    "How a check stands: 0 pass, 1 warn, 2 fail; noted twice a minute by a worker.",
    ("check",),
)
SINCE = Metric("presstime_health_check_since_timestamp_seconds", "Since when it has stood so.", ("check",))
SAMPLED = Metric(
    "presstime_health_samples_total",
    "Half minutes by the worst level of the vital checks; none while no worker ran.",
    ("level",),
    Kind.COUNTER,
)
UPTIME = Metric(
    "presstime_uptime_ratio",
    "Half minutes of the window in which no vital check failed, among all since measuring began; to the hour.",
    ("window",),
)
RUNS = Metric("presstime_health_check_runs_total", "Looks of the web process that answers.", ("check",), Kind.COUNTER)


def register() -> None:
    add("Health", (STATUS, SINCE, SAMPLED, UPTIME, RUNS), collect)


def collect(reading: Reading) -> Iterator[Sample]:
    for name, standing in queries.standings().items():
        yield STATUS.value(RANK[Level(standing.level)], check=name)
        yield SINCE.value(standing.since.timestamp(), check=name)
    sums = reading.all_time[SAMPLES.series]
    for level in Level:
        yield SAMPLED.value(sums.get(level, Sum()).count, level=level.value)
    for window, ratio in uptime_ratios(reading.now).items():
        yield UPTIME.value(ratio, window=window)
    for name, flight in monitor.flights().items():
        yield RUNS.value(flight.runs, check=name)
