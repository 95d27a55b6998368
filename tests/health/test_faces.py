"""What monitoring and people are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client
from typer.testing import CliRunner

from presstime.accounts.models import User
from presstime.base import clock
from presstime.cli import app
from presstime.executions.models import Worker
from presstime.health import registry, service
from presstime.health.models import Change
from presstime.health.monitor import Monitor, monitor
from presstime.health.registry import Check
from presstime.health.states import Finding, Level
from presstime.metrics.models import Tally

SECRETS = ("a-host", "127.0.0.1", "localhost", "/tmp", "presstime-tests")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alive(db: None) -> None:
    """A worker that lives."""
    now = clock.now()
    beats = {"schedules": now.isoformat()}
    Worker.objects.create(node="a-host", pid=1, version="0", slots=2, started_at=now, seen_at=now, beats=beats)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Readings of earlier tests are forgotten; what a look has opened is closed."""
    monitor.flights()
    monitor._flights.clear()
    yield
    monitor._flights.clear()


def test_health_needs_no_credentials_and_tells_no_secrets(alive: None) -> None:
    answer = Client().get("/api/health")
    said = answer.json()
    assert answer.status_code == 200, said
    assert {"database", "email", "disk", "scheduler", "backup", "worker", "queue"} <= set(said["checks"])
    assert said["status"] in ("pass", "warn")
    assert all({"status", "time"} <= set(check) for check in said["checks"].values())
    assert isinstance(said["checks"]["disk"]["observed_value"], int)
    assert said["checks"]["disk"]["observed_unit"] == "bytes"
    for secret in SECRETS:
        assert secret not in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"


def test_health_is_503_when_a_part_fails() -> None:
    answer = Client().get("/api/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "fail"
    assert answer.json()["checks"]["worker"]["output"] == "No worker has run yet."
    assert answer.json()["checks"]["database"]["status"] == "pass"


def test_the_probes_ask_for_less() -> None:
    assert Client().get("/api/health/live").status_code == 200
    ready = Client().get("/api/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "pass"})


def test_the_page_says_what_to_do(alive: None, admin: User) -> None:
    now = clock.now()
    service.note(now)
    client = Client()
    client.force_login(admin)
    page = client.get("/health").content.decode()
    assert "Every part does its work" in page or "Look at it" in page
    Worker.objects.update(seen_at=now - timedelta(minutes=5))
    monitor._flights.clear()
    page = client.get("/health").content.decode()
    assert "Start <code>presstime serve</code>" in page
    diagnostics = page.split('id="diagnostics"')[1].split("</pre>")[0]
    assert "fail  worker: No worker runs." in diagnostics
    for secret in (*SECRETS, "dana"):
        assert secret not in diagnostics


def test_viewers_do_not_see_the_page(bob: User) -> None:
    client = Client()
    client.force_login(bob)
    assert client.get("/health").status_code == 403


def noted(level: Level, now: datetime) -> bool:
    finding = Finding(level, f"It is {level}.")
    check = Check("worker", "Workers", lambda _: finding, is_vital=True)
    return service.note(now, Monitor(lambda: [check]))


def test_changes_are_kept_and_each_half_minute_is_counted_once(now: datetime) -> None:
    assert noted(Level.PASS, now)
    assert not noted(Level.PASS, now + timedelta(seconds=29))  # another worker, the same half minute
    assert noted(Level.FAIL, now + timedelta(seconds=30))
    assert noted(Level.FAIL, now + timedelta(seconds=60))
    assert noted(Level.WARN, now + timedelta(seconds=90))
    assert [(change.before, change.level) for change in Change.objects.order_by("at")] == [
        ("pass", "fail"),
        ("fail", "warn"),
    ]
    counted = Tally.objects.filter(series="health", hours=0).values_list("label", "count")
    assert dict(counted) == {"pass": 1, "fail": 2, "warn": 1}


def test_a_clock_that_goes_back_counts_nothing_twice(now: datetime) -> None:
    assert noted(Level.PASS, now)
    assert not noted(Level.PASS, now - timedelta(minutes=5))


def test_the_command_ends_with_1_when_a_part_fails() -> None:
    result = CliRunner().invoke(app, ["health", "--json"], prog_name="presstime")
    assert result.exit_code == 1
    assert json.loads(result.output)["checks"]["scheduler"]["status"] == "fail"
    assert "FAIL" not in CliRunner().invoke(app, ["health"], prog_name="presstime").output


def test_every_check_has_advice_for_what_it_can_say() -> None:
    for check in registry.checks():
        assert check.title
        assert check.advice, check.name
        assert all(text.endswith(".") for text in check.advice.values())
