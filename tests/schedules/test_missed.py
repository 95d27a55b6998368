"""A missed run is run or acknowledged by a person, through the page, the API and the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from presstime.accounts.models import User
from presstime.alerts.models import Alert
from presstime.audit.models import Entry
from presstime.base.errors import Conflict, NotFound
from presstime.executions.models import Execution
from presstime.executions.states import PRIORITY_MANUAL, Trigger
from presstime.schedules import missed
from presstime.schedules.loops import fire_due
from presstime.schedules.models import MissedRun, Schedule
from presstime.schedules.watchdog import Watchdog
from tests.commands import command

Make = Callable[..., Schedule]
SEVEN = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
EIGHT = SEVEN + timedelta(hours=1)
LATER = EIGHT + timedelta(minutes=5)


@pytest.fixture
def late(make_schedule: Make) -> Schedule:
    """A schedule whose runs of seven and eight o'clock the scheduler has lost."""
    schedule = make_schedule("late", cron="0 * * * *", next_run_at=None, watch_at=SEVEN)
    Watchdog(SEVEN - timedelta(days=1)).step(LATER)
    assert open_ones(schedule) == [SEVEN, EIGHT]
    return schedule


def open_ones(schedule: Schedule) -> list[datetime]:
    found = MissedRun.objects.filter(schedule=schedule, settled_at__isnull=True)
    return list(found.order_by("planned_for").values_list("planned_for", flat=True))


def alert() -> Alert:
    return Alert.objects.get(kind="run_missed")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, address: str, body: Any) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json")


def test_a_missed_run_runs_at_its_planned_instant_ahead_of_what_is_planned(late: Schedule, alice: User) -> None:
    execution = missed.run(late.pk, SEVEN, alice, LATER)
    assert (execution.scheduled_for, execution.trigger, execution.priority) == (
        SEVEN,
        Trigger.CATCH_UP,
        PRIORITY_MANUAL,
    )
    assert (execution.requested_by, execution.recipients) == (alice, late.recipients)
    assert open_ones(late) == [EIGHT]
    assert alert().cleared_at is None
    missed.run(late.pk, EIGHT, alice, LATER)
    assert alert().cleared_at == LATER
    Watchdog(SEVEN - timedelta(days=1)).step(LATER + timedelta(minutes=1))
    assert alert().cleared_at == LATER


def test_it_never_runs_twice_whoever_is_faster(make_schedule: Make) -> None:
    schedule = make_schedule(next_run_at=SEVEN, watch_at=SEVEN)
    MissedRun.objects.create(schedule=schedule, planned_for=SEVEN, noted_at=LATER)
    fire_due(LATER)
    with pytest.raises(Conflict, match="has been started meanwhile"):
        missed.run(schedule.pk, SEVEN, None, LATER)
    MissedRun.objects.update(settled_at=LATER)
    with pytest.raises(NotFound, match="no missed run planned for 2026-11-24 07:00 UTC"):
        missed.run(schedule.pk, SEVEN, None, LATER)
    assert Execution.objects.count() == 1


def test_the_scheduler_does_not_fire_what_a_person_has_run(make_schedule: Make) -> None:
    schedule = make_schedule(next_run_at=SEVEN, watch_at=SEVEN)
    MissedRun.objects.create(schedule=schedule, planned_for=SEVEN, noted_at=LATER)
    missed.run(schedule.pk, SEVEN, None, LATER)
    fire_due(LATER)
    assert Execution.objects.count() == 1


def test_the_page_has_buttons_beside_each(late: Schedule, admin: User) -> None:
    client = client_of(admin)
    address = f"/schedules/{late.pk}"
    page = client.get(address).content.decode()
    assert page.count(f'action="{address}/missed/run"') == 2
    assert "Acknowledge all 2" in page
    answer = client.post(f"{address}/missed/run", {"planned_for": SEVEN.isoformat()})
    execution = Execution.objects.get()
    assert answer["Location"] == f"/executions/{execution.pk}"
    answer = client.post(f"{address}/missed/acknowledge", {"planned_for": EIGHT.isoformat()}, follow=True)
    assert "Acknowledged: 1 missed run." in answer.content.decode()
    assert "Did not run" not in answer.content.decode()
    actions = list(Entry.objects.order_by("sequence").values_list("action", flat=True))
    assert actions[-2:] == ["schedule.executed", "schedule.missed_acknowledged"]
    again = client.post(f"{address}/missed/run", {"planned_for": SEVEN.isoformat()}, follow=True)
    assert "has no missed run planned for 2026-11-24 07:00 UTC" in again.content.decode()


@pytest.mark.parametrize(
    "given", ["", "yesterday", "2026-11-24T07:00:00", "2026-13-40T07:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_the_page_refuses_what_is_no_moment(late: Schedule, admin: User, given: str) -> None:
    answer = client_of(admin).post(f"/schedules/{late.pk}/missed/run", {"planned_for": given})
    assert answer.status_code == 409
    assert "planned_for" in answer.content.decode()
    assert Execution.objects.count() == 0


def test_the_page_shows_the_newest_and_counts_the_rest(late: Schedule, admin: User) -> None:
    hours = [SEVEN - timedelta(hours=hour) for hour in range(1, 13)]
    MissedRun.objects.bulk_create(MissedRun(schedule=late, planned_for=at, noted_at=LATER) for at in hours)
    client = client_of(admin)
    assert "and 4 more" in client.get(f"/schedules/{late.pk}").content.decode()
    client.post(f"/schedules/{late.pk}/missed/acknowledge", {"all": "14"})
    assert open_ones(late) == []
    assert alert().status == "cleared"


def test_who_may_not_is_told_on_the_page_and_refused(late: Schedule, bob: User, alice: User) -> None:
    viewer, author = client_of(bob), client_of(alice)
    assert f'action="/schedules/{late.pk}/missed/run"' not in viewer.get(f"/schedules/{late.pk}").content.decode()
    body = {"planned_for": SEVEN.isoformat()}
    assert viewer.post(f"/schedules/{late.pk}/missed/run", body).status_code == 403
    assert author.post(f"/schedules/{late.pk}/missed/acknowledge", body).status_code == 403
    assert open_ones(late) == [SEVEN, EIGHT]


def test_the_api_lists_runs_and_acknowledges(late: Schedule, admin: User) -> None:
    client = client_of(admin)
    listed = client.get("/api/missed-runs").json()
    assert listed["total"] == 2
    assert listed["items"][0] == {
        "schedule": {"id": str(late.pk), "name": "late"},
        "planned_for": "2026-11-24T08:00:00Z",
        "noted_at": "2026-11-24T08:05:00Z",
    }
    address = "/api/schedules/late/missed-runs"
    answer = post(client, f"{address}/run", {"planned_for": "2026-11-24T08:00:00+01:00"})
    assert (answer.status_code, answer.json()["scheduled_for"]) == (202, "2026-11-24T07:00:00Z")
    assert post(client, f"{address}/run", {"planned_for": "2026-11-24T07:00:00Z"}).status_code == 404
    assert post(client, f"{address}/acknowledge", {"planned_for": ["2026-11-24T06:00:00Z"]}).status_code == 404
    assert post(client, f"{address}/acknowledge", {}).json() == {"acknowledged": ["2026-11-24T08:00:00Z"]}
    assert post(client, f"{address}/acknowledge", {}).status_code == 404
    assert client.get("/api/missed-runs").json()["items"] == []


def test_the_api_names_what_is_wrong_with_a_moment(late: Schedule, admin: User) -> None:
    client, address = client_of(admin), "/api/schedules/late/missed-runs"
    answer = post(client, f"{address}/run", {"planned_for": "2026-11-24T08:00:00"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "planned_for")
    answer = post(client, f"{address}/acknowledge", {"planned_for": ["2026-11-24T08:00:00Z", "2026-11-24T08:00:00"]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "planned_for.1")
    assert post(client, f"{address}/acknowledge", {"planned_for": []}).status_code == 422


def test_the_command_line_lists_runs_and_acknowledges(late: Schedule) -> None:
    assert command("schedule", "missed").stdout.splitlines() == [
        "2026-11-24T08:00:00Z  late  (2026-11-24 08:00 local)",
        "2026-11-24T07:00:00Z  late  (2026-11-24 07:00 local)",
    ]
    assert len(json.loads(command("schedule", "missed", "late", "--json").stdout)) == 2
    run = command("schedule", "run-missed", "late", "2026-11-24T07:00", "--json")
    assert json.loads(run.stdout)["scheduled_for"] == "2026-11-24T07:00:00Z"
    assert command("schedule", "acknowledge", "late").exit_code == 2
    assert command("schedule", "run-missed", "late", "soon").exit_code == 2
    assert (
        command("schedule", "acknowledge", "late", "2026-11-24T08:00:00Z").stdout
        == "2026-11-24T08:00:00Z acknowledged\n"
    )
    nothing = command("schedule", "acknowledge", "late", "--all")
    assert (nothing.exit_code, "has no missed runs" in nothing.stderr) == (1, True)
