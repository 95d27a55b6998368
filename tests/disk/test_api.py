"""The disks through the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from presstime.accounts.models import User
from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.disk import cleanups, queries, survey
from presstime.disk.models import Sample
from presstime.disk.states import slot
from presstime.schedules.models import Schedule

pytestmark = pytest.mark.django_db(transaction=True)
Finished = Callable[..., Path]


@pytest.fixture
def now() -> datetime:
    """The real time: the API asks the clock itself."""
    return clock.now()


@pytest.fixture
def client(admin: User, in_force: Configuration) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def send(client: Client, method: str, path: str, body: dict[str, Any]) -> Any:
    return client.generic(method, path, json.dumps(body), content_type="application/json")


def test_the_answer_has_every_field_of_the_contract(
    client: Client, finished: Finished, schedule: Schedule, now: datetime
) -> None:
    hour = timedelta(hours=1)
    finished(size=300, schedule_id=schedule.pk)
    finished(size=100)
    Schedule.objects.filter(pk=schedule.pk).update(cron="0 * * * *", next_run_at=slot(now, hour) + hour)
    at = slot(now) - timedelta(days=2)
    Sample.objects.create(volume="data", at=at, total_bytes=10**15, free_bytes=10**15)
    found = client.get("/api/disk").json()
    assert [item["path_kind"] for item in found["volumes"]] == ["database", "reports", "scratch", "backup"]
    assert {item["name"] for item in found["volumes"]} == {"data"}
    assert all(0 < item["free_bytes"] < item["total_bytes"] for item in found["volumes"])
    assert (found["thresholds"]["warning_bytes"], found["thresholds"]["critical_bytes"]) == (5 * 10**9, 10**9)
    assert found["trend"][0]["free_bytes"] == 10**15
    assert found["trend"][-1]["free_bytes"] == pytest.approx(found["volumes"][0]["free_bytes"], rel=0.1)
    assert found["days_left"] < 1
    assert found["average_report_bytes"] == 200
    assert found["estimated_next_execution_bytes"] == 300
    assert found["estimated_next_24h_bytes"] == 24 * 300
    assert found["recommendations"] == []


def test_what_uses_space_and_what_can_go_is_as_a_worker_saw_it_with_the_moment(
    client: Client, finished: Finished, schedule: Schedule, in_force: Configuration, now: datetime
) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(retention_days=10)
    before = client.get("/api/disk").json()
    assert (before["usage"], before["recommendations"], before["recommendations_at"]) == (None, [], None)
    survey.keep(in_force, now - timedelta(hours=2))
    finished(days=11, size=70, schedule_id=schedule.pk)
    seen = client.get("/api/disk").json()
    assert (seen["usage"][0], seen["recommendations"]) == ({"name": "Files of executions", "bytes": 0}, [])
    assert datetime.fromisoformat(seen["recommendations_at"]) == now - timedelta(hours=2)
    survey.keep(in_force, now)
    looked = client.get("/api/disk").json()
    assert [(each["action"], each["bytes"]) for each in looked["recommendations"]] == [("expired_reports", 70)]
    assert looked["usage"][0]["bytes"] == 70
    cleanups.request_what_is_due(in_force, now)
    while cleanups.go_on(in_force, clock.now()):
        pass
    assert queries.find_survey() is not None, "a cleanup is followed by a look"
    assert client.get("/api/disk").json()["recommendations"] == []


def test_administrators_set_the_thresholds(client: Client) -> None:
    answer = send(client, "PATCH", "/api/disk/thresholds", {"warning_bytes": 2**59, "critical_bytes": 2**58})
    assert (answer.status_code, answer.json()["critical_bytes"]) == (200, 2**58)
    found = client.get("/api/disk").json()
    assert {item["status"] for item in found["volumes"]} == {"fail"}
    assert found["recommendations"][-1]["action"] == "enlarge_volume"
    refused = send(client, "PATCH", "/api/disk/thresholds", {"critical_bytes": 2**60})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "critical_bytes")
    reset = send(client, "PATCH", "/api/disk/thresholds", {"warning_bytes": None, "critical_bytes": None})
    assert reset.json()["origins"] == {"warning_bytes": "default", "critical_bytes": "default"}


def test_operators_look_and_do_not_change(make_user: Callable[[str, str], User], in_force: Configuration) -> None:
    client = Client()
    client.force_login(make_user("olga", "operator"))
    assert client.get("/api/disk").status_code == 200
    assert send(client, "PATCH", "/api/disk/thresholds", {}).status_code == 403
    assert send(client, "POST", "/api/disk/cleanup", {"dry_run": True}).status_code == 403


def test_a_dry_run_tells_what_a_cleanup_then_frees(
    client: Client, finished: Finished, schedule: Schedule, in_force: Configuration
) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(retention_days=10)
    old, young = (finished(days=days, size=70, schedule_id=schedule.pk) for days in (11, 9))
    dry = send(client, "POST", "/api/disk/cleanup", {"dry_run": True}).json()
    assert (dry["bytes"], [(each["action"], each["count"]) for each in dry["actions"]]) == (
        70,
        [("expired_reports", 1)],
    )
    assert old.exists()
    answer = send(client, "POST", "/api/disk/cleanup", {"dry_run": False, "actions": ["expired_reports"]})
    assert (answer.status_code, answer.json()["status"], answer.json()["planned_bytes"]) == (202, "queued", 70)
    assert send(client, "POST", "/api/disk/cleanup", {"dry_run": False}).status_code == 409
    while cleanups.go_on(in_force, clock.now()):
        pass
    done = client.get(f"/api/disk/cleanups/{answer.json()['id']}").json()
    assert (done["status"], done["removed"], done["freed_bytes"], done["remaining"]) == ("succeeded", 1, 70, [])
    assert (old.exists(), young.exists()) == (False, True)
    execution = client.get(f"/api/executions/{old.name.split('.')[0]}").json()
    assert (execution["status"], execution["artifacts"][0]["removed_at"] is None) == ("succeeded", False)
    gone = client.get(execution["artifacts"][0]["url"])
    assert (gone.status_code, "removed" in gone.json()["detail"]) == (404, True)


def test_an_unknown_action_or_volume_is_named(client: Client) -> None:
    refused = send(client, "POST", "/api/disk/cleanup", {"dry_run": True, "actions": ["everything"]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "actions.0")
    assert client.get("/api/disk?volume=other").status_code == 404
