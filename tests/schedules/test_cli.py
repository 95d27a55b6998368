from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from presstime.executions.models import Execution
from presstime.executions.states import Trigger
from presstime.schedules.models import Schedule
from tests.commands import command

Make = Callable[..., Schedule]


def test_a_schedule_is_run_now(make_schedule: Make) -> None:
    make_schedule()
    result = command("run", "daily", "--param", "airport=LGA", "--timeout", "60", "--as-of", "2026-01-01T06:00:00Z")
    assert result.exit_code == 0
    execution = Execution.objects.get()
    assert result.stdout.strip() == f"{execution.pk} queued"
    assert (execution.trigger, execution.timeout_seconds) == (Trigger.MANUAL, 60)
    assert execution.parameters == {"airport": "LGA"}
    assert execution.scheduled_for == datetime(2026, 1, 1, 6, tzinfo=UTC)


def test_a_day_means_its_beginning_on_the_schedule_s_clock(make_schedule: Make) -> None:
    make_schedule(timezone="Europe/Berlin")
    assert command("run", "daily", "--as-of", "2026-01-01").exit_code == 0
    assert Execution.objects.get().scheduled_for == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_a_script_gets_json(make_schedule: Make) -> None:
    make_schedule()
    assert json.loads(command("run", "daily", "--json").stdout)["status"] == "queued"
    [schedule] = json.loads(command("schedule", "list", "--json").stdout)
    assert (schedule["name"], len(schedule["next_runs"])) == ("daily", 6)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("nothing",), 1, 'There is no schedule "nothing"'),
        (("daily", "--param", "airport=ZZZ"), 1, "parameters.airport"),
        (("daily", "--param", "nonsense"), 2, "is not NAME=VALUE"),
        (("daily", "--as-of", "yesterday"), 2, "is not a time"),
        (("daily", "--timeout", "0"), 1, "timeout_seconds: 0 is not a number of seconds"),
    ],
)
def test_what_cannot_be_run_is_told_and_queues_nothing(
    make_schedule: Make, arguments: tuple[str, ...], code: int, text: str
) -> None:
    make_schedule()
    result = command("run", *arguments)
    assert result.exit_code == code
    assert text in " ".join(result.stderr.split())
    assert Execution.objects.count() == 0


def test_the_list_says_when_each_runs(make_schedule: Make) -> None:
    make_schedule(next_run_at=datetime(2026, 11, 25, 6, tzinfo=UTC), timezone="Europe/Berlin")
    make_schedule("quiet", enabled=False)
    lines = command("schedule", "list").stdout.splitlines()
    assert "At 07:00" in lines[1]
    assert "2026-11-25 07:00" in lines[1]
    assert lines[2].rstrip().endswith("off")
