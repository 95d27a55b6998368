from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from presstime.deadletters.models import DeadLetter
from presstime.executions import queries, service
from presstime.executions.faults import Fault
from presstime.executions.files import Placed
from presstime.executions.job import Done
from presstime.executions.models import Execution
from presstime.executions.states import Category, RetryPolicy, Status, Trigger
from tests.executions.conftest import Make, configuration, make, report, schedule, shop

__all__ = ["configuration", "make", "report", "schedule", "shop"]

POLICY = RetryPolicy(timedelta(seconds=30), timedelta(seconds=900))
WRONG_SQL = Fault(Category.DATA, "sql_syntax", "SQLite says: no such table: stok.", "Correct the query.", "Traceback …")

Die = Callable[..., DeadLetter]


def run_next(now: datetime) -> Execution:
    """Claim what is due, as a worker does."""
    claimed = queries.claim("one", now, now + timedelta(seconds=30))
    assert claimed is not None
    return claimed


def fail_next(now: datetime, fault: Fault = WRONG_SQL) -> Status | None:
    return service.fail(run_next(now), fault, policy=POLICY, jitter=0, now=now)


def succeed_next(now: datetime) -> Execution:
    claimed = run_next(now)
    assert service.succeed(claimed, Placed(Done((), 0, None, {}), "nowhere"), now)
    return claimed


@pytest.fixture
def die(make: Make, now: datetime) -> Die:
    """`die(fault=…, at=…)`: the dead letter of an execution that gave up at once."""

    def die(fault: Fault = WRONG_SQL, at: datetime = now, **changes: object) -> DeadLetter:
        execution = make(**{"trigger": Trigger.SCHEDULE, "scheduled_for": at} | changes)
        assert fail_next(max(at, now), fault) is Status.DEAD
        letter = DeadLetter.objects.get(execution=execution)
        DeadLetter.objects.filter(pk=letter.pk).update(dead_at=at)
        letter.refresh_from_db()
        return letter

    return die
