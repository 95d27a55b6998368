"""Requirement 4 to the letter for schedules; who acts, from where; signing in, and being refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from presstime.accounts import refused, service
from presstime.accounts.models import User
from presstime.audit.models import Entry
from tests.audit import world as worlds
from tests.audit.world import World
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None, tmp_path: Path, admin: User, alice: User, bob: User, now: datetime) -> World:
    return worlds.build(tmp_path, admin, alice, bob, now)


@pytest.fixture
def client(alice: User) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.force_login(alice)
    return client


def last() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(Entry.objects.latest("sequence").body)
    return body


def call(client: Client, method: str, address: str, body: Any = None, status: int = 200) -> Any:
    response = client.generic(method, address, json.dumps(body or {}), content_type="application/json")
    assert response.status_code == status, response.content
    return response.json() if response.content else None


def test_a_created_schedule_is_logged_with_user_time_and_details(client: Client, world: World) -> None:
    given = {"name": "Weekly", "report": "Stock", "cron": "0 7 * * 1", "recipients": {"to": ["ann@example.com"]}}
    made = call(client, "POST", "/api/schedules", given, 201)
    entry = last()
    assert entry["action"] == "schedule.created"
    assert entry["user"] == {"type": "user", "id": str(world.alice.pk), "name": "alice"}
    assert entry["target"] == {"type": "schedule", "id": made["id"], "name": "Weekly"}
    assert entry["time"].endswith("Z")
    assert (entry["new"]["cron"], entry["new"]["report"]["name"], entry["old"]) == ("0 7 * * 1", "Stock", None)
    assert entry["new"]["recipients"]["to"] == ["ann@example.com"]
    assert entry["ip"] == "192.0.2.7"


def test_an_updated_schedule_is_logged_with_old_and_new_values_of_what_changed(client: Client, world: World) -> None:
    call(client, "PATCH", f"/api/schedules/{world.schedule.pk}", {"cron": "0 7 * * 1", "timeout_seconds": 900})
    entry = last()
    assert entry["action"] == "schedule.updated"
    assert entry["old"] == {"cron": "0 9 * * *", "timeout_seconds": 1800}
    assert entry["new"] == {"cron": "0 7 * * 1", "timeout_seconds": 900}


def test_a_deleted_schedule_is_logged_with_its_details(client: Client, world: World) -> None:
    call(client, "DELETE", f"/api/schedules/{world.schedule.pk}", status=204)
    entry = last()
    assert (entry["action"], entry["new"]) == ("schedule.deleted", None)
    assert (entry["old"]["name"], entry["old"]["cron"]) == ("Daily stock", "0 9 * * *")


def test_switching_is_logged_apart_from_what_is_changed_with_it(client: Client, world: World) -> None:
    call(client, "POST", f"/api/schedules/{world.schedule.pk}/disable")
    assert (last()["action"], last()["new"]) == ("schedule.disabled", {"enabled": False})
    call(client, "PATCH", f"/api/schedules/{world.schedule.pk}", {"enabled": True, "cron": "0 7 * * 1"})
    actions = [entry.action for entry in Entry.objects.order_by("sequence")][-2:]
    assert actions == ["schedule.enabled", "schedule.updated"]
    assert last()["new"] == {"cron": "0 7 * * 1"}


def test_a_manual_execution_is_logged_with_the_user_and_the_execution(client: Client, world: World) -> None:
    made = call(client, "POST", f"/api/schedules/{world.schedule.pk}/run", {"timeout_seconds": 600}, 202)
    entry = last()
    assert (entry["action"], entry["user"]["name"]) == ("schedule.executed", "alice")
    assert (entry["new"]["execution"], entry["new"]["timeout_seconds"]) == (made["id"], 600)


def test_a_program_acts_as_the_token_of_its_user(world: World, now: datetime) -> None:
    token, secret = service.create_token(world.alice, "ci", ["all"], now)
    client = Client(
        headers={"Authorization": f"Bearer {secret}", "X-Request-ID": "build-4711"}, REMOTE_ADDR="192.0.2.9"
    )
    response = client.post(f"/api/schedules/{world.schedule.pk}/disable")
    assert response["X-Request-ID"] == "build-4711"
    entry = last()
    assert entry["user"] == {
        "type": "token", "id": str(world.alice.pk), "name": "alice", "token": {"id": str(token.pk), "name": "ci"}
    }  # fmt: skip
    assert (entry["ip"], entry["request_id"]) == ("192.0.2.9", "build-4711")
    assert secret not in json.dumps(entry)


def test_a_request_id_that_is_none_is_not_believed(client: Client, world: World) -> None:
    response = client.post(
        f"/api/schedules/{world.schedule.pk}/disable", headers={"X-Request-ID": "x\n{'forged': true}"}
    )
    assert last()["request_id"] == response["X-Request-ID"] != "x"
    assert "forged" not in json.dumps(last())


# ---- signing in -----------------------------------------------------------------------------------------------------


def sign_in(client: Client, name: str, password: str) -> None:
    client.post("/accounts/login/", {"username": name, "password": password})


def test_signing_in_out_and_failing_are_logged(bob: User) -> None:
    client = Client(REMOTE_ADDR="192.0.2.7")
    sign_in(client, "bob", "wrong")
    failed = last()
    assert (failed["action"], failed["user"]["name"], failed["target"]["name"]) == (
        "user.sign_in_failed", "anonymous", "bob",
    )  # fmt: skip
    sign_in(client, "bob", PASSWORD)
    entered = last()
    assert (entered["action"], entered["user"]["name"], entered["ip"]) == ("user.signed_in", "bob", "192.0.2.7")
    client.post("/accounts/logout/")
    assert (last()["action"], last()["user"]["name"]) == ("user.signed_out", "bob")
    bob.refresh_from_db()
    assert bob.last_login is not None


def test_a_password_in_the_field_of_the_name_is_not_kept() -> None:
    sign_in(Client(), "hunter2 hunter2", "x")
    entry = Entry.objects.latest("sequence")
    assert entry.action == "user.sign_in_failed"
    assert "hunter2" not in entry.body
    assert last()["new"]["name"]["redacted"] is True


def test_a_password_is_hashed_anew_without_an_entry_when_the_rounds_grow(
    bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MD5PasswordHasher, "must_update", lambda *_: True)
    before = bob.password
    sign_in(Client(), "bob", PASSWORD)
    bob.refresh_from_db()
    assert bob.password != before
    assert last()["action"] == "user.signed_in"
    assert not Entry.objects.filter(action="user.password_changed").exists()


# ---- being refused --------------------------------------------------------------------------------------------------


def test_a_refused_attempt_is_logged_by_page_and_by_api(bob: User, world: World) -> None:
    client = Client()
    client.force_login(bob)
    assert client.post("/schedules/new").status_code == 403
    page = last()
    assert (page["action"], page["user"]["name"], page["target"]["name"]) == ("access.refused", "bob", "/schedules/new")
    assert page["new"]["method"] == "POST"
    call(client, "DELETE", f"/api/schedules/{world.schedule.pk}", status=403)
    assert "schedules:write" in last()["new"]["reason"]


def test_a_token_that_does_not_hold_is_logged_without_its_secret() -> None:
    Client(headers={"Authorization": "Bearer pt_secret_secret_secret"}).get("/api/schedules")
    assert last()["action"] == "access.refused"
    assert "pt_secret" not in json.dumps(last())
    Client().get("/api/schedules")  # without credentials nobody has tried anything
    assert Entry.objects.filter(action="access.refused").count() == 1


def test_nobody_floods_the_log_with_refused_attempts(make_user: Callable[[str, str], User]) -> None:
    client = Client()
    client.force_login(make_user("mallory", "viewer"))
    for _ in range(refused.MOST + 10):
        client.get("/audit")
    kept = Entry.objects.filter(action="access.refused").order_by("sequence")
    assert kept.count() == refused.MOST
    assert json.loads(kept.last().body)["new"]["more_are_not_listed"] is True  # type: ignore[union-attr]
