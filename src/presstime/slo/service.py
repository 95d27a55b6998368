"""Measures the service levels of a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from presstime.accounts import sight
from presstime.executions import tallies
from presstime.executions.states import Status
from presstime.failures import queries as failures
from presstime.health import service as health
from presstime.health.states import Level
from presstime.metrics import queries as metrics
from presstime.metrics import service as counted
from presstime.metrics.states import Sum
from presstime.slo import queries, states
from presstime.slo.states import BASELINE, PERIODS, UPTIME_TARGET, Objective, Uptime
from presstime.web.wording import duration

JUDGED = (Status.SUCCEEDED, Status.FAILED, Status.DEAD)


@dataclass(frozen=True, slots=True)
class Day:
    """One day in UTC: how much of it was up, and how many of its executions succeeded."""

    at: datetime
    up: float | None
    succeeded: int
    judged: int


@dataclass(frozen=True, slots=True)
class Levels:
    """The service levels of a period."""

    period: str
    since: datetime
    until: datetime
    objectives: list[Objective]


def levels(period: str, now: datetime) -> Levels:
    """What was promised and what was kept from *period* ago to *now*."""
    with sight.everything():  # the levels are of the whole installation, whoever asks
        return _levels(period, now)


def _levels(period: str, now: datetime) -> Levels:
    since = now - PERIODS[period]
    up = uptime(since, now)
    sums = counted.within(tallies.ENDED, since, now)
    numbers = [sums.get(status, Sum()).count for status in JUDGED]
    recovery = failures.recovery(since, now)
    lost = queries.lost_runs(since, now)
    return Levels(
        period,
        since,
        now,
        [
            states.uptime_objective(
                up, duration(PERIODS[period] * (1 - UPTIME_TARGET)), duration(up.down) if up.down else "0 s"
            ),
            states.success_objective(numbers[0], sum(numbers)),
            states.recovery_objective(recovery.mean, recovery.count, _baseline(now)),
            states.loss_objective(lost, queries.planned_executions(since, now) + lost),
        ],
    )


def uptime(since: datetime, now: datetime) -> Uptime:
    """The uptime from *since* to *now*, to the hour, since the first half minute that a worker has noted."""
    up, expected, begin = health.uptime(since, now)
    return Uptime(up, expected, begin)


def _baseline(now: datetime) -> timedelta | None:
    """The mean time to recovery of the first 30 days with recoveries; None before they have passed."""
    first = queries.first_recovery_at()
    if first is None or now < first + BASELINE:
        return None
    return failures.recovery(first, first + BASELINE).mean


def by_day(period: str, now: datetime) -> list[Day]:
    """Every day of the period."""
    days = queries.days(now - PERIODS[period], now)
    ended = metrics.by_day(tallies.ENDED.series, days[0], now)
    noted = metrics.by_day(health.SAMPLES.series, days[0], now)
    first = health.noted_since()
    return [_day(at, ended.get(at, {}), noted.get(at, {}), first, now) for at in days]


def _day(
    at: datetime, ended: Mapping[str, Sum], noted: Mapping[str, Sum], first: datetime | None, now: datetime
) -> Day:
    expected = health.half_minutes(first, at, min(now, at + timedelta(days=1))) if first is not None else 0
    up = sum(noted.get(level, Sum()).count for level in (Level.PASS, Level.WARN))
    numbers = [ended.get(status, Sum()).count for status in JUDGED]
    return Day(at, min(1.0, up / expected) if expected else None, numbers[0], sum(numbers))
