"""The checks of e-mail: whether the way out works, and whether the queue moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings

from presstime.base.errors import ConfigurationError
from presstime.health.registry import Check
from presstime.health.registry import register as add
from presstime.health.states import Finding, Level, graded
from presstime.mail import queries
from presstime.mail.states import BACKLOG_ALERT, Accepted, Outcome, Refused, Stage
from presstime.mail.transports import folder_of
from presstime.mail.transports.server import Server, parse_server
from presstime.mail.transports.smtp import SmtpTransport

EVERY: Final = timedelta(seconds=60)
AGAIN: Final = timedelta(seconds=10)  # that it is back is noticed sooner
SIGN_IN_EVERY: Final = timedelta(minutes=15)  # servers lock accounts that sign in too often
TIMEOUT_SECONDS: Final = 5.0  # for each answer
LIMIT: Final = timedelta(seconds=20)
LATE: Final = timedelta(minutes=15)

ADVICE = {
    Level.WARN: "It passes by itself, or the next look tells more.",
    Level.FAIL: "See that the mail server runs and that PRESSTIME_SMTP_URL is right; `presstime check` names what it said. "
    "Mail waits in the queue meanwhile and is not lost.",
}
QUEUE_ADVICE = {
    Level.WARN: "See the page E-mails: whether sending is paused, what the mail server says, and whether it is slow.",
}
# In our own words: a server's may name hosts and users.
_BROKEN = {
    Stage.CONNECT: "The mail server cannot be reached.",
    Stage.TLS: "No encrypted connection to the mail server.",
    Stage.AUTH: "The mail server ended the connection at the sign-in.",
}


class EmailCheck:
    """Says EHLO and NOOP as for a mail, and signs in every quarter of an hour.

    A refused sign-in is not tried again before that, and is told until then.
    """

    def __init__(self, address: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._address = address
        self._timeout = timeout
        self._signed_in_at: datetime | None = None
        self._sign_in = Finding(Level.PASS)

    def __call__(self, now: datetime) -> Finding:
        if urlsplit(self._address).scheme == "file":
            return _look_at_folder(folder_of(self._address))
        try:
            server = parse_server(self._address)
        except ConfigurationError:
            return Finding(Level.FAIL, "The address of the mail server is wrong.")
        if not server.user or not self._is_sign_in_due(now):
            finding = judged(self._ask(replace(server, user="", password="")))
            return finding if finding.level is not Level.PASS or not server.user else self._sign_in
        outcome = self._ask(server)
        finding = judged(outcome)
        if isinstance(outcome, Accepted) or (isinstance(outcome, Refused) and outcome.stage is Stage.AUTH):
            self._signed_in_at, self._sign_in = now, finding
        return finding

    def _is_sign_in_due(self, now: datetime) -> bool:
        return self._signed_in_at is None or now - self._signed_in_at >= SIGN_IN_EVERY

    def _ask(self, server: Server) -> Outcome:
        transport = SmtpTransport(server, timeout=self._timeout)
        try:
            return transport.probe()
        finally:
            transport.close()


def judged(outcome: Outcome) -> Finding:
    """What the outcome of a probe says, in words without hosts and users."""
    if isinstance(outcome, Accepted):
        return Finding(Level.PASS, "The mail server answers.")
    if isinstance(outcome, Refused):
        what = "refuses the sign-in" if outcome.stage is Stage.AUTH else "takes no mail"
        return Finding(Level.FAIL, f"The mail server {what} (code {outcome.code}).")
    stage = getattr(outcome, "stage", None)
    return Finding(Level.FAIL, _BROKEN.get(stage, "The mail server ended the connection."))  # type: ignore[arg-type]


def _look_at_folder(folder: Path) -> Finding:
    """Whether a mail could be written into the folder that stands in the place of a mail server."""
    probe = folder / f".presstime-health-{uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return Finding(Level.FAIL, f"The mail folder cannot be written ({error.strerror}).")
    return Finding(Level.PASS, "The mail folder can be written.")


def check_queue(now: datetime) -> Finding:
    """Whether mail that is due goes out."""
    pause, waiting = queries.find_pause(), queries.count_queued()
    if pause is not None:
        return Finding(Level.WARN, "A person has paused sending.", waiting, "e-mails")
    due_at = queries.find_next_attempt_at()
    late = (now - due_at).total_seconds() if due_at is not None else 0.0
    level = graded(late, warn=LATE.total_seconds(), fail=float("inf"))
    if level is not Level.PASS:
        return Finding(level, "E-mails that are due have not been sent for a while.", round(late), "s")
    if waiting > BACKLOG_ALERT:
        return Finding(Level.WARN, f"{waiting:,} e-mails wait.", waiting, "e-mails")
    return Finding(Level.PASS, f"{waiting:,} e-mails wait.", waiting, "e-mails")


def email_check(address: Callable[[], str]) -> Check:
    """The check of the way out to *address*."""
    look = EmailCheck(address())
    return Check("email", "E-mail", look, ADVICE, every=EVERY, again=AGAIN, limit=LIMIT, link="/emails")


def register() -> None:
    add(email_check(lambda: settings.CONFIGURATION.mail_address))
    add(Check("email_queue", "E-mail queue", check_queue, QUEUE_ADVICE, link="/emails"))
