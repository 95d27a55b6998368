"""What was sent goes to the same person once more, as a message of its own that names the old one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from typer.testing import CliRunner

from presstime.accounts.models import User
from presstime.audit.models import Entry
from presstime.base import clock
from presstime.base.errors import Conflict
from presstime.cli import app
from presstime.mail import queries, resending
from presstime.mail.models import Email, Message
from presstime.mail.resending import OF, with_headers
from presstime.mail.states import Sent, Status

pytestmark = pytest.mark.django_db
Enqueue = Callable[..., Message]


@pytest.fixture
def sent(enqueue: Enqueue, reports: Any, now: datetime) -> Email:
    """A mail to two people, both of whom it has reached."""
    message = enqueue("ann@example.com", "bo@example.com")
    stored = settings.CONFIGURATION.reports_path / message.path
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes((reports / message.path).read_bytes())
    while (claimed := queries.claim("node-1", now)) is not None:
        queries.settle(claimed, Sent("250 OK"), now)
    return message.emails.get(address="ann@example.com")


@pytest.fixture
def client(make_user: Callable[[str, str], User]) -> Client:
    client = Client()
    client.force_login(make_user("olga", "operator"))
    return client


def test_one_person_gets_the_same_content_as_a_new_message(client: Client, sent: Email) -> None:
    answer = client.post(f"/api/emails/{sent.pk}/resend")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["to"], made["status"], made["priority"]) == ("ann@example.com", "pending", "manual")
    assert made["resend_of"] == str(sent.pk)
    assert made["message_id"] != sent.message.message_id
    assert Email.objects.count() == 3
    claimed = queries.claim("node-1", clock.now())
    assert claimed is not None
    root = settings.CONFIGURATION.reports_path
    old, new = (message_from_bytes((root / path).read_bytes(), policy=policy.default)
                for path in (sent.message.path, claimed.path))  # fmt: skip
    assert new["Message-ID"] == made["message_id"]
    assert new[OF] == old["Message-ID"]
    assert new["Date"].datetime > old["Date"].datetime
    assert [len(new.get_all(name)) for name in ("Message-ID", "Date", "Subject", "To")] == [1, 1, 1, 1]
    assert new["To"] == old["To"]
    assert new.get_body(("html",)).get_content() == old.get_body(("html",)).get_content()
    assert Entry.objects.get(action="email.resent").target_name == "ann@example.com"


def test_only_what_was_sent_can_be_sent_once_more(client: Client, enqueue: Enqueue) -> None:
    waiting = enqueue("ann@example.com").emails.get()
    answer = client.post(f"/api/emails/{waiting.pk}/resend")
    assert answer.status_code == 409
    assert "is pending; only what was sent" in answer.json()["detail"]
    assert client.post("/api/emails/00000000-0000-0000-0000-000000000000/resend").status_code == 404


def test_a_file_that_is_gone_and_links_that_have_ended_are_said(sent: Email, now: datetime) -> None:
    Message.objects.update(links_until=now)
    with pytest.raises(Conflict, match="Its links to files ended on 24 November 2026"):
        resending.resend(str(sent.pk), now)
    assert resending.resend(str(sent.pk), now - timedelta(seconds=1)).message.links_until == now
    Message.objects.update(links_until=None)
    (settings.CONFIGURATION.reports_path / sent.message.path).unlink()
    with pytest.raises(Conflict, match="no longer there"):
        resending.resend(str(sent.pk), now)


def test_what_is_for_its_recipient_alone_is_not_sent_by_others(sent: Email, now: datetime) -> None:
    Message.objects.update(is_confidential=True)
    with pytest.raises(Conflict, match="for its recipient alone"):
        resending.resend(str(sent.pk), now)


def test_a_full_queue_refuses_and_leaves_no_file(sent: Email, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = (settings.CONFIGURATION.reports_path / sent.message.path).parent
    before = set(folder.iterdir())
    monkeypatch.setattr(resending, "QUEUE_LIMIT", 0)
    with pytest.raises(Conflict, match="The queue is full"):
        resending.resend(str(sent.pk), now)
    assert set(folder.iterdir()) == before


def test_a_reader_may_not(bob: User, sent: Email) -> None:
    client = Client()
    client.force_login(bob)
    assert client.post(f"/api/emails/{sent.pk}/resend").status_code == 403


def test_the_page_asks_sends_and_links_both(client: Client, sent: Email) -> None:
    page = client.get(f"/emails/{sent.pk}").content.decode()
    assert "Send it to ann@example.com once more?" in page
    answer = client.post(f"/emails/{sent.pk}/resend", follow=True)
    again = Email.objects.get(message__resend_of=sent.message)
    assert answer.redirect_chain == [(f"/emails/{again.pk}", 302)]
    assert "A copy will be sent to ann@example.com." in answer.content.decode()
    assert f'href="/emails/{sent.pk}"' in answer.content.decode()
    assert f'href="/emails/{again.pk}"' in client.get(f"/emails/{sent.pk}").content.decode()
    refused = client.post(f"/emails/{again.pk}/resend", follow=True)
    assert "only what was sent can be sent once more" in refused.content.decode()


def test_the_command_names_what_it_could_not_send(sent: Email) -> None:
    result = CliRunner().invoke(app, ["emails", "resend", str(sent.pk), "nothing"], prog_name="presstime")
    assert result.exit_code == 1
    assert "to ann@example.com" in result.stdout
    assert 'nothing: There is no e-mail "nothing".' in result.stderr
    assert Email.objects.filter(status=Status.PENDING).count() == 1


def test_folded_headers_are_replaced_whole_and_the_body_is_not_touched() -> None:
    content = b"Subject: a\r\nmessage-id:\r\n <old@x>\r\nDate: then\r\n\r\nDate: in the body\r\n"
    changed = with_headers(content, {"Message-ID": "<new@x>", "Date": "now"})
    assert changed == b"Message-ID: <new@x>\r\nDate: now\r\nSubject: a\r\n\r\nDate: in the body\r\n"
