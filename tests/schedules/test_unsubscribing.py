"""The link by which a recipient leaves a schedule, without an account and by a single click of the mail program."""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client

from presstime.accounts.models import User
from presstime.base.logs import Handler
from presstime.mail import unsubscribing as tokens
from presstime.mail.models import Email
from presstime.schedules.models import Schedule, Unsubscription

Make = Callable[..., Schedule]
ANN, BO = "ann@example.com", "bo@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def daily(make_schedule: Make, alice: User) -> Schedule:
    return make_schedule("daily", recipients={"to": [BO], "cc": ["Ann@example.com"], "bcc": []}, owner=alice)


def _address(schedule: Schedule, person: str = ANN) -> str:
    return f"/unsubscribe/{tokens.write(schedule.pk, person)}"


def _people(schedule: Schedule) -> dict[str, list[str]]:
    schedule.refresh_from_db()
    people: dict[str, list[str]] = schedule.recipients
    return people


def test_looking_changes_nothing_and_one_click_takes_one_person_off(daily: Schedule) -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(_address(daily))
    assert (page.status_code, "Unsubscribe?" in page.content.decode()) == (200, True)
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert _people(daily) == {"to": [BO], "cc": ["Ann@example.com"], "bcc": []}
    assert browser.post(_address(daily), ONE_CLICK).status_code == 200
    assert _people(daily) == {"to": [BO], "cc": [], "bcc": []}
    noted = Unsubscription.objects.get()
    assert (noted.schedule, noted.address, noted.role) == (daily, ANN, "cc")


def test_the_owner_is_told_once_however_often_it_is_clicked(daily: Schedule, alice: User) -> None:
    for _ in range(3):
        assert "no longer gets this report" in Client().post(_address(daily), ONE_CLICK).content.decode()
    email = Email.objects.select_related("message").get()
    assert (email.address, email.message.subject) == (alice.email, f"{ANN} has unsubscribed from daily")
    assert (settings.CONFIGURATION.reports_path / email.message.path).is_file()
    assert Unsubscription.objects.count() == 1


def test_a_token_of_another_hand_opens_nothing(daily: Schedule) -> None:
    right = _address(daily)
    for wrong in (right.replace(daily.pk.hex, "0" * 32), right[:-3], "/unsubscribe/x"):
        assert Client().post(wrong, ONE_CLICK).status_code == 404
    gone = tokens.write(UUID(int=1), ANN)
    assert "no longer gets" in Client().get(f"/unsubscribe/{gone}").content.decode()
    assert Client().put(right).status_code == 405
    assert _people(daily)["cc"] == ["Ann@example.com"]


def test_whoever_tries_tokens_must_wait(daily: Schedule) -> None:
    answers = [Client().post(f"/unsubscribe/{number}").status_code for number in range(61)]
    assert (answers[0], answers[-1]) == (404, 429)
    assert Client().post(_address(daily), ONE_CLICK).status_code == 200  # a right one is not held up by them


def test_it_is_offered_where_it_can_be_reached_only(daily: Schedule) -> None:
    offered = tokens.headers("https://reports.example.com", daily.pk, ANN)
    assert offered.startswith("List-Unsubscribe: <https://reports.example.com/unsubscribe/")
    assert offered.endswith("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
    assert "Post" not in tokens.headers("http://reports.example.com", daily.pk, ANN)
    assert tokens.headers("http://127.0.0.1:8000", daily.pk, ANN) == ""
    assert tokens.headers("https://reports.example.com", None, ANN) == ""


@pytest.mark.parametrize("person", [ANN, "jörg@exämple.com", "a+b=c@example.com"])
def test_a_token_gives_back_what_it_was_made_of(person: str) -> None:
    assert tokens.read(tokens.write(UUID(int=7), person)) == (UUID(int=7), person)


def test_the_schedule_shows_who_has_left_and_the_log_no_token(daily: Schedule, alice: User) -> None:
    Client().post(_address(daily), ONE_CLICK)
    client = Client()
    client.force_login(alice)
    assert "Unsubscribed by themselves" in client.get(f"/schedules/{daily.pk}").content.decode()
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (_address(daily),), None)
    assert Handler().format(record) == "Not Found: /unsubscribe/…"
