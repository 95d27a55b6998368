"""How long sessions hold, and what is left of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from presstime.accounts import sessions
from presstime.accounts.models import User
from presstime.base import clock
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def signed_in(alice: User) -> Client:
    client = Client()
    assert client.post("/accounts/login/", {"username": "alice", "password": PASSWORD}).status_code == 302
    return client


def age(user: User, *, unused: timedelta = timedelta(0), began: timedelta | None = None) -> datetime:
    """Let the session of *user* be unused for so long, and have begun then; the moment of its last use."""
    used_at = clock.now() - unused
    began_at = clock.now() - (unused if began is None else began)
    UserSession.objects.filter(user=user).update(last_seen_at=used_at, created_at=began_at)
    return used_at


def test_only_ended_sessions_are_removed() -> None:
    now = clock.now()
    Session.objects.create(session_key="ended", session_data="", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="open", session_data="", expire_date=now + timedelta(hours=1))
    sessions.remove_expired(now)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]


@pytest.mark.parametrize(
    ("unused", "began", "holds"),
    [
        (IDLE - MINUTE, IDLE, True),
        (IDLE, IDLE, False),
        (MINUTE, LONGEST - MINUTE, True),
        (MINUTE, LONGEST, False),
    ],
)
def test_a_session_ends_when_it_was_not_used_for_long_and_two_weeks_after_the_sign_in(
    signed_in: Client, alice: User, unused: timedelta, began: timedelta, holds: bool
) -> None:
    age(alice, unused=unused, began=began)
    answers = [signed_in.get("/api/me").status_code, signed_in.get("/accounts/").status_code]
    assert answers == ([200, 200] if holds else [401, 302])
    assert UserSession.objects.filter(user=alice).count() == Session.objects.count() == int(holds)


def test_an_ended_session_does_nothing_and_leads_to_the_sign_in_page_and_back(signed_in: Client, alice: User) -> None:
    age(alice, unused=IDLE)
    response = signed_in.post("/accounts/sessions/end/", {})
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/")
    assert response.cookies["sessionid"].value == ""
    assert signed_in.get("/accounts/")["Location"] == "/accounts/login/?next=/accounts/"
    assert signed_in.post("/accounts/login/", {"username": "alice", "password": PASSWORD}).status_code == 302
    assert signed_in.get("/accounts/").status_code == 200


def test_use_keeps_a_session_and_is_written_seldom(signed_in: Client, alice: User) -> None:
    used_at = age(alice, unused=sessions.USE_IS_NOTED_EVERY - MINUTE)
    with CaptureQueriesContext(connection) as asked:
        assert signed_in.get("/api/me").status_code == 200
    assert not [query["sql"] for query in asked if query["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]
    assert UserSession.objects.get(user=alice).last_seen_at == used_at
    age(alice, unused=sessions.USE_IS_NOTED_EVERY)
    assert signed_in.get("/api/me").status_code == 200
    assert UserSession.objects.get(user=alice).last_seen_at > clock.now() - MINUTE


def test_a_short_limit_is_noted_more_often(signed_in: Client, alice: User, settings: Any) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"session_idle_seconds": 600})
    client = Client()
    client.cookies = signed_in.cookies
    age(alice, unused=MINUTE)
    assert client.get("/api/me").status_code == 200
    assert UserSession.objects.get(user=alice).last_seen_at > clock.now() - MINUTE
    age(alice, unused=10 * MINUTE)
    assert client.get("/api/me").status_code == 401


def test_a_page_that_refreshes_itself_is_no_use(signed_in: Client, alice: User) -> None:
    used_at = age(alice, unused=IDLE - MINUTE)
    assert signed_in.get("/accounts/", headers={"Presstime-Refresh": "live"}).status_code == 200
    assert UserSession.objects.get(user=alice).last_seen_at == used_at
    age(alice, unused=IDLE)
    assert signed_in.get("/accounts/", headers={"Presstime-Refresh": "live"}).status_code == 302


def test_unused_sessions_are_in_no_list_and_removed_in_time(
    signed_in: Client, alice: User, make_user: Callable[[str, str], User]
) -> None:
    other = make_user("dora", "viewer")
    elsewhere = Client()
    elsewhere.force_login(other)
    assert elsewhere.get("/api/me").status_code == 200
    age(alice, unused=IDLE)
    now = clock.now()
    assert sessions.list_sessions(alice, now) == []
    assert len(sessions.list_sessions(other, now)) == 1
    sessions.remove_expired(now)
    assert list(UserSession.objects.values_list("user__username", flat=True)) == ["dora"]
    assert Session.objects.count() == 1
