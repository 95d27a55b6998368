"""A forgotten password: by a link in a mail of our own queue, which nobody else can read."""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from presstime.accounts import service
from presstime.accounts.models import User
from presstime.audit.models import Entry
from presstime.mail.models import Email
from tests.conftest import PASSWORD

ASK = "/accounts/password/reset/"
NEW = "another long enough phrase"


@pytest.fixture(autouse=True)
def _real_queue(db: None, settings: Any) -> None:
    """pytest-django puts a list in the place of the mail."""
    settings.EMAIL_BACKEND = "presstime.mail.backend.QueueBackend"
    cache.clear()


def ask(address: str = "alice@example.com", **more: str) -> None:
    response = Client(headers=more).post(ASK, {"email": address})
    assert response["Location"] == "/accounts/password/reset/sent/"


def mails() -> list[Email]:
    return list(Email.objects.select_related("message").order_by("created_at", "id"))


def text_of(email: Email) -> str:
    path: Path = settings.CONFIGURATION.reports_path / email.message.path
    body = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
    return str(body.get_content()) if body else ""


def link_in(email: Email) -> str:
    found = re.search(r"http://testserver(/accounts/password/reset/\S+)", text_of(email))
    assert found
    return found[1]


def test_the_link_changes_the_password_once_and_ends_the_sessions(alice: User) -> None:
    signed_in = Client()
    signed_in.force_login(alice)
    ask()
    (email,) = mails()
    assert (email.address, email.status, email.priority) == ("alice@example.com", "pending", "manual")
    link, client = link_in(email), Client()
    form = client.get(link)
    assert form["Location"].endswith("/set-password/")  # the key is not in the address of the form
    weak = client.post(form["Location"], {"password1": "short", "password2": "short"})
    assert weak.status_code == 200
    assert client.post(form["Location"], {"password1": NEW, "password2": NEW})["Location"].endswith("/changed/")
    assert signed_in.get("/api/me").status_code == 401
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert "no longer works" in Client().get(link).content.decode()
    assert [entry.action for entry in Entry.objects.order_by("sequence")][-1] == "user.password_reset"
    assert "changed by the link" in text_of(mails()[-1])


def test_it_does_not_sign_in_past_a_second_factor(alice: User) -> None:
    ask()
    client = Client()
    form = client.get(link_in(mails()[0]))
    client.post(form["Location"], {"password1": NEW, "password2": NEW})
    assert client.get("/api/me").status_code == 401


@pytest.mark.parametrize("address", ["nobody@example.com", "charlie@example.com", "robot@example.com"])
def test_the_page_says_the_same_for_an_address_without_an_account(
    address: str, alice: User, charlie: User, now: datetime
) -> None:
    service.create_service_account("robot", "viewer", now, email="robot@example.com")
    ask(address)
    assert mails() == []


def test_a_wrong_host_does_not_get_into_the_link(alice: User) -> None:
    response = Client(headers={"Host": "localhost"}).post(ASK, {"email": alice.email})
    assert response.status_code == 302
    assert link_in(mails()[0])


def test_nobody_reads_the_mail_here(alice: User, admin: User) -> None:
    ask()
    email = mails()[0]
    key = link_in(email).rstrip("/").split("/")[-1]
    client = Client()
    client.force_login(admin)
    page = client.get(f"/emails/{email.pk}")
    assert "For its recipient alone" in page.content.decode()
    for address in ("", "?view=text", "?view=source", "/body", "/source"):
        assert key not in client.get(f"/emails/{email.pk}{address}").content.decode()
    assert client.get(f"/api/emails/{email.pk}/source").status_code == 404
    assert key not in client.get(f"/api/emails/{email.pk}").content.decode()


def test_asking_again_and_again_is_stopped(alice: User) -> None:
    for _ in range(3):
        ask()
    assert Client().post(ASK, {"email": alice.email}).status_code == 429
    assert len(mails()) == 3


def test_a_change_of_the_password_is_told_by_mail(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    client.post("/accounts/password/", form)
    assert "Your password was changed." in text_of(mails()[0])
