"""The queue as a whole: its backlog, its limit, its pause."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from typer.testing import CliRunner

from presstime.alerts.kinds import Kind
from presstime.alerts.models import Alert
from presstime.base.errors import Conflict
from presstime.mail import queries, service
from presstime.mail.cli import app
from presstime.mail.models import Email, Message
from presstime.mail.states import BACKLOG_ALERT, QUEUE_LIMIT, Status
from presstime.mail.watch import watch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(make_user) -> Client:
    client = Client()
    client.force_login(make_user("olga", "operator"))
    return client


def fill(message: Message, count: int, now) -> None:
    Email.objects.bulk_create(
        Email(message=message, address=f"r{number}@example.com", priority="scheduled", rank=10, created_at=now,
              status="pending", next_attempt_at=now)
        for number in range(count)
    )  # fmt: skip


def alert(kind: Kind) -> Alert | None:
    return Alert.objects.filter(kind=kind, cleared_at=None).first()


def test_a_backlog_of_more_than_a_hundred_is_told_once_and_again_when_it_has_gone(enqueue, now):
    message = enqueue("ann@example.com")
    fill(message, BACKLOG_ALERT - 1, now)
    watch(now)
    assert alert(Kind.EMAIL_BACKLOG) is None
    enqueue("bo@example.com")
    watch(now)
    watch(now + timedelta(seconds=5))
    raised = alert(Kind.EMAIL_BACKLOG)
    assert raised is not None
    assert (raised.detail, raised.count) == ("101 e-mails wait to be sent.", 1)
    Email.objects.all().update(status=Status.SENT, sent_at=now)
    watch(now + timedelta(minutes=1))
    assert alert(Kind.EMAIL_BACKLOG) is None


def test_what_finds_the_queue_full_is_recorded_told_and_can_be_sent_when_there_is_room(enqueue, now):
    fill(enqueue("ann@example.com"), QUEUE_LIMIT - 2, now)
    message = enqueue("bo@example.com", "cy@example.com")
    first, second = message.emails.order_by("id")
    assert (first.status, second.status, second.error_code) == ("pending", "failed", "queue_full")
    full = alert(Kind.EMAIL_QUEUE_FULL)
    assert full is not None
    assert "1 e-mail found the queue of 10,000 full" in full.detail
    with pytest.raises(Conflict, match="queue is full"):
        service.retry(second.pk, now)
    watch(now)
    assert alert(Kind.EMAIL_QUEUE_FULL) is not None
    Email.objects.filter(pk=first.pk).update(status=Status.SENT, sent_at=now)
    watch(now)
    assert alert(Kind.EMAIL_QUEUE_FULL) is None
    assert service.retry(second.pk, now).status == "pending"


def test_nothing_is_claimed_while_sending_is_paused(enqueue, alice, now):
    enqueue("ann@example.com")
    service.pause(alice, now, "The new server is not ready.")
    service.pause(None, now + timedelta(hours=1))
    assert queries.claim("one", now) is None
    paused = queries.find_pause()
    assert paused is not None
    assert (paused.by, paused.at) == (alice, now)
    service.resume()
    assert queries.claim("one", now) is not None
    with pytest.raises(Conflict, match="not paused"):
        service.resume()


def test_the_api_pauses_resumes_and_tells_the_queue(operator, bob, enqueue):
    enqueue("ann@example.com")
    paused = operator.post("/api/emails/pause", json.dumps({"note": "moving"}), content_type="application/json").json()
    assert (paused["paused"], paused["paused_by"]["name"], paused["note"]) == (True, "olga", "moving")
    assert (paused["pending"], paused["sending"], paused["limit"]) == (1, 0, 10_000)
    assert operator.get("/api/emails/queue").json() == paused
    assert operator.post("/api/emails/resume").json()["paused"] is False
    assert operator.post("/api/emails/resume").status_code == 409
    viewer = Client()
    viewer.force_login(bob)
    assert viewer.post("/api/emails/pause").status_code == 403


def test_the_page_pauses_says_so_and_offers_to_resume(operator, enqueue):
    enqueue("ann@example.com")
    text = operator.post("/emails/pause", {"note": "moving"}, follow=True).content.decode()
    assert "Sending is paused</strong>" in text
    assert "by olga: moving" in text
    assert "Resume" in text
    assert "Sending is paused</strong>" not in operator.post("/emails/resume", follow=True).content.decode()


def test_the_page_sends_all_failed_ones_again_when_they_are_as_many_as_it_showed(operator, enqueue):
    message = enqueue("ann@example.com", "bo@example.com", "cy@example.com")
    Email.objects.filter(message=message).exclude(address="cy@example.com").update(
        status="failed", next_attempt_at=None
    )
    assert 'name="expected_retry" value="2"' in operator.get("/emails").content.decode()
    form = {"act": "retry", "all_matching": "1", "expected_retry": "3"}
    assert "There are 2 failed e-mails, not 3." in operator.post("/emails/bulk", form, follow=True).content.decode()
    one = message.emails.get(address="ann@example.com")
    text = operator.post("/emails/bulk", {"act": "retry", "id": [str(one.pk)]}, follow=True).content.decode()
    assert "1 will be sent again." in text
    text = operator.post("/emails/bulk?status=failed", form | {"expected_retry": "1"}, follow=True).content.decode()
    assert "1 will be sent again." in text
    assert not Email.objects.filter(status="failed").exists()


@pytest.mark.parametrize("tab", ["waiting", "sent", "failed", "uncertain"])
def test_each_tab_counts_and_shows_the_same(operator, enqueue, tab):
    message = enqueue("ann@example.com", "bo@example.com", "cy@example.com", "di@example.com")
    ann, bo, cy, _ = message.emails.order_by("id")
    Email.objects.filter(pk=ann.pk).update(status="sent")
    Email.objects.filter(pk=bo.pk).update(status="failed", next_attempt_at=None)
    Email.objects.filter(pk=cy.pk).update(uncertain=True)
    answer = operator.get("/emails", {"status": tab})
    [count] = [count for _, _, count, is_current in answer.context["tabs"] if is_current]
    assert count == answer.context["listing"].total == {"waiting": 2}.get(tab, 1)


def test_the_command_pauses_and_resumes(db, enqueue):
    enqueue("ann@example.com")
    run = CliRunner().invoke
    assert "paused" in run(app, ["pause", "--note", "moving"]).stdout
    assert json.loads(run(app, ["queue", "--json"]).stdout)["paused"] is True
    assert "goes out again" in run(app, ["resume"]).stdout
    assert "1 waiting" in run(app, ["queue"]).stdout
