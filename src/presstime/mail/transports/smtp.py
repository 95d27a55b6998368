"""Delivers to a mail server over SMTP (RFC 5321), by hand over smtplib so that no answer of the server is lost."""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import time
from collections.abc import Callable
from pathlib import Path

from presstime.mail.states import Accepted, Broken, Outcome, Refused, Stage, Unsendable
from presstime.mail.transports import Delivery, nothing
from presstime.mail.transports.replies import EncryptedConnection, PlainConnection
from presstime.mail.transports.server import Encryption, Server

TIMEOUT_SECONDS = 30.0  # for each answer
FAREWELL_SECONDS = 2.0
RECYCLE_AFTER_MAILS = 100  # servers limit both
RECYCLE_AFTER_SECONDS = 60.0
PROBE_AFTER_SECONDS = 10.0  # idle connections are closed by servers and firewalls, silently by the latter
_LEADING_DOT = re.compile(rb"(?m)^\.")


class _Refusal(Exception):  # noqa: N818 - a control flow of this module, never seen outside
    def __init__(self, stage: Stage, code: int, reply: str) -> None:
        super().__init__(reply)
        self.outcome = Refused(stage, code, reply)


class SmtpTransport:
    """One reused connection: opened when needed, probed when idle, renewed after 100 mails or a minute."""

    def __init__(
        self, server: Server, monotonic: Callable[[], float] = time.monotonic, *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._server = server
        self._timeout = timeout  # seconds, for each answer
        self._monotonic = monotonic
        self._smtp: smtplib.SMTP | None = None
        self._stage = Stage.CONNECT
        self._mails = 0
        self._opened_at = self._used_at = 0.0
        self._wire: tuple[Path, str, bytes] | None = None  # the last mail as it goes over the line

    def send(self, delivery: Delivery, before_end: Callable[[], None] = nothing) -> Outcome:
        wire = self._prepare(delivery)
        if isinstance(wire, Unsendable):
            return wire
        self._retire()
        reused = self._smtp is not None
        outcome = self._try(delivery, wire, before_end)
        if reused and isinstance(outcome, Broken) and outcome.stage is not Stage.END:
            # The server had closed the old connection, which is its right; that is no fault of this mail.
            outcome = self._try(delivery, wire, before_end)
        return outcome

    def close(self) -> None:
        self._wire = None
        self._hang_up()

    def _hang_up(self) -> None:
        if self._smtp is None:
            return
        try:
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(FAREWELL_SECONDS)
            self._smtp.quit()
        except OSError:  # smtplib's exceptions are OSErrors
            pass  # the farewell is a courtesy
        self._drop()

    def probe(self) -> Outcome:
        """Connect, sign in and say NOOP: whether mail could be sent now."""
        self._stage = Stage.CONNECT
        try:
            code, reply = self._connected().noop()
        except _Refusal as refusal:
            self._drop()
            return refusal.outcome
        except OSError as error:
            self._drop()
            return Broken(self._stage, self._reason(error))
        self._used_at = self._monotonic()
        return Accepted(_text(reply)) if code == 250 else Refused(Stage.MAIL, code, _text(reply))

    # ---- one mail ---------------------------------------------------------------------------------------------------

    def _prepare(self, delivery: Delivery) -> bytes | Unsendable:
        """The mail with CRLF ends and doubled dots; kept, since the next recipient mostly gets the same one."""
        if self._wire is not None and self._wire[:2] == (delivery.path, delivery.sha256):
            return delivery.head() + self._wire[2]
        data = delivery.read()
        if isinstance(data, Unsendable):
            return data
        wire = _LEADING_DOT.sub(b"..", data) if b"\n." in data or data.startswith(b".") else data
        wire = wire if wire.endswith(b"\r\n") else wire + b"\r\n"
        self._wire = (delivery.path, delivery.sha256, wire)
        return delivery.head() + wire

    def _try(self, delivery: Delivery, wire: bytes, before_end: Callable[[], None]) -> Outcome:
        self._stage = Stage.CONNECT
        try:
            outcome: Outcome = self._transact(self._connected(), delivery, wire, before_end)
        except _Refusal as refusal:
            self._recover(refusal.outcome)
            outcome = refusal.outcome
        except OSError as error:
            self._drop()
            outcome = Broken(self._stage, self._reason(error))
        self._used_at = self._monotonic()
        return outcome

    def _transact(
        self, smtp: smtplib.SMTP, delivery: Delivery, wire: bytes, before_end: Callable[[], None]
    ) -> Accepted:
        self._expect(Stage.MAIL, (250,), smtp.mail(delivery.sender, self._mail_options(smtp, delivery, wire)))
        self._stage = Stage.RCPT
        self._expect(Stage.RCPT, (250, 251), smtp.rcpt(delivery.recipient))
        self._stage = Stage.DATA
        self._expect(Stage.DATA, (354,), smtp.docmd("DATA"))
        smtp.send(wire)
        before_end()
        self._stage = Stage.END
        smtp.send(b".\r\n")
        reply = self._expect(Stage.END, (250,), smtp.getreply())
        self._mails += 1
        return Accepted(f"250 {reply}")

    def _mail_options(self, smtp: smtplib.SMTP, delivery: Delivery, wire: bytes) -> list[str]:
        """SIZE lets the server refuse before the upload (RFC 1870); SMTPUTF8 only where an address needs it."""
        options = []
        if smtp.has_extn("size"):
            limit = smtp.esmtp_features.get("size", "")
            if limit.isdecimal() and 0 < int(limit) < len(wire):
                raise _Refusal(Stage.MAIL, 552, f"5.3.4 {len(wire):,} bytes are more than the server's {limit}")
            options.append(f"size={len(wire)}")
        if not (delivery.sender + delivery.recipient).isascii() or not _head(wire).isascii():
            if not smtp.has_extn("smtputf8"):
                raise _Refusal(Stage.RCPT, 553, "5.6.7 the server takes no addresses with foreign letters (SMTPUTF8)")
            options.append("SMTPUTF8")
        return options

    def _expect(self, stage: Stage, codes: tuple[int, ...], answer: tuple[int, bytes]) -> str:
        code, reply = answer
        if code not in codes:
            raise _Refusal(stage, code, _text(reply))
        return _text(reply)

    # ---- the connection -----------------------------------------------------------------------------------------------

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = self._open()
            self._mails = 0
            self._opened_at = self._monotonic()
        self._stage = Stage.MAIL
        return self._smtp

    def _open(self) -> smtplib.SMTP:
        server = self._server
        # A host name given here keeps smtplib from asking the name service for ours, which can take a minute.
        smtp: smtplib.SMTP = (
            EncryptedConnection(local_hostname="localhost", timeout=self._timeout, context=server.tls_context())
            if server.encryption is Encryption.IMPLICIT
            else PlainConnection(local_hostname="localhost", timeout=self._timeout)
        )
        # smtplib checks certificates against the name that its constructor was given.
        smtp._host = server.host  # type: ignore[attr-defined]  # noqa: SLF001
        try:
            self._greet(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        server = self._server
        self._expect(Stage.CONNECT, (220,), smtp.connect(server.host, server.port))
        assert smtp.sock is not None
        # The final dot is a packet of its own; Nagle's algorithm would hold it back for 40 ms.
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.local_hostname = _literal(smtp.sock.getsockname()[0])
        smtp.ehlo_or_helo_if_needed()
        self._encrypt(smtp)
        self._stage = Stage.AUTH
        if server.user:
            self._sign_in(smtp)

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        if self._server.encryption not in (Encryption.REQUIRED, Encryption.OFFERED):
            return
        self._stage = Stage.TLS
        if smtp.has_extn("starttls"):
            self._expect(Stage.TLS, (220,), smtp.starttls(context=self._server.tls_context()))
            smtp.ehlo_or_helo_if_needed()
        elif self._server.encryption is Encryption.REQUIRED:
            raise smtplib.SMTPNotSupportedError(
                "the server does not offer STARTTLS; smtps:// or, on a trusted line, tls=none may be right"
            )

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        user, password = self._server.user, self._server.password
        try:
            if (user + password).isascii():
                smtp.login(user, password)
            else:
                self._expect(Stage.AUTH, (235, 503), _sign_in_with_letters(smtp, user, password))
        except smtplib.SMTPAuthenticationError as error:
            raise _Refusal(Stage.AUTH, error.smtp_code, _text(error.smtp_error)) from None
        except smtplib.SMTPNotSupportedError:
            raise _Refusal(Stage.AUTH, 538, "the server offers no sign-in on this connection") from None

    def _retire(self) -> None:
        """Close a connection that is too old, has carried too much or does not answer any more."""
        if self._smtp is None:
            return
        now = self._monotonic()
        if self._mails >= RECYCLE_AFTER_MAILS or now - self._opened_at > RECYCLE_AFTER_SECONDS:
            self._hang_up()
        elif now - self._used_at > PROBE_AFTER_SECONDS and isinstance(self.probe(), Broken):
            self._drop()

    def _recover(self, refused: Refused) -> None:
        """Make the connection ready for the next mail, or give it up where the server has (421) or signing in failed."""
        if self._smtp is None or refused.code == 421 or refused.stage is Stage.AUTH:
            self._drop()
            return
        try:
            code, _ = self._smtp.rset()
        except OSError:
            code = 0
        if code != 250:
            self._drop()

    def _reason(self, error: OSError) -> str:
        """What broke, in words that a person can look up."""
        if isinstance(error, TimeoutError):
            return f"no answer within {self._timeout:.0f} seconds"
        if isinstance(error, smtplib.SMTPResponseException):
            return f"{error.smtp_code} {_text(error.smtp_error)}"
        if error.strerror:
            return error.strerror
        return " ".join(str(error).split()) or type(error).__name__

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _sign_in_with_letters(smtp: smtplib.SMTP, user: str, password: str) -> tuple[int, bytes]:
    """AUTH in UTF-8, as RFC 4616 has it; smtplib knows ASCII alone."""
    methods = smtp.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in methods:
        return smtp.docmd("AUTH", f"PLAIN {_base64(chr(0) + user + chr(0) + password)}")
    if "LOGIN" not in methods:
        raise smtplib.SMTPNotSupportedError("no AUTH that takes letters beyond ASCII")
    code, reply = smtp.docmd("AUTH", f"LOGIN {_base64(user)}")
    return smtp.docmd(_base64(password)) if code == 334 else (code, reply)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _head(wire: bytes) -> bytes:
    return wire[: wire.find(b"\r\n\r\n")]


def _literal(ip: str) -> str:
    """An address as EHLO takes it (RFC 5321, 4.1.3): always right, where a host name is often not."""
    return f"[IPv6:{ip}]" if ":" in ip else f"[{ip}]"


def _text(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join(text.split())
