"""Use cases of the e-mail queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from presstime.base.errors import Conflict, Invalid
from presstime.mail import addresses, queries, wakeup
from presstime.mail.composition import SUBJECT_LENGTH, Composed
from presstime.mail.models import Email, Message
from presstime.mail.states import QUEUE_LIMIT, Priority, Status


def enqueue(
    composed: Composed,
    recipients: Mapping[str, Sequence[str]],
    *,
    execution_id: UUID | None,
    subject: str,
    sender: str,
    message_id: str,
    relative_path: str,
    priority: Priority,
    now: datetime,
) -> Message:
    """Put a composed mail into the queue, inside the caller's transaction: one row for each distinct address.

    *recipients* are lists under "to", "cc" and "bcc"; *relative_path* is the .eml below the reports folder as it will
    be when the transaction is committed. What would be the 10,001st waiting e-mail is recorded as failed (queue_full).
    """
    try:
        distinct = addresses.distinct(recipients)
        envelope_sender = addresses.parse_address(sender).spec
    except ValueError as error:
        raise Invalid.of("recipients", str(error)) from None
    queries.hold_queue_lock()
    message = queries.insert_message(
        Message(
            execution_id=execution_id,
            message_id=message_id,
            subject=subject[:SUBJECT_LENGTH],
            sender=envelope_sender,
            path=relative_path,
            bytes=composed.bytes,
            sha256=composed.sha256,
            created_at=now,
        )
    )
    queries.insert_emails(message, distinct, priority, now, room=QUEUE_LIMIT - queries.count_queued())
    transaction.on_commit(wakeup.announce)
    return message


def retry(email_id: UUID | str, now: datetime) -> Email:
    """Make an e-mail due at once, with a full set of tries; Conflict when it was sent or the queue is full."""
    with transaction.atomic():
        queries.hold_queue_lock()
        email = queries.get_email(email_id)
        if email.status == Status.FAILED and queries.count_queued() >= QUEUE_LIMIT:
            raise Conflict(f"The queue is full ({QUEUE_LIMIT:,} e-mails). Retry when mail has gone out.")
        queries.requeue(email, now)
        transaction.on_commit(wakeup.announce)
        return queries.get_email(email_id)
