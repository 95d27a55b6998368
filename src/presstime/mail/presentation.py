"""An e-mail as the API and the commands show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from presstime.api.schemas import identifier, instant, reference
from presstime.breakers import queries as breakers
from presstime.breakers.presentation import present_standing
from presstime.breakers.states import Kind
from presstime.mail import queries
from presstime.mail.models import Email
from presstime.mail.states import QUEUE_LIMIT, Status


def present(email: Email) -> dict[str, Any]:
    """One e-mail with its message's facts; its error is None unless the last try failed."""
    return presenter()(email)


def presenter() -> Callable[[Email], dict[str, Any]]:
    """`present` for many: what all of them wait for is looked up once."""
    waiting_for = _waiting_for()
    return lambda email: _present(email, waiting_for)


def _waiting_for() -> str | None:
    """What holds back everything that is pending."""
    if queries.find_pause() is not None:
        return "paused"
    return "breaker" if breakers.not_closed(Kind.MAIL_SERVER).exists() else None


def _present(email: Email, waiting_for: str | None) -> dict[str, Any]:
    message = email.message
    return {
        "id": identifier(email.pk),
        "execution": identifier(message.execution_id) if message.execution_id else None,
        "to": email.address,
        "role": email.role,
        "subject": message.subject,
        "priority": email.priority,
        "status": email.status,
        "waiting_for": waiting_for if email.status == Status.PENDING else None,
        "attempts": email.attempts,
        "uncertain": email.uncertain,
        "next_attempt_at": instant(email.next_attempt_at),
        "last_reply": email.last_reply,
        "error": {"code": email.error_code, "message": email.error_message} if email.error_code else None,
        "message_id": message.message_id,
        "resend_of": _resend_of(email),
        "message_bytes": message.bytes,
        "created_at": instant(email.created_at),
        "sent_at": instant(email.sent_at),
    }


def _resend_of(email: Email) -> str | None:
    repeated = queries.resend_of(email)
    return identifier(repeated.pk) if repeated else None


def present_queue() -> dict[str, Any]:
    """The queue as a whole: how much waits, since when, and whether it is paused."""
    pause = queries.find_pause()
    counts = queries.counts_by_status(queries.list_emails())
    return {
        "paused": pause is not None,
        "paused_at": instant(pause.at) if pause else None,
        "paused_by": reference(pause.by) if pause else None,
        "note": pause.note if pause else "",
        "pending": counts[Status.PENDING],
        "sending": counts[Status.SENDING],
        "limit": QUEUE_LIMIT,
        "breaker": present_standing(breakers.list_breakers(kind=Kind.MAIL_SERVER).first()),
        "oldest_pending_at": instant(queries.oldest_waiting_at()),
    }
