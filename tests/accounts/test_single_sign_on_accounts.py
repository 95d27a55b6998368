"""Single sign-on: whose account somebody gets, in which groups, and who gets none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from presstime.accounts import groups, identities, oidc, queries
from presstime.accounts.cli import user_app
from presstime.accounts.models import Identity, User
from presstime.base import clock
from presstime.base.errors import Conflict
from tests.accounts.sso_world import World, fresh, last, running, said, world
from tests.conftest import PASSWORD

__all__ = ["fresh", "running", "world"]


# ---- whose account --------------------------------------------------------------------------------------------------


def test_addresses_link_only_where_an_administrator_allows_it(world: World, alice: User) -> None:
    world.configure(oidc_link_by_email=False)
    response = world.sign_in()
    assert (response.status_code, "no account here" in said(response)) == (403, True)
    assert '"not linked"' in last("user.sign_in_failed").body


@pytest.mark.parametrize("verified", [False, None, "false", 1])
def test_an_address_that_is_not_verified_links_nothing(world: World, alice: User, verified: object) -> None:
    world.provider.person["email_verified"] = verified
    assert "has not verified" in said(world.sign_in())
    assert world.who() is None


def test_an_address_of_two_accounts_of_a_program_or_of_another_person_links_nothing(
    world: World, alice: User, bob: User, now: datetime
) -> None:
    User.objects.filter(pk=bob.pk).update(email="ALICE@example.com")
    assert "Several accounts" in said(world.sign_in())
    User.objects.filter(pk=bob.pk).update(is_service=True)
    User.objects.filter(pk=alice.pk).update(email="alice@elsewhere.example")
    assert "no account here" in said(world.sign_in())
    User.objects.filter(pk=alice.pk).update(email="alice@example.com")
    identities.link(alice, world.provider.issuer, "u-9", now)
    assert "somebody else there" in said(world.sign_in())


def test_only_addresses_of_the_allowed_domains_link(world: World, alice: User) -> None:
    world.configure(oidc_domains=("Example.org",))
    assert "domain" in said(world.sign_in())
    world.configure(oidc_domains=("EXAMPLE.com",))
    world.sign_in()
    assert world.who() == "alice"


def test_who_is_switched_off_stays_out(world: World, charlie: User) -> None:
    world.provider.person |= {"sub": "u-3", "email": "charlie@example.com"}
    assert "switched off" in said(world.sign_in())
    identities.link(charlie, world.provider.issuer, "u-3", clock.now())
    assert "switched off" in said(world.sign_in())
    entry = last("user.sign_in_failed")
    assert (entry.target_name, '"switched off"' in entry.body) == ("charlie", True)


def test_accounts_are_made_where_a_role_is_named(world: World, bob: User) -> None:
    world.configure(oidc_new_users_role="viewer", oidc_link_by_email=False)
    world.provider.person |= {"email": "new@example.com", "preferred_username": "Bob"}
    world.sign_in()
    assert world.who() == "new", "the name bob is taken"
    made = User.objects.get(username="new")
    assert (made.role, made.has_usable_password(), made.email) == ("viewer", False, "new@example.com")
    assert last("user.created").actor_name == "single sign-on"
    world.client.logout()
    world.provider.person |= {"sub": "u-5", "email_verified": False}
    assert "has not verified" in said(world.sign_in())


def test_groups_follow_the_claim_at_each_sign_in(world: World, alice: User, now: datetime) -> None:
    sales, _finance, old = (groups.create(name, now) for name in ("Sales", "Finance", "Old"))
    groups.join(alice, [old])
    world.sign_in()
    assert list(queries.groups_of(alice)) == [old], "no claim is named"
    world.client.logout()
    world.configure(oidc_groups_claim="realm_access.roles")
    world.provider.person["realm_access"] = {"roles": ["/sales", "nobody knows"]}
    world.sign_in()
    assert list(queries.groups_of(alice)) == [sales]
    entry = last("user.groups_changed")
    assert (entry.actor_name, "Old" in entry.body) == ("single sign-on", True)
    world.client.logout()
    del world.provider.person["realm_access"]
    world.sign_in()
    assert list(queries.groups_of(alice)) == [], "an issuer leaves an empty claim out"


@pytest.mark.parametrize(
    ("claims", "name", "found"),
    [
        ({"groups": ["a", "/b", 3, ""]}, "groups", ("a", "b")),
        ({"groups": "a"}, "groups", ("a",)),
        ({"https://x.example/groups": ["a"]}, "https://x.example/groups", ("a",)),
        ({"groups": {"a": 1}}, "groups", ()),
        ({"a": "text"}, "a.b", ()),
        ({"groups": ["a"]}, "", ()),
    ],
)
def test_the_claim_of_groups_has_many_forms(claims: dict[str, Any], name: str, found: tuple[str, ...]) -> None:
    assert oidc.groups_in(claims, name) == found


def test_an_administrator_links_by_hand_and_takes_it_back(world: World, alice: User) -> None:
    world.configure(oidc_link_by_email=False)
    command = CliRunner().invoke(user_app, ["link", "alice", "u-1"])
    assert (command.exit_code, "u-1" in command.output) == (0, True)
    world.sign_in()
    assert world.who() == "alice"
    assert CliRunner().invoke(user_app, ["unlink", "alice"]).exit_code == 0
    assert world.who() is None
    assert not Identity.objects.exists()
    world.configure(oidc_issuer="")
    assert isinstance(CliRunner().invoke(user_app, ["link", "alice", "u-1"]).exception, Conflict)


def test_an_account_without_a_password_is_made_for_single_sign_on_alone(world: World) -> None:
    given = ["add", "alice", "--role", "viewer", "--email", "alice@example.com", "--no-password"]
    assert CliRunner().invoke(user_app, given).exit_code == 0
    world.sign_in()
    assert world.who() == "alice"
    assert not User.objects.get(username="alice").has_usable_password()


def test_people_need_no_password_here_where_there_is_single_sign_on_and_only_there(
    world: World, client: Client, admin: User
) -> None:
    client.post("/accounts/login/", {"username": "dana", "password": PASSWORD})
    page = {"name": "erin", "email": "erin@example.com", "role": "viewer", "password": ""}
    api = {"name": "finn", "email": "finn@example.com", "role": "viewer"}
    world.settings.CONFIGURATION = world.configuration.model_copy(update={"oidc_issuer": ""})
    assert client.post("/users/new", page).status_code == 422
    assert client.post("/api/users", api, content_type="application/json").status_code == 422
    world.configure()
    assert "who signs in elsewhere" in client.get("/users/new").content.decode()
    assert client.post("/users/new", page).status_code == 302
    assert client.post("/api/users", api, content_type="application/json").status_code == 201
    assert [User.objects.get(username=name).has_usable_password() for name in ("erin", "finn")] == [False, False]
    client.force_login(User.objects.get(username="erin"))
    assert "You have no password here" in client.get("/accounts/password/").content.decode()
