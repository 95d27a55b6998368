from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from presstime.alerts.models import Alert
from presstime.overview.attention import Facts, items
from presstime.overview.figures import Slow

NOW = datetime(2026, 11, 24, 9, 42, 8, tzinfo=UTC)
CALM = Facts(
    worker_seen_at=NOW - timedelta(seconds=5),
    late=0,
    missed=0,
    executions={"succeeded": 900},
    emails={"sent": 4},
    slow=[],
)


def test_when_all_is_well_nothing_needs_attention() -> None:
    assert items(CALM, NOW) == []


def test_a_silent_worker_comes_first() -> None:
    facts = replace(CALM, worker_seen_at=NOW - timedelta(minutes=3), executions={"dead": 2}, late=4)
    first, second = items(facts, NOW)
    assert first.title == "No worker is running"
    assert first.detail.startswith("The last one was heard 3 min ago.")
    assert second.title == "2 executions gave up after the last retry"
    assert second.url == "/executions?status=dead"


def test_those_who_may_see_dead_letters_are_led_to_them() -> None:
    (item,) = items(replace(CALM, executions={"dead": 2}, dead_letters=3), NOW)
    assert (item.title, item.url) == ("3 executions gave up and wait for a person", "/dead-letters")
    assert items(replace(CALM, executions={"dead": 2}, dead_letters=0), NOW) == []


def test_late_schedules_are_named_only_while_a_worker_runs() -> None:
    assert [item.title for item in items(replace(CALM, late=1), NOW)] == ["1 schedule did not start on time"]


def test_missed_runs_are_said_to_those_who_see_no_alerts() -> None:
    assert [item.title for item in items(replace(CALM, missed=2), NOW)] == ["2 schedules missed a planned run"]
    alert = Alert(kind="run_missed", severity="critical", title="“Daily” did not run as planned")
    assert [item.title for item in items(replace(CALM, missed=1, alerts=[alert]), NOW)] == [alert.title]


def test_a_schedule_near_its_limit_is_named_with_its_share() -> None:
    slow = Slow(UUID(int=7), 1656, 1800, 5, "Finance close")
    (item,) = items(replace(CALM, slow=[slow]), NOW)
    assert item.title == "“Finance close” takes 92% of its 30 min limit"
    assert item.detail == "Its last 5 runs took 27 min 36 s on average; it may be stopped soon"


def test_at_most_five_things_are_named() -> None:
    slow = [Slow(UUID(int=number), 1700, 1800, 1, f"No. {number}") for number in range(9)]
    facts = replace(CALM, executions={"dead": 1, "retrying": 2}, emails={"failed": 3}, slow=slow)
    assert len(items(facts, NOW)) == 5
