"""The pages of one's own account."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from presstime.accounts import throttle
from presstime.accounts.models import User
from presstime.audit.models import Entry
from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _empty_cache(db: None) -> None:
    cache.clear()


def sign_in(client: Client, name: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"username": name, "password": password, **more})


def errors(response: Any) -> list[str]:
    return list(response.context["form"].non_field_errors())


def test_a_name_signs_in_in_any_case(client: Client, alice: User) -> None:
    assert sign_in(client, "ALICE").status_code == 302
    assert client.get("/api/me").json()["name"] == "alice"


def test_the_page_that_was_asked_for_follows_and_no_other_site(client: Client, alice: User) -> None:
    assert sign_in(client, "alice", next="/api/docs")["Location"] == "/api/docs"
    client.logout()
    assert sign_in(client, "alice", next="https://evil.example/")["Location"] == "/"


def test_every_failure_says_the_same(client: Client, alice: User, charlie: User) -> None:
    said = {
        tuple(errors(sign_in(client, *given))) for given in [("alice", "x"), ("nobody", "x"), ("charlie", PASSWORD)]
    }
    assert len(said) == 1
    assert "do not belong together" in said.pop()[0]


def test_the_sixth_failure_waits_even_with_the_right_password(client: Client, alice: User) -> None:
    for _ in range(throttle.PLACES):
        assert sign_in(client, "alice", "wrong").status_code == 200
    response = sign_in(client, "alice")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 901
    assert "Try again in" in errors(response)[0]
    assert "_auth_user_id" not in client.session


def test_a_form_without_its_csrf_token_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, "alice").status_code == 403


def test_signing_out_takes_a_post(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/api/me").status_code == 401


def test_a_new_password_ends_the_other_sessions(client: Client, alice: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(alice)
    client.force_login(alice)
    new = "another long enough phrase"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/accounts/password/", form)["Location"] == "/accounts/password/changed/"
    assert client.get("/accounts/password/changed/").status_code == 200
    assert elsewhere.get("/api/me").status_code == 401


def test_a_weak_password_is_refused_with_the_reason(client: Client, alice: User) -> None:
    client.force_login(alice)
    form = {"old_password": PASSWORD, "new_password1": "alice", "new_password2": "alice"}
    response = client.post("/accounts/password/", form)
    assert response.status_code == 200
    assert "too short" in response.content.decode()


def test_a_page_with_a_body_above_the_limit_is_413_in_words(client: Client) -> None:
    response = client.post(LOGIN, {"username": "x" * 5_000_000, "password": "x"})
    assert response.status_code == 413
    assert "At most 4 MB" in response.content.decode()


NEW = "another long enough phrase"
FORMS: dict[str, Callable[[str], dict[str, str]]] = {
    "/accounts/password/": lambda password: {"old_password": password, "new_password1": NEW, "new_password2": NEW},
    "/accounts/confirm/": lambda password: {"password": password},
}


@pytest.mark.parametrize("address", FORMS)
def test_a_session_that_was_left_open_is_no_place_to_guess_its_password(
    client: Client, alice: User, address: str
) -> None:
    client.force_login(alice)
    for _ in range(throttle.PLACES):
        assert client.post(address, FORMS[address]("wrong")).status_code == 200
    assert json.loads(Entry.objects.latest("sequence").body)["action"] == "user.sign_in_failed"
    entries = Entry.objects.count()
    response = client.post(address, FORMS[address](PASSWORD))
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 901
    assert "Try again in" in response.content.decode()
    assert Entry.objects.count() == entries
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_all_forms_that_ask_for_a_password_count_together(client: Client, alice: User) -> None:
    client.force_login(alice)
    for address, filled in FORMS.items():
        for _ in range(2):
            assert client.post(address, filled("wrong")).status_code == 200
    assert sign_in(Client(), "alice", "wrong").status_code == 200
    assert sign_in(Client(), "alice").status_code == 429
    assert client.post("/accounts/password/", FORMS["/accounts/password/"](PASSWORD)).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.99")
    assert sign_in(elsewhere, "alice").status_code == 302


def test_right_passwords_and_weak_new_ones_take_no_places(client: Client, alice: User) -> None:
    client.force_login(alice)
    for _ in range(throttle.PLACES * 2):
        form = {"old_password": PASSWORD, "new_password1": "alice", "new_password2": "alice"}
        assert client.post("/accounts/password/", form).status_code == 200
    assert client.post("/accounts/password/", FORMS["/accounts/password/"](PASSWORD)).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW)
