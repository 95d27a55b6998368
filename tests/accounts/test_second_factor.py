"""A code after the password, recovery codes, and confirming before dangerous actions."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from presstime.accounts import queries, service
from presstime.accounts.models import User
from presstime.audit.models import Entry
from presstime.base.errors import Conflict
from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"
CODE = "/accounts/login/code/"
APP = "/accounts/two-factor/app/"


@pytest.fixture(autouse=True)
def _empty_cache(db: None) -> None:
    cache.clear()


def code_of(secret: str) -> str:
    """What the app shows now."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def sign_in(client: Client, name: str) -> Any:
    return client.post(LOGIN, {"username": name, "password": PASSWORD, "next": "/reports"})


@pytest.fixture
def secret(alice: User) -> str:
    """The secret of the app that Alice has just added, through the pages."""
    client = Client()
    sign_in(client, "alice")
    page = client.get(APP).content.decode()
    found = re.search(r'id="totp-key">([A-Z2-7]+)<', page)
    assert found
    assert "data:image/svg+xml;base64," in page
    assert client.post(APP, {"code": code_of(found[1])})["Location"] == "/accounts/two-factor/codes/"
    cache.clear()  # so that the same code signs in within its thirty seconds
    return found[1]


def test_the_password_alone_no_longer_signs_in(client: Client, secret: str) -> None:
    assert sign_in(client, "alice")["Location"] == CODE
    assert client.get("/api/me").status_code == 401
    assert client.post(CODE, {"code": code_of(secret)})["Location"] == "/reports"
    assert client.get("/api/me").json()["two_factor"] is True


def test_a_code_holds_once(client: Client, secret: str) -> None:
    sign_in(client, "alice")
    code = code_of(secret)
    assert client.post(CODE, {"code": code}).status_code == 302
    other = Client()
    sign_in(other, "alice")
    assert other.post(CODE, {"code": code}).status_code == 200
    assert other.get("/api/me").status_code == 401


def test_guessing_codes_is_stopped_for_all_processes(client: Client, secret: str) -> None:
    sign_in(client, "alice")
    said = [client.post(CODE, {"code": "000000"}).content.decode() for _ in range(6)]
    assert "Incorrect code" in said[0]
    assert "Too many" in said[-1]
    assert client.post(CODE, {"code": code_of(secret)}).status_code == 200  # even the right one waits
    assert client.get("/api/me").status_code == 401


def test_a_recovery_code_signs_in_once(client: Client, secret: str, alice: User) -> None:
    codes = Authenticator.objects.get(user=alice, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    assert len(codes) == 10
    sign_in(client, "alice")
    assert client.post(CODE, {"code": codes[0]}).status_code == 302
    other = Client()
    sign_in(other, "alice")
    assert other.post(CODE, {"code": codes[0]}).status_code == 200
    assert other.get("/api/me").status_code == 401


def test_the_codes_are_shown_and_saved_and_that_is_logged(secret: str, alice: User) -> None:
    client = Client()
    sign_in(client, "alice")
    client.post(CODE, {"code": code_of(secret)})
    codes = Authenticator.objects.get(user=alice, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    shown = client.get("/accounts/two-factor/codes/").content.decode()
    saved = client.get("/accounts/two-factor/codes/download/")
    assert all(code in shown and code in saved.content.decode() for code in codes)
    assert saved["Content-Disposition"].startswith("attachment")
    assert list(Entry.objects.values_list("action", flat=True)).count("user.recovery_codes_shown") == 2


def test_the_secret_is_not_in_the_database(secret: str, alice: User) -> None:
    assert all(secret not in str(entry.data) for entry in Authenticator.objects.filter(user=alice))


def test_a_lost_telephone_is_mended_by_an_administrator(client: Client, secret: str, alice: User) -> None:
    service.reset_second_factor(alice)
    assert sign_in(client, "alice")["Location"] == "/reports"
    with pytest.raises(Conflict):
        service.reset_second_factor(alice)


def test_it_is_turned_off_by_its_owner(secret: str, alice: User) -> None:
    client = Client()
    sign_in(client, "alice")
    client.post(CODE, {"code": code_of(secret)})
    assert client.get("/accounts/two-factor/").status_code == 200
    assert client.post("/accounts/two-factor/app/remove/").status_code == 302
    assert not queries.has_second_factor(alice)


def forget_confirmation(client: Client) -> None:
    """As if the sign-in were long ago."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = 0
    session.save()


def test_a_dangerous_action_asks_again_who_is_there(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert client.get("/users/new").status_code == 200  # just signed in
    forget_confirmation(client)
    asked = client.get("/users/new")
    assert asked["Location"] == "/accounts/confirm/?next=%2Fusers%2Fnew"
    assert client.get("/users").status_code == 200  # reading asks nothing
    assert client.get(asked["Location"]).status_code == 200
    assert client.post(asked["Location"], {"password": "wrong"}).status_code == 200
    assert client.get("/users/new").status_code == 302
    assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == "/users/new"
    assert client.get("/users/new").status_code == 200


def test_what_was_posted_without_confirming_is_not_done(client: Client, admin: User, bob: User) -> None:
    client.force_login(admin)
    forget_confirmation(client)
    response = client.post(f"/users/{bob.pk}/disable", headers={"Referer": f"http://testserver/users/{bob.pk}"})
    assert response["Location"].startswith("/accounts/confirm/?next=http%3A%2F%2Ftestserver%2Fusers%2F")
    bob.refresh_from_db()
    assert bob.is_active
    assert "Nothing was done yet" in client.get(response["Location"]).content.decode()


def test_the_api_asks_sessions_and_not_tokens(client: Client, admin: User, bob: User, now: Any) -> None:
    from presstime.base import clock

    client.force_login(admin)
    forget_confirmation(client)
    change = {"content_type": "application/json"}
    refused = client.patch(f"/api/users/{bob.pk}", {"active": False}, **change)
    assert refused.status_code == 403
    assert "/accounts/confirm/" in refused.json()["detail"]
    _, token = service.create_token(admin, "x", ["all"], clock.now())
    bearer = {"Authorization": f"Bearer {token}"}
    assert Client().patch(f"/api/users/{bob.pk}", {"active": False}, headers=bearer, **change).status_code == 200
