"""Sending a mail that has arrived once more: a message of its own, to one address, that names the old one."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from presstime.base.errors import Conflict, NotFound
from presstime.base.ids import uuid7
from presstime.mail import audited, queries, reading, service
from presstime.mail.composition import Composed, message_id, write_synced
from presstime.mail.models import Email, Message
from presstime.mail.states import QUEUE_LIMIT, Priority, Status

OF = "X-Presstime-Resend-Of"


def resend(email_id: str, now: datetime) -> Email:
    """Queue the same content for the same address again, under a Message-ID and a date of its own; the new e-mail.

    Conflict unless it was sent, when its file is gone or its links to files have ended, and when the queue is full.
    """
    email = queries.get_email(email_id)
    content = _content(email, now)
    old = email.message
    identity = uuid7()
    path = str(Path(old.path).with_name(f"{identity}.eml"))
    headers = {"Message-ID": message_id(identity, old.sender), "Date": format_datetime(now), OF: old.message_id}
    composed = _write(with_headers(content, headers), settings.CONFIGURATION.reports_path / path)
    try:
        with transaction.atomic():
            message = _enqueue(email, composed, headers["Message-ID"], path, now)
            sent = queries.only_email_of(message)
            audited.resent(sent, email, now)
    except BaseException:
        composed.path.unlink(missing_ok=True)
        raise
    return sent


def _content(email: Email, now: datetime) -> bytes:
    if email.status != Status.SENT:
        raise Conflict(f"This e-mail to {email.address} is {email.status}; only what was sent can be sent once more.")
    if email.message.is_confidential:
        raise Conflict("This e-mail is for its recipient alone, who can ask for another one.")
    until = email.message.links_until
    if until is not None and until <= now:
        raise Conflict(
            f"Its links to files ended on {until.day} {until:%B %Y}. Run the schedule again, as of its planned moment."
        )
    try:
        return reading.read(email.message.path, settings.CONFIGURATION.reports_path).raw
    except NotFound as error:
        raise Conflict(error.message) from None


def _write(content: bytes, path: Path) -> Composed:
    write_synced(path, content)
    return Composed(path, len(content), hashlib.sha256(content).hexdigest(), ())


def _enqueue(email: Email, composed: Composed, identity: str, path: str, now: datetime) -> Message:
    queries.hold_queue_lock()
    if queries.count_queued() >= QUEUE_LIMIT:
        raise Conflict(f"The queue is full ({QUEUE_LIMIT:,} e-mails). Try again when mail has gone out.")
    old = email.message
    return service.enqueue(
        composed,
        {email.role: [email.address]},
        execution_id=old.execution_id,
        subject=old.subject,
        sender=old.sender,
        message_id=identity,
        relative_path=path,
        priority=Priority.MANUAL,
        now=now,
        list_id=old.list_id,
        links_until=old.links_until,
        about=old.about,
        resend_of=old,
    )


def with_headers(content: bytes, headers: dict[str, str]) -> bytes:
    """The message *content* with these headers in place of its own of the same names; nothing else is touched."""
    head, blank, body = content.partition(b"\r\n\r\n")
    lines = head + b"\r\n"
    for name in headers:
        lines = re.sub(rb"(?im)^" + re.escape(name.encode()) + rb":.*\r\n(?:[ \t].*\r\n)*", b"", lines)
    added = b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items())
    return added + lines.removesuffix(b"\r\n") + blank + body
