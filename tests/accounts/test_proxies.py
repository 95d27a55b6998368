"""Behind a proxy, each visitor is known by an address of their own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from presstime.accounts import throttle
from presstime.accounts.addresses import ForwardedAddress
from presstime.accounts.models import User
from presstime.audit.models import Entry
from tests.conftest import PASSWORD

PROXY = "10.0.0.1"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _empty_cache(db: None) -> None:
    cache.clear()


@pytest.fixture
def _trusted(settings: Any) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"trusted_proxies": (PROXY,)})


def sign_in(client: Client, *, name: str = "alice", password: str = PASSWORD, **meta: str) -> int:
    return client.post(LOGIN, {"username": name, "password": password}, **meta).status_code  # type: ignore[arg-type]


def lock_out(client: Client, **meta: str) -> None:
    for number in range(throttle.PLACES_OF_AN_ADDRESS):
        assert sign_in(client, name=f"user-{number}", password="wrong", **meta) == 200
    assert sign_in(client, **meta) == 429


@pytest.mark.usefixtures("_trusted")
def test_wrong_passwords_of_one_visitor_do_not_lock_the_others_out(alice: User) -> None:
    lock_out(Client(), REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR="192.0.2.66")
    assert sign_in(Client(), REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR="192.0.2.7") == 302


@pytest.mark.usefixtures("_trusted")
def test_an_attacker_gets_no_new_places_by_naming_other_addresses(alice: User) -> None:
    for number in range(throttle.PLACES):
        claim = f"198.51.100.{number}, 192.0.2.66"
        assert sign_in(Client(), password="wrong", REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=claim) == 200
    assert sign_in(Client(), REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR="198.51.100.9, 192.0.2.66") == 429


def test_without_the_setting_nobody_is_believed(alice: User) -> None:
    lock_out(Client(), REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR="192.0.2.66")
    assert sign_in(Client(), REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR="192.0.2.7") == 429


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize(
    ("peer", "forwarded_for", "known"),
    [
        (PROXY, "198.51.100.1, 192.0.2.7", "192.0.2.7"),
        (PROXY, "nonsense", PROXY),
        ("192.0.2.9", "192.0.2.7", "192.0.2.9"),
    ],
)
def test_the_address_stands_in_the_audit_log_and_in_the_list_of_sessions(
    alice: User, peer: str, forwarded_for: str, known: str
) -> None:
    assert sign_in(Client(), REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded_for) == 302
    assert json.loads(Entry.objects.latest("sequence").body)["ip"] == known
    assert UserSession.objects.get(user=alice).ip == known


@pytest.mark.usefixtures("_trusted")
def test_once_proxies_are_named_only_they_say_that_a_request_came_over_https(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    def is_secure(peer: str) -> bool:
        seen: list[HttpRequest] = []
        request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO="https")
        ForwardedAddress(lambda request: seen.append(request) or HttpResponse())(request)
        return seen[0].is_secure()

    assert is_secure(PROXY)
    assert not is_secure("192.0.2.9")
