from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from presstime.accounts.models import User
from presstime.mail import queries, service
from presstime.mail.models import Email, Message
from presstime.mail.states import Failed, Priority, Sent, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(make_user: Callable[[str, str], User]) -> User:
    return make_user("olga", "operator")


@pytest.fixture
def client(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def _settle(decision: Sent | Failed, now: datetime) -> Email:
    claimed = queries.claim("node-1", now)
    assert claimed is not None
    assert queries.settle(claimed, decision, now)
    return queries.get_email(claimed.id)


def _post(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(path, body or {}, content_type="application/json")


def test_a_waiting_email_is_shown_with_all_its_fields(client: Client, enqueue: Callable[..., Message]) -> None:
    message = enqueue("ann@example.com", priority=Priority.MANUAL)
    answer = client.get("/api/emails").json()
    assert answer["total"] == 1
    item = answer["items"][0]
    assert {key: item[key] for key in ("to", "subject", "priority", "status", "attempts", "error", "sent_at")} == {
        "to": "ann@example.com",
        "subject": "Airport punctuality",
        "priority": "manual",
        "status": "pending",
        "attempts": 0,
        "error": None,
        "sent_at": None,
    }
    assert item["message_id"] == message.message_id
    assert item["created_at"] == item["next_attempt_at"] == "2026-11-24T09:00:00Z"
    assert client.get(f"/api/emails/{item['id']}").json() == item


@pytest.mark.parametrize(
    ("query", "addresses"),
    [
        ("status=sent", {"ann@example.com"}),
        ("status=failed", set()),
        ("to=BO@", {"bo@example.com"}),
        ("priority=alert", {"cy@example.com"}),
        ("created_from=2026-11-24T09:30:00Z", {"cy@example.com"}),
        ("created_to=2026-11-24T09:30:00Z", {"ann@example.com", "bo@example.com"}),
    ],
)
def test_the_list_is_narrowed_by_filters(
    client: Client, enqueue: Callable[..., Message], now: datetime, query: str, addresses: set[str]
) -> None:
    enqueue("ann@example.com", "bo@example.com")
    _settle(Sent("250 queued"), now)
    enqueue("cy@example.com", priority=Priority.ALERT, at=now + timedelta(hours=1))
    items = client.get(f"/api/emails?{query}").json()["items"]
    assert {item["to"] for item in items} == addresses


def test_an_unknown_filter_is_refused_by_name(client: Client) -> None:
    answer = client.get("/api/emails?stauts=sent")
    assert answer.status_code == 422
    assert "status" in answer.json()["errors"][0]["message"]


def test_a_failed_email_is_retried_and_a_sent_one_is_not(
    client: Client, enqueue: Callable[..., Message], now: datetime
) -> None:
    enqueue("ann@example.com")
    failed = _settle(Failed("recipient_refused", "The mail server refuses the address.", "550 no such user"), now)
    shown = client.get(f"/api/emails/{failed.pk}").json()
    assert shown["error"] == {"code": "recipient_refused", "message": "The mail server refuses the address."}
    assert shown["last_reply"] == "550 no such user"
    retried = _post(client, f"/api/emails/{failed.pk}/retry")
    assert retried.status_code == 200
    assert (retried.json()["status"], retried.json()["attempts"], retried.json()["error"]) == ("pending", 0, None)
    _settle(Sent("250 queued"), now + timedelta(days=3000))
    assert _post(client, f"/api/emails/{failed.pk}/retry").status_code == 409


def test_bulk_retry_says_what_it_left_out(client: Client, enqueue: Callable[..., Message], now: datetime) -> None:
    enqueue("ann@example.com", "bo@example.com")
    sent = _settle(Sent("250 queued"), now)
    failed = _settle(Failed("refused", "No."), now)
    answer = _post(client, "/api/emails/retry", {"ids": [str(sent.pk), str(failed.pk), "nonsense"]})
    assert answer.json() == {
        "done": 1,
        "skipped": [{"id": str(sent.pk), "reason": "sent"}, {"id": "nonsense", "reason": "not_found"}],
    }


def test_bulk_retry_of_all_needs_the_right_number(
    client: Client, enqueue: Callable[..., Message], now: datetime
) -> None:
    enqueue("ann@example.com", "bo@example.com")
    _settle(Failed("refused", "No."), now)
    refused = _post(client, "/api/emails/retry", {"all": True, "expected": 2})
    assert (refused.status_code, refused.json()["actual"]) == (409, 1)
    assert _post(client, "/api/emails/retry", {"all": True, "expected": 1}).json()["done"] == 1
    assert _post(client, "/api/emails/retry", {"all": True}).status_code == 422


def test_an_unknown_email_is_not_found(client: Client) -> None:
    for path in ("nonsense", "00000000-0000-7000-8000-000000000000"):
        assert client.get(f"/api/emails/{path}").status_code == 404
        assert _post(client, f"/api/emails/{path}/retry").status_code == 404


def test_the_source_of_a_message_is_handed_out_whole(
    client: Client, enqueue: Callable[..., Message], reports: Path
) -> None:
    message = enqueue("ann@example.com")
    stored = settings.CONFIGURATION.reports_path / message.path
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes((reports / message.path).read_bytes())
    answer = client.get(f"/api/emails/{message.emails.get().pk}/source")
    assert answer["Content-Type"] == "message/rfc822"
    assert message_from_bytes(answer.content, policy=policy.default)["Message-ID"] == message.message_id


def test_a_viewer_may_neither_read_nor_send(bob: User, enqueue: Callable[..., Message]) -> None:
    client = Client()
    client.force_login(bob)
    email = enqueue("ann@example.com").emails.get()
    assert client.get("/api/emails").status_code == 403
    assert _post(client, f"/api/emails/{email.pk}/retry").status_code == 403
    assert service.Done(1).skipped == []
    assert Email.objects.get().status == Status.PENDING
