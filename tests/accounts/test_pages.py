"""The pages of one's own account, of users and of groups."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.cache import cache
from django.test import Client

from presstime.accounts import groups, queries, service
from presstime.accounts import sessions as held
from presstime.accounts.models import Group, Token, User
from presstime.accounts.presentation import device
from presstime.base import clock
from presstime.base.errors import Conflict, Invalid
from tests.conftest import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def _empty_cache(db: None) -> None:
    cache.clear()


def browser(user: User, agent: str = FIREFOX) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/accounts/login/", {"username": user.username, "password": PASSWORD})
    return client


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


# ---- one's own ------------------------------------------------------------------------------------------------------


def test_the_profile_says_what_one_may_do_and_takes_another_address(alice: User) -> None:
    client = browser(alice)
    assert "makes and edits reports" in text(client, "/accounts/")
    assert client.post("/accounts/", {"email": "nowhere"}).status_code == 422
    assert client.post("/accounts/", {"email": "alice@example.net"}).status_code == 302
    alice.refresh_from_db()
    assert alice.email == "alice@example.net"


def test_sessions_are_listed_and_ended(alice: User, bob: User) -> None:
    here, there, bobs = browser(alice), browser(alice, "curl/8.5"), browser(bob)
    page = text(here, "/accounts/sessions/")
    assert "Firefox on Linux" in page
    assert "curl/8.5" in page
    other = next(entry for entry in held.list_sessions(alice, clock.now()) if entry.user_agent == "curl/8.5")
    assert bobs.post("/accounts/sessions/end/", {"session": other.pk}).status_code == 404
    assert there.get("/api/me").status_code == 200
    here.post("/accounts/sessions/end/", {"session": other.pk})
    assert there.get("/api/me").status_code == 401
    third = browser(alice)
    here.post("/accounts/sessions/end/")
    assert (third.get("/api/me").status_code, here.get("/api/me").status_code) == (401, 200)


def test_a_token_is_made_with_chosen_scopes_shown_once_and_revoked(alice: User) -> None:
    client = browser(alice)
    form = text(client, "/accounts/tokens/")
    assert 'value="reports:read"' in form
    assert 'value="users:write"' not in form  # an author cannot give what she does not have
    given = {"name": "nightly", "days": "30", "chosen": ["reports:read", "executions:read"]}
    page = client.post("/accounts/tokens/", given)
    secret = re.search(r'id="secret">(pt_[^<]+)<', page.content.decode())
    assert secret
    assert "no-store" in page["Cache-Control"]
    assert Client().get("/api/reports", headers={"Authorization": f"Bearer {secret[1]}"}).status_code == 200
    assert secret[1] not in text(client, "/accounts/tokens/")
    token = Token.objects.get()
    assert token.scopes == ["executions:read", "reports:read"]
    client.post(f"/accounts/tokens/{token.pk}/revoke/")
    assert Client().get("/api/reports", headers={"Authorization": f"Bearer {secret[1]}"}).status_code == 401


@pytest.mark.parametrize("given", [{"chosen": []}, {"chosen": ["users:write"]}, {"days": "0", "everything": "on"}])
def test_a_wrong_token_is_refused_beside_its_field(alice: User, given: dict[str, object]) -> None:
    response = browser(alice).post("/accounts/tokens/", {"name": "x", "days": "30"} | given)
    assert response.status_code == 422
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("", "A program that does not say its name"),
    ],
)
def test_a_device_is_named_as_people_name_it(agent: str, said: str) -> None:
    assert device(agent) == said


# ---- users ----------------------------------------------------------------------------------------------------------


def test_an_administrator_adds_edits_and_switches_users_off(admin: User) -> None:
    client = browser(admin)
    given = {"name": "erin", "email": "erin@example.com", "role": "author", "password": "short"}
    assert client.post("/users/new", given).status_code == 422
    assert client.post("/users/new", given | {"password": PASSWORD}).status_code == 302
    erin = queries.get_user("erin")
    hers = browser(erin)
    assert "erin@example.com" in text(client, f"/users/{erin.pk}")
    client.post(f"/users/{erin.pk}/edit", {"email": "erin@example.net", "role": "viewer"})
    erin.refresh_from_db()
    assert (erin.email, erin.role) == ("erin@example.net", "viewer")
    client.post(f"/users/{erin.pk}/disable")
    assert hers.get("/api/me").status_code == 401
    assert "Switched off" in text(client, "/users?state=off")
    client.post(f"/users/{erin.pk}/enable")
    assert browser(erin).get("/api/me").status_code == 200


def test_a_service_account_has_tokens_and_no_password(admin: User, now: datetime) -> None:
    client = browser(admin)
    client.post("/users/new", {"name": "nightly-export", "role": "viewer", "service": "on"})
    robot = queries.get_user("nightly-export")
    assert robot.is_service
    assert not robot.has_usable_password()
    assert browser(robot).get("/api/me").status_code == 401
    with pytest.raises(Invalid, match="service account"):
        service.set_password(robot, PASSWORD, now)
    page = client.post(f"/users/{robot.pk}/tokens/new", {"name": "x", "days": "90", "everything": "on"})
    secret = re.search(r'id="secret">(pt_[^<]+)<', page.content.decode())
    assert secret
    answer = Client().get("/api/me", headers={"Authorization": f"Bearer {secret[1]}"}).json()
    assert (answer["name"], answer["service"]) == ("nightly-export", True)


def test_the_second_factor_and_the_sessions_of_others_are_ended(admin: User, bob: User) -> None:
    client, his = browser(admin), browser(bob)
    client.post(f"/users/{bob.pk}/sessions/end")
    assert his.get("/api/me").status_code == 401
    refused = client.post(f"/users/{bob.pk}/two-factor/reset", headers={"Referer": "http://testserver/users"})
    assert refused.status_code == 302  # with the reason on the page before


def test_roles_are_said_in_words_with_their_doors(bob: User) -> None:
    page = text(browser(bob), "/users/roles")
    assert "reads everything with the users and the audit log" in page
    assert "POST /api/schedules" in page
    assert "/users/{user_id}/disable (asks for the password again)" in page


# ---- groups ---------------------------------------------------------------------------------------------------------


def test_groups_are_made_changed_and_deleted(admin: User, alice: User, bob: User) -> None:
    client = browser(admin)
    client.post("/users/groups/new", {"name": "HR", "description": "People", "members": [alice.pk]})
    group = Group.objects.get()
    assert list(group.members.all()) == [alice]
    assert client.post("/users/groups/new", {"name": "hr"}).status_code == 422
    assert "alice" in text(client, "/users/groups")
    client.post(f"/users/groups/{group.pk}", {"name": "HR", "members": [bob.pk]})
    assert list(group.members.all()) == [bob]
    client.post(f"/users/{alice.pk}/edit", {"email": alice.email, "role": "author", "groups": [group.pk]})
    assert set(group.members.all()) == {alice, bob}
    client.post(f"/users/groups/{group.pk}/delete")
    assert not Group.objects.exists()


def test_groups_through_the_api(admin: User, alice: User) -> None:
    _, secret = service.create_token(admin, "x", ["all"], clock.now())
    call: Callable[..., object] = Client(headers={"Authorization": f"Bearer {secret}"}).generic
    kind = {"content_type": "application/json"}
    made = call("POST", "/api/groups", '{"name": "HR", "members": ["alice"]}', **kind).json()  # type: ignore[attr-defined]
    assert [member["name"] for member in made["members"]] == ["alice"]
    same = call("PATCH", f"/api/groups/{made['id']}", '{"name": "HR", "members": ["alice"]}', **kind)
    assert same.json() == made  # type: ignore[attr-defined]
    wrong = call("POST", "/api/groups", '{"name": "Ops", "members": ["nobody"]}', **kind)
    assert wrong.json()["errors"][0]["field"] == "members.0"  # type: ignore[attr-defined]
    body = '{"name": "erin", "role": "viewer", "service": true, "groups": ["HR"]}'
    user = call("POST", "/api/users", body, **kind).json()  # type: ignore[attr-defined]
    assert [group["name"] for group in user["groups"]] == ["HR"]
    assert call("DELETE", f"/api/groups/{made['id']}").status_code == 204  # type: ignore[attr-defined]


def test_a_group_that_limits_something_stays(now: datetime, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_LIMITS", {"report": lambda _: ["Payroll"]})
    group = groups.create("HR", now)
    with pytest.raises(Conflict, match='it limits the report "Payroll"'):
        groups.delete(group)


def test_nothing_is_handed_over_to_somebody_who_cannot_own_it(
    alice: User, bob: User, charlie: User, now: datetime
) -> None:
    for heir, reason in ((alice, "already"), (bob, "may not edit"), (charlie, "switched off")):
        with pytest.raises(Invalid, match=reason):
            service.hand_over(alice, heir, now)
