"""What the overview reads of executions, on either database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from presstime.executions.models import Execution
from presstime.executions.states import Status
from presstime.overview import queries
from presstime.overview.figures import Run, Slow
from presstime.schedules.models import Schedule
from tests.executions.conftest import configuration, make, report, schedule, shop

__all__ = ["configuration", "make", "report", "schedule", "shop"]


@pytest.fixture
def run(make: Callable[..., Execution]) -> Callable[..., Execution]:
    """`run(queued_at, seconds)`: an execution that succeeded."""

    def succeed(queued_at: datetime, seconds: float) -> Execution:
        execution, started_at = make(), queued_at + timedelta(seconds=1)
        Execution.objects.filter(pk=execution.pk).update(
            status=Status.SUCCEEDED,
            queued_at=queued_at,
            started_at=started_at,
            finished_at=started_at + timedelta(seconds=seconds),
        )
        return execution

    return succeed


def test_runs_are_read_with_their_hour_and_their_length(
    run: Callable[..., Execution], make: Callable[..., Execution], schedule: Schedule, now: datetime
) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    run(hour - timedelta(days=2), 9)
    run(hour + timedelta(minutes=59, microseconds=1), 86_400.125)
    run(hour - timedelta(microseconds=1), 0.25)
    make()  # waits
    found = queries.succeeded_runs(hour - timedelta(days=1), hour + timedelta(hours=1))
    limit = found[0].limit_seconds
    assert [each._replace(schedule=None) for each in found] == [
        Run(hour, pytest.approx(86_400.125, abs=0.0011), limit, None),
        Run(hour - timedelta(hours=1), pytest.approx(0.25, abs=0.0011), limit, None),
    ]
    assert queries.succeeded_seconds(hour - timedelta(days=3), hour - timedelta(days=1)) == [pytest.approx(9)]
    slow = Slow(schedule.pk, 1.0, 2, 3)
    assert [each.name for each in queries.named([slow])] == [schedule.name]
