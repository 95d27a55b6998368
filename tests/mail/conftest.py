from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from presstime.base.ids import uuid7
from presstime.mail import service
from presstime.mail.composition import Composed, Content, compose, message_id
from presstime.mail.models import Message
from presstime.mail.states import Priority
from tests.mail.smtp_server import Mailbox, smtp_server

SENDER = "Reports <reports@example.com>"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    """The port of a server that fills `mailbox`."""
    with smtp_server(mailbox) as found:
        yield found


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    return folder


@pytest.fixture
def make_content(now: datetime) -> Callable[..., Content]:
    def make(**changes: object) -> Content:
        values: dict[str, object] = {
            "message_id": message_id(uuid7(), SENDER),
            "sender": SENDER,
            "to": ["ann@example.com"],
            "subject": "Airport punctuality",
            "text": "Of 30,592 flights 74 % left on time.",
            "html": "<html><body><p>Of 30,592 flights 74 % left on time.</p></body></html>",
            "date": now,
        }
        return Content(**values | changes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def enqueue(db: None, reports: Path, now: datetime, make_content: Callable[..., Content]) -> Callable[..., Message]:
    """`enqueue("ann@example.com", "bo@example.com")` puts a mail of its own into the queue."""

    def put(
        *to: str, recipients: dict[str, list[str]] | None = None, priority: Priority = Priority.SCHEDULED,
        execution_id: UUID | None = None, at: datetime = now, **content: object,
    ) -> Message:  # fmt: skip
        composed, identity = _compose(reports, make_content(to=list(to) or ["ann@example.com"], **content))
        return service.enqueue(
            composed,
            recipients or {"to": list(to)},
            execution_id=execution_id,
            subject="Airport punctuality",
            sender=SENDER,
            message_id=identity,
            relative_path=composed.path.name,
            priority=priority,
            now=at,
        )

    return put


def _compose(reports: Path, content: Content) -> tuple[Composed, str]:
    return compose(content, path=reports / f"{uuid7()}.eml"), content.message_id
