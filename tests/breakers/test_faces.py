"""Breakers as people and scripts meet them: the API, the command, the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from presstime.accounts.models import User
from presstime.breakers import service
from presstime.breakers.models import Breaker
from presstime.breakers.service import Target
from presstime.breakers.states import Kind, Policy
from presstime.sources import service as sources
from tests.commands import command

POLICY = Policy(failures=1, pause=timedelta(seconds=30), longest=timedelta(seconds=300))
MAIL = Target(Kind.MAIL_SERVER, "d1", "mail.example.com:25")
CLOSED = {"state": "closed", "failures": 0, "opened_at": None, "next_trial_at": None, "last_error": None}

pytestmark = pytest.mark.django_db


@pytest.fixture
def shut(tmp_path, now: datetime) -> Breaker:
    """The breaker of the source "shop", open."""
    (tmp_path / "shop.db").touch()
    source = sources.add(name="shop", url=f"sqlite:///{tmp_path / 'shop.db'}", by=None, now=now)
    service.report_failure(sources.target_of(source), "Connection <refused>.", POLICY, now)
    return Breaker.objects.get()


@pytest.fixture
def sign_in(make_user: Callable[[str, str], User]) -> Callable[[str], Client]:
    def sign_in(role: str) -> Client:
        client = Client()
        client.force_login(make_user(f"the-{role}", role))
        return client

    return sign_in


def test_the_api_tells_how_each_breaker_stands(sign_in, shut: Breaker, now):
    client = sign_in("author")
    (item,) = client.get("/api/breakers?kind=source&state=open").json()["items"]
    standing = {
        "state": "open",
        "failures": 1,
        "opened_at": "2026-11-24T09:00:00Z",
        "next_trial_at": "2026-11-24T09:00:30Z",
        "last_error": "Connection <refused>.",
    }
    target = {"kind": "source", "id": shut.key, "name": "shop"}
    assert item == {"id": str(shut.pk), "target": target, "last_error_at": "2026-11-24T09:00:00Z"} | standing
    assert client.get(f"/api/breakers/{shut.pk}").json() == item
    assert client.get("/api/sources/shop").json()["breaker"] == standing
    assert client.get("/api/sources").json()["items"][0]["breaker"] == standing
    assert client.get("/api/breakers?kind=mail_server").json()["total"] == 0


def test_operators_reset_it_once_and_authors_do_not(sign_in, shut: Breaker):
    path = f"/api/breakers/{shut.pk}/reset"
    assert sign_in("author").post(path).status_code == 403
    operator = sign_in("operator")
    assert operator.post(path).json()["state"] == "closed"
    assert operator.post(path).status_code == 409
    last_error = {"last_error": "Connection <refused>."}
    assert operator.get("/api/sources/shop").json()["breaker"] == CLOSED | last_error


def test_a_source_that_never_failed_is_closed(sign_in, tmp_path, now):
    (tmp_path / "shop.db").touch()
    sources.add(name="shop", url=f"sqlite:///{tmp_path / 'shop.db'}", by=None, now=now)
    assert sign_in("author").get("/api/sources/shop").json()["breaker"] == CLOSED


def test_the_command_lists_and_resets(shut: Breaker):
    def run(*arguments: str):
        return command("breakers", *arguments)

    first, second = run("list").stdout.splitlines()
    assert first == f"{shut.pk}  open      source      shop"
    assert second == "    since 2026-11-24T09:00:00Z, next trial 2026-11-24T09:00:30Z: Connection <refused>."
    assert [row["state"] for row in json.loads(run("list", "--json").stdout)] == ["open"]
    assert "closed: shop" in run("reset", str(shut.pk)).stdout
    assert run("reset", str(shut.pk)).exit_code == 1


def test_the_page_of_sources_says_what_is_cut_off_and_lets_operators_use_it_again(sign_in, shut: Breaker):
    author, operator = sign_in("author"), sign_in("operator")
    page = author.get("/sources").content.decode()
    assert "Cut off" in page
    assert "Connection &lt;refused&gt;." in page
    assert "Use again now" not in page
    assert "Use again now" in operator.get("/sources").content.decode()
    answer = operator.post(f"/breakers/{shut.pk}/reset", headers={"Referer": "http://testserver/sources"}, follow=True)
    assert answer.redirect_chain == [("http://testserver/sources", 302)]
    assert "shop is used again" in answer.content.decode()
    again = operator.post(f"/breakers/{shut.pk}/reset", follow=True)
    assert "closed already" in again.content.decode()


def test_the_page_of_e_mails_says_that_the_mail_server_is_cut_off(sign_in, now):
    client = sign_in("operator")
    assert "is cut off" not in client.get("/emails").content.decode()
    service.report_failure(MAIL, "The mail server refuses the sign-in: 535 no.", POLICY, now)
    page = client.get("/emails").content.decode()
    assert "The mail server mail.example.com:25 is cut off" in page
    assert "535 no" in page
    assert client.get("/api/emails/queue").json()["breaker"]["state"] == "open"
