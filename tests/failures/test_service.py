"""What fails is counted when it fails; a success ends the outage."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from presstime.accounts.models import User
from presstime.base import clock
from presstime.executions import queries as executions
from presstime.executions import service as running
from presstime.executions.faults import Fault
from presstime.executions.files import Placed
from presstime.executions.job import Done
from presstime.executions.models import Execution
from presstime.executions.states import MAXIMUM_CRASHES, Category, RetryPolicy
from presstime.failures import service
from presstime.failures.cli import app
from presstime.failures.models import FailureCount, FailureDay, Outage
from presstime.failures.states import By, range_of
from presstime.schedules.models import Schedule
from tests.executions.conftest import Make

POLICY = RetryPolicy(timedelta(seconds=30), timedelta(seconds=900))
WRONG = Fault(Category.DATA, "missing_column", "There is no such column.")
AWAY = Fault(Category.NETWORK, "dns", "No such host.")
LATE = Fault(Category.SYSTEM, "timeout", "Stopped at its limit.")
HOUR = timedelta(hours=1)


def claim(at: datetime) -> Execution:
    execution = executions.claim("one", at, at + timedelta(seconds=30))
    assert execution is not None
    return execution


def fail(at: datetime, fault: Fault) -> None:
    running.fail(claim(at), fault, policy=POLICY, jitter=0, now=at)


def succeed(at: datetime) -> None:
    assert running.succeed(claim(at), Placed(Done((), 0, None, {}), "2026/11/x.1"), at)


def get(client: Client, path: str, **parameters: str) -> Any:
    answer = client.get(f"/api/errors{path}", parameters)
    return answer.json()


@pytest.fixture
def viewer(bob: User, client: Client) -> Client:
    client.force_login(bob)
    return client


def test_every_failed_attempt_counts_in_its_hour_and_a_retry_counts_again(
    make: Make, schedule: Schedule, now: datetime, viewer: Client
) -> None:
    make(schedule_id=schedule.pk)
    fail(now, AWAY)
    fail(now + timedelta(minutes=1), AWAY)
    fail(now + HOUR, AWAY)
    make()
    fail(now + HOUR, WRONG)
    make()
    fail(now + HOUR, WRONG)
    assert FailureCount.objects.count() == 3
    assert sum(FailureDay.objects.values_list("count", flat=True)) == 5
    assert FailureDay.objects.count() == 2
    found = get(viewer, "/trend", by="hour", **{"from": "2026-11-24T08:00:00Z", "to": "2026-11-24T11:00:00Z"})
    told = {(item["period"][11:13], item["category"]): item["count"] for item in found["items"]}
    assert len(told) == 3 * len(Category)
    assert {key: count for key, count in told.items() if count} == {
        ("09", "network"): 2,
        ("10", "network"): 1,
        ("10", "data"): 2,
    }
    days = get(viewer, "/trend", by="day", **{"from": "2026-11-23", "to": "2026-11-24"})["items"]
    assert [item for item in days if item["count"] or item["category"] == "unknown"] == [
        {"period": "2026-11-23", "category": "unknown", "count": 0},
        {"period": "2026-11-24", "category": "network", "count": 3},
        {"period": "2026-11-24", "category": "data", "count": 2},
        {"period": "2026-11-24", "category": "unknown", "count": 0},
    ]


def test_the_time_to_recovery_runs_from_the_first_failure_to_the_next_success(
    make: Make, schedule: Schedule, now: datetime
) -> None:
    make(schedule_id=schedule.pk)
    fail(now, AWAY)
    fail(now + HOUR, AWAY)
    within = range_of(By.DAY, "2026-11-24", "2026-11-24", now)
    assert service.errors(within).recovery.mean is None
    assert [(outage.began_at, outage.failures) for outage in service.errors(within).broken] == [(now, 2)]
    succeed(now + 3 * HOUR)
    make(schedule_id=schedule.pk, scheduled_for=now + HOUR)
    fail(now + 4 * HOUR, WRONG)
    make(schedule_id=schedule.pk, scheduled_for=now + 2 * HOUR)
    succeed(now + 5 * HOUR)
    found = service.errors(within)
    assert (found.recovery.count, found.recovery.mean) == (2, 2 * HOUR)
    assert found.broken == []


def test_timeouts_and_failures_are_told_by_schedule(
    make: Make, schedule: Schedule, now: datetime, viewer: Client
) -> None:
    make(schedule_id=schedule.pk)
    fail(now, LATE)
    fail(now + HOUR, LATE)
    make(schedule_id=schedule.pk)
    fail(now + HOUR, WRONG)
    found = get(viewer, "/summary", **{"from": "2026-11-24", "to": "2026-11-24"})
    of = {"id": str(schedule.pk), "name": schedule.name}
    assert found["top_schedules"] == [{"schedule": of, "count": 3}]
    assert found["timeouts"] == [{"schedule": of, "count": 2}]
    assert found["failing"] == [{"schedule": of, "since": "2026-11-24T09:00:00Z", "failures": 3}]
    assert (found["recoveries"], found["mean_time_to_recovery_seconds"]) == (0, None)


def test_a_worker_that_is_lost_for_the_third_time_counts_as_one_failure(make: Make, now: datetime) -> None:
    make()
    for number in range(MAXIMUM_CRASHES):
        claim(now + HOUR * number)
        running.requeue_own("one", now + HOUR * number)
    assert list(FailureCount.objects.values_list("code", "count")) == [("worker_lost", 1)]


def test_a_time_that_cannot_be_told_is_422(viewer: Client) -> None:
    answer = viewer.get("/api/errors/trend", {"by": "hour", "from": "2026-01-01"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "from"
    assert viewer.get("/api/errors/trend", {"by": "week"}).status_code == 422
    assert viewer.get("/api/errors/trend", {"form": "2026-01-01"}).status_code == 422


def test_the_page_shows_the_chart_its_table_and_the_schedules(
    make: Make, schedule: Schedule, now: datetime, viewer: Client
) -> None:
    assert "Nothing failed in the last 7 days." in viewer.get("/errors?within=week").content.decode()
    at = clock.now()
    make(schedule_id=schedule.pk)
    fail(at + timedelta(days=1), LATE)  # due by then, whatever the clock says
    hour = at.replace(minute=0, second=0, microsecond=0)
    FailureCount.objects.update(hour=hour)
    FailureDay.objects.update(day=hour.replace(hour=0))
    for within in ("", "?within=day", "?within=week", "?within=quarter", "?within=bogus"):
        page = viewer.get(f"/errors{within}").content.decode()
        assert 'class="system"' in page
        assert page.count(schedule.name) == 3


def test_what_is_very_old_is_forgotten(make: Make, schedule: Schedule, now: datetime) -> None:
    make(schedule_id=schedule.pk)
    fail(now, AWAY)
    succeed(now + HOUR)
    service.forget(now + timedelta(days=700))
    assert [model.objects.count() for model in (FailureCount, FailureDay, Outage)] == [1, 1, 1]
    service.forget(now + timedelta(days=800))
    assert [model.objects.count() for model in (FailureCount, FailureDay, Outage)] == [0, 0, 0]


def test_the_command_tells_what_the_api_tells(make: Make, schedule: Schedule, now: datetime, viewer: Client) -> None:
    make(schedule_id=schedule.pk)
    fail(now, AWAY)
    fail(now + timedelta(minutes=1), LATE)
    times = {"from": f"{now:%Y-%m-%d}", "to": f"{now:%Y-%m-%d}"}
    options = ["--from", times["from"], "--to", times["to"]]
    run = CliRunner().invoke
    assert json.loads(run(app, ["trend", "--json", *options]).stdout) == get(viewer, "/trend", **times)["items"]
    assert json.loads(run(app, ["summary", "--json", *options]).stdout) == get(viewer, "/summary", **times)
    head, line = run(app, ["trend", *options]).stdout.splitlines()
    assert head.split() == ["network", "data", "system", "configuration", "unknown"]
    assert line.split() == [times["from"], "1", "0", "1", "0", "0"]
    told = run(app, ["summary", *options]).stdout
    assert "Failed attempts: 2" in told
    assert "Stopped at the time limit\n        1  Daily stock" in told
    assert "Failing now\n        2  Daily stock  since 2026-11-24T09:00:00Z" in told
