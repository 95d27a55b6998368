"""The entries of the e-mail queue in the audit log: what people do to it. What is sent stands in the list of deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from presstime.audit import journal as audit
from presstime.audit.changes import snapshot
from presstime.audit.targets import Target
from presstime.mail.models import Email, Pause

_QUEUE: Final = Target("email_queue", "queue", "E-mail queue")
_STATE: Final = ("status", "attempts", "uncertain", "error_code", "last_reply")


def target_of(email: Email) -> Target:
    return Target("email", str(email.pk), email.address)


def retried(emails: Iterable[Email], now: datetime) -> None:
    """Each of them as it was."""
    for email in emails:
        new = {"status": "pending", "message_id": email.message.message_id}
        audit.record("email.retried", target_of(email), old=snapshot(email, _STATE), new=new, now=now)


def resent(email: Email, repeats: Email, now: datetime) -> None:
    new = {"resend_of": str(repeats.pk), "message_id": email.message.message_id, "subject": email.message.subject}
    audit.record("email.resent", target_of(email), new=new, now=now)


def held(count: int, why: str) -> None:
    audit.record("email_queue.held", _QUEUE, new={"emails": count, "reason": why})


def paused(note: str, now: datetime) -> None:
    audit.record("email_queue.paused", _QUEUE, new={"note": note}, now=now)


def resumed(pause: Pause) -> None:
    audit.record("email_queue.resumed", _QUEUE, old={"paused_at": pause.at, "note": pause.note})


def downloaded(email: Email, now: datetime) -> None:
    """Somebody has taken the message as it was sent, with its attachments."""
    new = {"message_id": email.message.message_id, "sha256": email.message.sha256}
    audit.record("email.downloaded", target_of(email), new=new, now=now)


def trial_sent(to: Sequence[str], now: datetime) -> None:
    """A test mail from the settings or the command line."""
    audit.record("email.trial_sent", Target("setting", "smtp_url", "Mail server"), new={"to": list(to)}, now=now)
