"""Nights on which the clocks change, minute by minute through scheduler, execution and mail: everybody gets one copy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from presstime.base.configuration_fields import Configuration
from presstime.executions.isolation import prepare
from presstime.executions.models import Execution
from presstime.executions.supervise import Supervisor
from presstime.mail.models import Email
from presstime.schedules.loops import fire_due
from presstime.schedules.models import MissedRun, Schedule
from presstime.schedules.watchdog import Watchdog
from tests.executions.conftest import configuration, report, shop

__all__ = ["configuration", "report", "shop"]
MINUTE = timedelta(minutes=1)
Live = Callable[[datetime, datetime], None]


@pytest.fixture(scope="module", autouse=True)
def fork_server() -> None:
    prepare("forkserver")


@pytest.fixture
def schedule(report, now: datetime) -> Callable[..., Schedule]:
    def schedule(zone: str, next_run_at: str, **fields: str) -> Schedule:
        at = datetime.fromisoformat(next_run_at)
        return Schedule.objects.create(
            name="Nightly",
            report=report,
            cron="30 1 * * *",
            timezone=zone,
            formats=["csv"],
            recipients={"to": ["ann@example.com"]},
            next_run_at=at,
            watch_at=at,
            created_at=now,
            updated_at=now,
            **fields,
        )

    return schedule


@pytest.fixture
def live(configuration: Configuration) -> Live:
    """`live(since, until)`: everything that a worker does, every ten minutes."""

    def live(since: datetime, until: datetime) -> None:
        at = since
        watchdog = Watchdog(since - timedelta(days=1))
        supervisor = Supervisor("one", configuration, now=lambda: at)
        while at <= until:
            fire_due(at)
            fire_due(at)  # as a second worker does
            while supervisor.claim_and_run(at):
                pass
            watchdog.step(at)
            at += 10 * MINUTE

    return live


def sent() -> list[str]:
    """The planned instants of all mails, in the order in which they were made."""
    assert Email.objects.count() == Execution.objects.filter(status="succeeded").count() == Execution.objects.count()
    instants = Execution.objects.order_by("scheduled_for").values_list("scheduled_for", flat=True)
    return [f"{at:%m-%d %H:%M}" for at in instants]


@pytest.mark.parametrize(
    ("zone", "first", "expected"),
    [
        # 01:30 comes twice, at 00:30 and 01:30 UTC
        ("Europe/London", "2026-10-24T00:30Z", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        ("America/New_York", "2026-10-31T05:30Z", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        # 01:30 does not come: 01:00 is followed by 02:00
        ("Europe/London", "2027-03-27T01:30Z", ["03-27 01:30", "03-28 01:00", "03-29 00:30"]),
    ],
)
def test_a_night_of_a_clock_change_sends_one_mail(
    schedule: Callable[..., Schedule], live: Live, zone: str, first: str, expected: list[str]
) -> None:
    since = datetime.fromisoformat(first)
    schedule(zone, first)
    live(since, since + timedelta(hours=50))
    assert sent() == expected
    assert not MissedRun.objects.exists()


@pytest.mark.parametrize("catch_up", ["latest", "all"])
def test_a_worker_that_comes_back_in_the_repeated_hour_makes_up_for_it_once(
    schedule: Callable[..., Schedule], live: Live, catch_up: str
) -> None:
    schedule("Europe/London", "2026-10-25T00:30Z", catch_up=catch_up)
    back = datetime(2026, 10, 25, 1, 20, tzinfo=UTC)  # 01:20 for the second time
    live(back, back + timedelta(hours=20))
    assert sent() == ["10-25 00:30"]
    assert Execution.objects.get().trigger == "catch_up"
    assert not MissedRun.objects.exists()
