"""Use cases of the e-mail queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from presstime.accounts.models import User
from presstime.base.errors import Conflict, Invalid
from presstime.mail import addresses, audited, queries, wakeup, watch
from presstime.mail.addresses import Address
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
    list_id: UUID | None = None,
    links_until: datetime | None = None,
    about: str = "",
    is_confidential: bool = False,
    resend_of: Message | None = None,
) -> Message:
    """Put a composed mail into the queue, inside the caller's transaction: one row for each distinct address.

    *recipients* are lists under "to", "cc" and "bcc"; *relative_path* is the .eml below the reports folder as it will
    be when the transaction is committed; *list_id* names what its recipients can unsubscribe from, *about* what a mail
    without an execution is about; a confidential one is shown to nobody. What would be the 10,001st waiting e-mail is
    recorded as failed (queue_full).
    """
    distinct, envelope_sender = _envelope(recipients, sender)
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
            list_id=list_id,
            links_until=links_until,
            about=about,
            is_confidential=is_confidential,
            resend_of=resend_of,
            created_at=now,
        )
    )
    room = max(0, QUEUE_LIMIT - queries.count_queued())
    queries.insert_emails(message, distinct, priority, now, room=room)
    if len(distinct) > room:
        watch.tell_full(len(distinct) - room, now)
    transaction.on_commit(wakeup.announce)
    return message


def _envelope(recipients: Mapping[str, Sequence[str]], sender: str) -> tuple[list[tuple[Address, str]], str]:
    try:
        return addresses.distinct(recipients), addresses.parse_address(sender).spec
    except ValueError as error:
        raise Invalid.of("recipients", str(error)) from None


def pause(by: User | None, now: datetime, note: str = "") -> None:
    """Send nothing from here on; what is being sent at this moment is finished. Pausing twice changes nothing."""
    note = note.strip()[:500]
    with transaction.atomic():
        if queries.pause(now, by.pk if by is not None else None, note):
            audited.paused(note, now)


def resume() -> None:
    """Send again; Conflict when nothing was paused."""
    with transaction.atomic():
        pause = queries.resume()
        if pause is None:
            raise Conflict("Sending is not paused.")
        audited.resumed(pause)
        transaction.on_commit(wakeup.announce)


@dataclass(frozen=True, slots=True)
class Done:
    """What a bulk request has done, and why it left some out: "not_found", "sent", "sending" or "queue_full"."""

    done: int
    skipped: list[tuple[str, str]] = field(default_factory=list)


def hold_queued(message: str, now: datetime) -> int:
    """Hold whatever is in the queue, after a restore: it may have been sent since the backup. How many."""
    with transaction.atomic():
        held = queries.hold_queued(message, now)
        audited.held(held, message)
    return held


def note_trial(to: Sequence[str], now: datetime) -> None:
    """Keep that somebody tries the mail server, before it is tried."""
    with transaction.atomic():
        audited.trial_sent(to, now)


def note_download(email: Email, now: datetime) -> None:
    """Keep who has taken a message as it was sent."""
    with transaction.atomic():
        audited.downloaded(email, now)


def retry(email_id: UUID | str, now: datetime) -> Email:
    """Make an e-mail due at once, with a full set of tries; Conflict when it was sent or the queue is full."""
    email = queries.get_email(email_id)
    result = retry_many([str(email.pk)], now)
    if result.skipped:
        raise Conflict(_refusal(email, result.skipped[0][1]))
    return queries.get_email(email.pk)


def retry_many(ids: Sequence[str], now: datetime) -> Done:
    """Make these e-mails due at once, as many as the queue has room for; the others are named with the reason."""
    with transaction.atomic():
        queries.hold_queue_lock()
        return _retry(ids, now)


def retry_all(failed: QuerySet[Email], expected: int, now: datetime) -> Done:
    """Make all failed e-mails among *failed* due at once; Conflict when they are not *expected* in number."""
    with transaction.atomic():
        queries.hold_queue_lock()
        ids = queries.ids_of_failed(failed)
        if len(ids) != expected:
            raise Conflict(f"There are {len(ids):,} failed e-mails, not {expected:,}.", actual=len(ids))
        return _retry([str(email_id) for email_id in ids], now)


def _retry(ids: Sequence[str], now: datetime) -> Done:
    known = {str(key): status for key, status in queries.statuses_of(_uuids(ids)).items()}
    room = QUEUE_LIMIT - queries.count_queued()
    wanted: list[str] = []
    skipped: list[tuple[str, str]] = []
    for email_id in dict.fromkeys(identity.lower() for identity in ids):
        reason = _reason(known.get(email_id), room)
        if reason:
            skipped.append((email_id, reason))
            continue
        wanted.append(email_id)
        room -= known[email_id] == Status.FAILED
    before = queries.as_they_are(_uuids(wanted))
    done = queries.requeue(_uuids(wanted), now)
    audited.retried(before, now)
    transaction.on_commit(wakeup.announce)
    return Done(done, skipped)


def _reason(status: Status | None, room: int) -> str:
    """Why an e-mail cannot be retried; empty when it can."""
    if status is None:
        return "not_found"
    if status not in queries.RETRIABLE:
        return status.value
    return "queue_full" if status == Status.FAILED and room <= 0 else ""


def _refusal(email: Email, reason: str) -> str:
    if reason == "queue_full":
        return f"The queue is full ({QUEUE_LIMIT:,} e-mails). Retry when mail has gone out."
    return f"This e-mail to {email.address} is {reason}; only what waits or has failed can be retried."


def _uuids(ids: Iterable[str]) -> list[UUID]:
    """The *ids* that are UUIDs at all."""
    found = []
    for identity in ids:
        with suppress(ValueError):
            found.append(UUID(identity))
    return found
