"""Single sign-on against a real issuer on loopback: the way there and back, and what is not believed."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from presstime.accounts import oidc
from presstime.accounts.models import Identity, User
from presstime.base import clock
from tests.accounts.oidc_provider import CLIENT, SECRET, Provider
from tests.accounts.sso_world import BEGIN, World, fresh, last, running, said, world
from tests.conftest import PASSWORD

__all__ = ["fresh", "running", "world"]


# ---- the way there and back -----------------------------------------------------------------------------------------


def test_a_person_comes_in_with_pkce_state_and_nonce_and_the_log_says_how(world: World, alice: User) -> None:
    address = world.there(next="/reports")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["redirect_uri"] == "http://testserver/accounts/oidc/callback/"
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 20
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}
    assert SECRET not in address
    response = world.client.get(world.back(address))
    assert (response.status_code, response["Location"]) == (302, "/reports")
    assert world.who() == "alice"
    entry = last("user.signed_in")
    assert (entry.target_name, world.provider.issuer in entry.body) == ("alice", True)
    linked = last("user.identity_linked")
    assert (linked.actor_name, "u-1" in linked.body) == ("single sign-on", True)
    assert "an-access-token" not in str(dict(world.client.session.items()))
    assert world.client.session.get_expiry_age() > 86400


def test_the_second_time_the_link_counts_and_not_the_address(world: World, alice: User) -> None:
    world.sign_in()
    world.client.logout()
    world.provider.person |= {"email": "else@example.com", "email_verified": False}
    world.configure(oidc_link_by_email=False)
    world.sign_in()
    assert world.who() == "alice"
    assert Identity.objects.get().last_used_at is not None


def test_another_site_is_no_next_page(world: World, alice: User) -> None:
    assert world.sign_in(next="https://evil.example/")["Location"] == "/"


def test_without_an_issuer_there_is_no_door_and_no_button(world: World) -> None:
    assert b"Sign in with Acme ID" in world.client.get("/accounts/login/").content
    world.settings.CONFIGURATION = world.configuration.model_copy(update={"oidc_issuer": ""})
    assert b"Sign in with" not in world.client.get("/accounts/login/").content
    for path in (BEGIN, f"{BEGIN}callback/", f"{BEGIN}signed-out/"):
        assert world.client.get(path).status_code == 404


# ---- answers that are not believed ----------------------------------------------------------------------------------


def changed(**claims: Any) -> Callable[[Provider], None]:
    def lie(provider: Provider) -> None:
        def change(found: dict[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in (found | claims).items() if value is not None}

        provider.claims = change

    return lie


def minted(how: Callable[[Provider, dict[str, Any]], str]) -> Callable[[Provider], None]:
    def lie(provider: Provider) -> None:
        provider.mint = lambda claims: how(provider, claims)

    return lie


def flip(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body}.{signature[:-8]}{'A' if signature[-8] != 'A' else 'B'}{signature[-7:]}"


LIES = {
    "another nonce": changed(nonce="of another question"),
    "no nonce": changed(nonce=None),
    "another audience": changed(aud="another-client"),
    "another audience, for us": changed(aud=["another-client"], azp=CLIENT),
    "for another party": changed(aud=[CLIENT, "another"], azp="another"),
    "another issuer": changed(iss="https://evil.example"),
    "no issuer": changed(iss=None),
    "no subject": changed(sub=None),
    "expired": changed(exp=int(time.time()) - 3600),
    "no end": changed(exp=None),
    "not yet": changed(nbf=int(time.time()) + 3600),
    "of the future": changed(iat=int(time.time()) + 3600),
    "another access token": changed(at_hash="x" * 22),
    "alg none": minted(lambda provider, claims: provider.unsigned(claims)),
    "HS256 with the public key": minted(lambda provider, claims: provider.signed_with_the_public_key(claims)),
    "another key": minted(lambda provider, claims: provider.signed(claims, key=RSAKey.generate_key(2048))),
    "an unknown key": minted(
        lambda provider, claims: provider.signed(claims, key=RSAKey.generate_key(2048), kid="two")
    ),
    "a changed signature": minted(lambda provider, claims: flip(provider.signed(claims))),
    "no token": minted(lambda provider, claims: ""),
    "nonsense": minted(lambda provider, claims: "nonsense"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_proves_nothing_signs_nobody_in(world: World, alice: User, lie: str) -> None:
    LIES[lie](world.provider)
    response = world.sign_in()
    assert response.status_code == 403
    assert "could not be verified" in said(response)
    assert world.who() is None
    assert not Identity.objects.exists()
    entry = last("user.sign_in_failed")
    assert '"reason"' in entry.body
    assert [word for word in (SECRET, "an-access-token") if word in entry.body] == []


def test_a_new_key_of_the_issuer_is_fetched(world: World, alice: User) -> None:
    world.sign_in()
    world.client.logout()
    old = world.provider.key
    world.provider.key = RSAKey.generate_key(2048, {"kid": "next", "use": "sig"})
    world.provider.mint = lambda claims: world.provider.signed(claims, kid="next")
    world.sign_in()
    world.provider.key = old
    assert world.who() == "alice"


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(world: World, alice: User) -> None:
    answer = world.back(world.there())
    stranger = Client()
    response = stranger.get(answer)
    assert (response.status_code, "another browser" in said(response)) == (403, True)
    assert stranger.get("/api/me").status_code == 401
    assert world.client.get(answer.replace("state=", "state=x")).status_code == 403
    assert world.client.get(answer).status_code == 302
    world.client.logout()
    assert world.client.get(answer).status_code == 403


def test_the_answer_of_another_issuer_is_refused(world: World, alice: User) -> None:
    answer = world.back(world.there()).split("&iss=")[0] + "&iss=https%3A%2F%2Fevil.example"
    assert world.client.get(answer).status_code == 403


def test_userinfo_fills_in_what_the_token_lacks_and_may_not_speak_of_another(world: World, alice: User) -> None:
    world.provider.claims = lambda claims: {n: v for n, v in claims.items() if not n.startswith("email")}
    world.sign_in()
    assert world.who() == "alice"
    world.client.logout()
    world.provider.userinfo = world.provider.person | {"sub": "u-2"}
    assert world.sign_in().status_code == 403


def test_a_refusal_of_the_issuer_is_told_without_its_words(world: World) -> None:
    state = parse_qs(urlsplit(world.there()).query)["state"][0]
    answer = {"error": "access_denied", "error_description": "Call 0900-EVIL", "state": state}
    response = world.client.get(f"{BEGIN}callback/", answer)
    assert (response.status_code, "cancelled" in said(response)) == (403, True)
    assert b"EVIL" not in response.content
    answer = world.back(world.there())
    world.provider.codes.clear()
    response = world.client.get(answer)
    assert "invalid_grant" in said(response)
    assert b"<script>alert" not in response.content


# ---- an issuer that is away or wrong --------------------------------------------------------------------------------


def test_an_issuer_that_does_not_answer_is_said_and_passwords_still_work(world: World, alice: User) -> None:
    world.provider.fault = 503
    response = world.client.get(BEGIN)
    assert (response.status_code, said(response)) == (
        503,
        "Acme ID does not answer at the moment. Try again in a few minutes.",
    )
    seen = len(world.provider.seen)
    assert world.client.get(BEGIN).status_code == 503
    assert len(world.provider.seen) == seen, "it is left alone for some seconds"
    world.provider.fault = 0
    oidc.forget()
    answer = world.back(world.there())
    world.provider.fault = 500
    assert world.client.get(answer).status_code == 503
    world.configure(oidc_issuer="http://127.0.0.1:1")
    assert world.client.get(BEGIN).status_code == 503
    assert world.client.post("/accounts/login/", {"username": "alice", "password": PASSWORD}).status_code == 302
    world.provider.fault = 0
    world.configure()
    oidc.forget()
    world.client.logout()
    world.sign_in()
    assert world.who() == "alice"


def test_an_issuer_that_hangs_holds_up_one_person_and_not_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "ANSWER_SECONDS", 1)
    monkeypatch.setattr(oidc, "AWAY_FOR", timedelta(seconds=1))
    now = clock.now()
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor() as pool:
        world.configure(oidc_issuer=f"http://127.0.0.1:{silent.getsockname()[1]}")

        def ask(seconds: float) -> str:
            with pytest.raises(oidc.Unreachable) as error:
                oidc.metadata(world.configuration, now + timedelta(seconds=seconds))
            return error.value.message

        said_ = ask(0)
        silent.accept()[0].close()
        assert ask(1.5) == said_  # the time that it took to find out does not count
        first = pool.submit(ask, 60)
        with silent.accept()[0]:
            assert ask(60) == said_
            assert not first.done(), "who came second waited as well"
            assert first.result() == said_
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()  # nobody else has asked


@pytest.mark.parametrize(
    ("wrong", "said_"),
    [
        ({"issuer": "https://evil.example"}, "another issuer"),
        ({"token_endpoint": None}, "token_endpoint"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "no algorithm"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
    ],
)
def test_an_issuer_that_cannot_be_trusted_is_not_asked(world: World, wrong: dict[str, Any], said_: str) -> None:
    world.provider.metadata = wrong
    response = world.client.get(BEGIN)
    assert (response.status_code, said_ in said(response)) == (503, True)


def test_a_wrong_secret_is_told_as_such_and_never_shown(world: World, alice: User) -> None:
    world.configure(oidc_client_secret=SecretStr("not-the-secret"))
    response = world.sign_in()
    assert "client id or secret" in said(response)
    assert b"not-the-secret" not in response.content
    assert "invalid_client" in last("user.sign_in_failed").body


def test_a_password_can_be_typed_on_the_page_that_refuses(world: World, alice: User) -> None:
    world.configure(oidc_link_by_email=False)
    page = world.sign_in(next="/reports").content.decode()
    assert '<form method="post" action="/accounts/login/">' in page
    assert 'name="next" value="/reports"' in page
