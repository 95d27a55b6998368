"""Single sign-on: the second factor, signing out, linking, confirming, and what is said of it."""

from __future__ import annotations

import html
import time
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from pydantic import ValidationError

from presstime.accounts import identities, oidc
from presstime.accounts.models import Identity, User
from presstime.accounts.sign_ins import VIA
from presstime.audit.models import Entry
from presstime.base import clock
from presstime.base.configuration import inspect
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict
from presstime.preflight import sign_in
from presstime.preflight.context import Context
from tests.accounts.oidc_provider import CLIENT
from tests.accounts.sso_world import BEGIN, World, fresh, last, running, world
from tests.conftest import PASSWORD

__all__ = ["fresh", "running", "world"]


# ---- the second factor ----------------------------------------------------------------------------------------------


@pytest.fixture
def _with_app(alice: User) -> None:
    TOTP.activate(alice, generate_totp_secret())


@pytest.mark.usefixtures("_with_app")
def test_the_second_factor_is_not_asked_for_twice_unless_a_setting_says_so(world: World) -> None:
    assert world.sign_in()["Location"] == "/"
    assert world.who() == "alice"
    world.client.logout()
    world.configure(oidc_second_factor=True)
    assert world.sign_in()["Location"] == "/accounts/login/code/"
    assert world.who() is None
    form = {"username": "alice", "password": PASSWORD}
    world.configure()
    assert world.client.post("/accounts/login/", form)["Location"] == "/accounts/login/code/"


def test_a_password_after_an_unfinished_single_sign_on_is_noted_as_a_password(world: World, alice: User) -> None:
    session = world.client.session
    session[VIA] = world.provider.issuer
    session.save()
    world.client.post("/accounts/login/", {"username": "alice", "password": PASSWORD})
    assert world.provider.issuer not in last("user.signed_in").body


# ---- out ------------------------------------------------------------------------------------------------------------


def test_signing_out_says_that_the_session_at_the_issuer_goes_on_and_offers_to_end_it(
    world: World, alice: User
) -> None:
    world.sign_in()
    assert world.client.post("/accounts/logout/")["Location"] == "/accounts/oidc/signed-out/"
    assert world.who() is None
    page = html.unescape(world.client.get("/accounts/oidc/signed-out/").content.decode())
    assert f"{world.provider.issuer}/logout?client_id={CLIENT}&post_logout_redirect_uri=http%3A%2F%2Ftestserver" in page
    oidc.forget()
    world.provider.fault = 500
    page = world.client.get("/accounts/oidc/signed-out/").content.decode()
    assert ("Signed out" in page, "/logout?" in page) == (True, False)


def test_who_came_with_a_password_signs_out_as_ever(world: World, alice: User) -> None:
    world.client.post("/accounts/login/", {"username": "alice", "password": PASSWORD})
    assert world.client.post("/accounts/logout/")["Location"] == "/accounts/login/"


# ---- linking by oneself ---------------------------------------------------------------------------------------------


def as_alice(world: World, alice: User) -> None:
    world.client.force_login(alice)


def test_a_person_links_their_own_account_and_takes_the_link_back(world: World, alice: User) -> None:
    world.configure(oidc_link_by_email=False)
    world.provider.person |= {"sub": "private", "email": "other@example.com"}
    as_alice(world, alice)
    assert world.client.get("/accounts/oidc/connect/go/")["Location"] == "/accounts/", "nothing without the form"
    page = world.client.post("/accounts/oidc/connect/").content.decode()
    assert "/accounts/oidc/connect/go/" in page
    assert world.sign_in("/accounts/oidc/connect/go/")["Location"] == "/accounts/"
    assert "linked" in world.client.get("/accounts/").content.decode()
    assert last("user.identity_linked").actor_name == "alice"
    world.client.logout()
    world.sign_in()
    assert world.who() == "alice"
    assert world.client.post("/accounts/oidc/disconnect/").status_code == 302
    assert not Identity.objects.exists()
    assert last("user.identity_unlinked").actor_name == "alice"


def test_a_link_begun_by_one_is_not_finished_by_another_and_takes_a_form(world: World, alice: User, bob: User) -> None:
    as_alice(world, alice)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post("/accounts/oidc/connect/").status_code == 403
    world.client.post("/accounts/oidc/connect/")
    answer = world.back(world.there("/accounts/oidc/connect/go/"))
    world.client.force_login(bob)
    world.client.get(answer)
    assert not Identity.objects.exists()


def test_one_subject_has_one_account_and_a_program_none(world: World, alice: User, bob: User) -> None:
    issuer, now = world.provider.issuer, clock.now()
    identities.link(alice, issuer, "u-1", now)
    with pytest.raises(Conflict, match="another account"):
        identities.link(bob, issuer, "u-1", now)
    with pytest.raises(Conflict, match="Unlink that first"):
        identities.link(alice, issuer, "u-2", now)
    bob.is_service = True
    with pytest.raises(Conflict, match="service account"):
        identities.link(bob, issuer, "u-3", now)


def test_who_has_no_password_cannot_lock_themselves_out(world: World, alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    world.sign_in()
    assert world.client.post("/accounts/oidc/disconnect/").status_code == 409
    assert Identity.objects.exists()


def test_the_address_that_decides_is_not_ones_own_to_choose(world: World, alice: User, admin: User) -> None:
    as_alice(world, alice)
    world.client.post("/accounts/login/", {"username": "alice", "password": PASSWORD})
    assert world.client.post("/accounts/", {"email": "boss@example.com"}).status_code == 422
    world.configure(oidc_link_by_email=False)
    assert world.client.post("/accounts/", {"email": "boss@example.com"}).status_code == 302


def test_an_administrator_takes_a_link_back_and_the_sessions_end(world: World, alice: User, admin: User) -> None:
    world.sign_in()
    other = Client()
    other.post("/accounts/login/", {"username": "dana", "password": PASSWORD})
    assert "u-1" in other.get(f"/users/{alice.pk}").content.decode()
    assert other.post(f"/users/{alice.pk}/unlink").status_code == 302
    assert not Identity.objects.exists()
    assert world.who() is None


# ---- confirming -----------------------------------------------------------------------------------------------------


def outdated(world: World) -> None:
    """Let the sign-in of this session be an hour old."""
    session = world.client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()


def test_who_has_no_password_confirms_at_the_issuer(world: World, admin: User) -> None:
    admin.set_unusable_password()
    admin.save()
    world.provider.person |= {"email": "dana@example.com", "preferred_username": "dana"}
    world.sign_in()
    assert world.client.get("/users/new").status_code == 200
    outdated(world)
    to_confirm = world.client.get("/users/new")["Location"]
    to_issuer = world.client.get(to_confirm)["Location"]
    assert to_issuer.startswith("/accounts/oidc/confirm/?next=")
    address = world.client.get(to_issuer)["Location"]
    asked = parse_qs(urlsplit(address).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    assert world.client.get(world.back(address))["Location"] == "/users/new"
    assert world.client.get("/users/new").status_code == 200


@pytest.mark.parametrize("how", ["not asked again", "somebody else"])
def test_a_confirmation_counts_only_when_the_same_person_was_asked_again(world: World, admin: User, how: str) -> None:
    world.provider.person |= {"email": "dana@example.com"}
    world.sign_in()
    outdated(world)
    if how == "somebody else":
        world.provider.person |= {"sub": "u-7"}
    else:
        world.provider.auth_time = time.time() - 3600
    assert world.client.get(world.back(world.there("/accounts/oidc/confirm/"))).status_code == 302
    assert world.client.get("/users/new").status_code == 302


def test_the_page_that_asks_offers_both_ways(world: World, alice: User) -> None:
    world.sign_in()
    page = world.client.get("/accounts/confirm/").content.decode()
    assert ('name="password"' in page, "Confirm with Acme ID" in page) == (True, True)


# ---- the log and the settings ---------------------------------------------------------------------------------------


def test_refusals_cannot_flood_the_log(world: World) -> None:
    for _ in range(55):
        world.client.get(f"{BEGIN}callback/", {"state": "x", "code": "y"})
    assert Entry.objects.filter(action="user.sign_in_failed").count() == 50


def test_waiting_for_the_issuer_leaves_few_traces(world: World) -> None:
    for _ in range(9):
        world.there()
    assert len(world.client.session["oidc_started"]) == 5
    assert world.client.session.get_expiry_age() <= 3600


def test_an_issuer_without_a_client_or_without_https_is_no_setting() -> None:
    for given in (
        {"oidc_issuer": "https://sso.example.com"},
        {"oidc_issuer": "http://sso.example.com", "oidc_client_id": "x"},
        {"oidc_issuer": "sso.example.com", "oidc_client_id": "x"},
        {"oidc_issuer": "https://sso.example.com", "oidc_client_id": "x", "oidc_new_users_role": "admin"},
    ):
        with pytest.raises(ValidationError):
            Configuration.model_validate(given)


def test_check_asks_the_issuer_and_says_whom_it_lets_in(world: World, now: datetime) -> None:
    assert sign_in.check_issuer(Context(world.configuration, {}, now=now)) == []
    assert sign_in.check_links(Context(world.configuration, {}, now=now)) == []
    oidc.forget()
    world.provider.metadata = {"issuer": "https://evil.example"}
    (problem,) = sign_in.check_issuer(Context(world.configuration, {}, now=now))
    assert "another issuer" in problem.message
    oidc.forget()
    world.provider.fault = 500
    (problem,) = sign_in.check_issuer(Context(world.configuration, {}, now=now))
    assert "does not answer" in problem.message
    world.configure(oidc_issuer="")
    (problem,) = sign_in.check_links(Context(world.configuration, {}, now=now))
    assert (problem.severity, "does nothing" in problem.message) == ("warning", True)
    world.configure(oidc_new_users_role="viewer")
    (problem,) = sign_in.check_links(Context(world.configuration, {}, now=now))
    assert (problem.severity, "Everybody" in problem.message) == ("warning", True)


def test_what_is_wrong_with_the_issuer_is_said_of_the_issuer_and_once(tmp_path: Path) -> None:
    lone = {"PRESSTIME_OIDC_ISSUER": "https://sso.example.com"}
    for environment in (lone, {"PRESSTIME_OIDC_ISSUER": "http://sso.example.com", "PRESSTIME_OIDC_CLIENT_ID": "x"}):
        _, problems = inspect(environment, tmp_path)
        assert [problem.name for problem in problems] == ["PRESSTIME_OIDC_ISSUER"]
