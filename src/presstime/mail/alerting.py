"""Alerts by mail: each notice is a message of its own in the e-mail queue, ahead of all other mail."""

from __future__ import annotations

import html as markup
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.db import transaction

from presstime.alerts.notices import Notice
from presstime.alerts.states import Event, HandedOver, Outcome, Undelivered
from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Invalid
from presstime.base.ids import uuid7
from presstime.mail import queries, service
from presstime.mail import states as mail
from presstime.mail.addresses import parse_address
from presstime.mail.composition import Composed, Content, compose, message_id
from presstime.mail.states import Priority
from presstime.mail.transports import Delivery, open_transport

FOLDER = "alerts"  # in the reports folder
_COLOURS = {"critical": "#b42318", "warning": "#92600a", "over": "#1a7f37"}


class AlertMail:
    """Puts notices into the e-mail queue; the same notice again is the same message and is there once."""

    def __init__(self, configuration: Configuration, *, clock: Callable[[], datetime] = clock.now) -> None:
        self._sender = configuration.mail_from
        self._reports = configuration.reports_path
        self._clock = clock

    def __call__(self, notice: Notice) -> Outcome:
        if queries.has_message(message_id(notice.id, self._sender)):
            return HandedOver()  # a worker has put it there and died before it could say so
        now = self._clock()
        path = f"{FOLDER}/{now:%Y/%m}/{uuid7()}.eml"  # a name of its own: what is in the queue is never written over
        try:
            composed = self.compose(notice, self._reports / path, now)
            self._enqueue(notice, composed, path, now)
        except (Invalid, ValueError) as error:
            return Undelivered(str(error), permanent=True)
        except OSError as error:
            return Undelivered(f"The reports folder cannot be written: {error.strerror}.")
        return HandedOver()

    def compose(self, notice: Notice, path: Path, now: datetime) -> Composed:
        """Write the message of *notice* to *path*; ValueError for a wrong address."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = Content(
            message_id=message_id(notice.id, self._sender),
            sender=self._sender,
            to=notice.recipients,
            subject=notice.subject,
            text=notice.text,
            html=_html(notice),
            date=now,
            headers=self._headers(notice),
        )
        return compose(content, path=path)

    def _headers(self, notice: Notice) -> dict[str, str]:
        """All notices of one alert are one thread."""
        domain = parse_address(self._sender).domain
        urgent = {"X-Priority": "1"} if notice.severity == "critical" and notice.event is not Event.CLEARED else {}
        return {"References": f"<{notice.alert_id}@{domain}>", "X-Presstime-Alert": str(notice.alert_id), **urgent}

    def _enqueue(self, notice: Notice, composed: Composed, path: str, now: datetime) -> None:
        with transaction.atomic():
            service.enqueue(
                composed,
                {"to": notice.recipients},
                execution_id=None,
                subject=notice.subject,
                sender=self._sender,
                message_id=message_id(notice.id, self._sender),
                relative_path=path,
                priority=Priority.ALERT,
                now=now,
                about=notice.about,
            )


def try_mail(notice: Notice, configuration: Configuration, now: datetime) -> list[tuple[str, str]]:
    """Send *notice* past the queue; each recipient with the reason why the mail server did not take it."""
    teller = AlertMail(configuration)
    with tempfile.TemporaryDirectory(prefix="presstime-") as folder:
        try:
            composed = teller.compose(notice, Path(folder) / "test.eml", now)
        except ValueError as error:
            return [(address, str(error)) for address in notice.recipients]
        transport = open_transport(configuration.mail_address)
        results = [
            (address, _reason(transport.send(_delivery(address, composed, configuration.mail_from, now))))
            for address in notice.recipients
        ]
        transport.close()
    return results


def _delivery(address: str, composed: Composed, sender: str, now: datetime) -> Delivery:
    return Delivery(
        id=uuid7(),
        fence=1,
        sender=parse_address(sender).spec,
        recipient=parse_address(address).spec,
        path=composed.path,
        sha256=composed.sha256,
        created_at=now,
    )


def _reason(outcome: mail.Outcome) -> str:
    match outcome:
        case mail.Accepted():
            return ""
        case mail.Refused(_, code, reply):
            return f"The mail server said: {code} {reply}"
        case mail.Broken(stage, reason):
            return f"No answer from the mail server ({stage}): {reason}"
        case mail.Unsendable(_, reason):
            return reason


def _html(notice: Notice) -> str:
    colour = _COLOURS["over" if notice.event is Event.CLEARED else notice.severity]
    title = markup.escape(notice.subject.partition("] ")[2])
    paragraphs = "".join(f"<p>{markup.escape(text)}</p>" for text in notice.paragraphs)
    links = " · ".join(
        f'<a href="{markup.escape(address)}">{markup.escape(word)}</a>' for word, address in notice.links
    )
    return (
        '<html><body style="margin:0;padding:16px;font:15px/1.5 Inter,Arial,sans-serif">'
        f'<div style="max-width:600px;border-left:4px solid {colour};padding:4px 16px">'
        f'<h1 style="font-size:18px;margin:0 0 8px">{title}</h1>{paragraphs}<p>{links}</p></div></body></html>'
    )
