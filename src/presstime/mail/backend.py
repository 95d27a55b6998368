"""Django's way to send mail, into the queue: what libraries send waits, is retried and is listed like all other mail."""

from __future__ import annotations

import html as markup
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.base.ids import uuid7
from presstime.database.guard import bookkeeping
from presstime.mail import service
from presstime.mail.composition import Content, compose, message_id
from presstime.mail.states import Priority

FOLDER = "accounts"  # in the reports folder


class QueueBackend(BaseEmailBackend):
    """Puts each message into the queue as confidential: it is about somebody's account."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _enqueue(message)
        return len(email_messages)


@bookkeeping("a mail that tells somebody of their account; what it tells of has its entry")
def _enqueue(message: EmailMessage) -> None:
    configuration: Configuration = settings.CONFIGURATION
    now, identity = clock.now(), message_id(uuid7(), configuration.mail_from)
    subject, text = str(message.subject), str(message.body)
    paragraphs = "".join(f"<p>{_linked(part)}</p>" for part in text.split("\n\n") if part.strip())
    content = Content(
        message_id=identity,
        sender=configuration.mail_from,
        to=list(message.to),
        subject=subject,
        text=text,
        html=f'<html><body style="font:15px/1.5 Inter,Arial,sans-serif;max-width:600px">{paragraphs}</body></html>',
        date=now,
    )
    path = f"{FOLDER}/{now:%Y/%m}/{uuid7()}.eml"
    (configuration.reports_path / path).parent.mkdir(parents=True, exist_ok=True)
    composed = compose(content, path=configuration.reports_path / path)
    with transaction.atomic():
        service.enqueue(
            composed,
            {"to": list(message.to)},
            execution_id=None,
            subject=subject,
            sender=configuration.mail_from,
            message_id=identity,
            relative_path=path,
            priority=Priority.MANUAL,
            now=now,
            is_confidential=True,
        )


def _linked(paragraph: str) -> str:
    """A paragraph as HTML; one that is an address becomes a link."""
    escaped = markup.escape(paragraph.strip())
    is_address = escaped.startswith(("http://", "https://")) and " " not in escaped and "\n" not in escaped
    return f'<a href="{escaped}">{escaped}</a>' if is_address else escaped.replace("\n", "<br>")
