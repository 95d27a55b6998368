"""A real SMTP server on loopback that says what a test tells it to."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[[str], str]  # from the recipient's address to the server's reply


def _accept(_: str) -> str:
    return "250 2.0.0 Ok: queued as ABC123"


@dataclass
class Received:
    """One mail for one recipient, as it came in."""

    sender: str
    recipient: str
    data: bytes
    peer: Any
    is_encrypted: bool

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.data, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found


@dataclass
class Mailbox:
    """aiosmtpd's handler: keeps what comes in, answers as told. `drop_after_data` hangs up instead of answering."""

    at_rcpt: Answer = lambda _: "250 Ok"
    at_data: Answer = _accept
    drop_after_data: bool = False
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.at_rcpt(address)
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        reply = self.at_data(envelope.rcpt_tos[0])
        if reply.startswith("250"):
            for recipient in envelope.rcpt_tos:
                content = envelope.original_content
                assert isinstance(content, bytes)
                self.received.append(
                    Received(envelope.mail_from or "", recipient, content, session.peer, session.ssl is not None)
                )
        if self.drop_after_data:
            server.transport.close()
        return reply


@contextmanager
def smtp_server(
    mailbox: Mailbox, *, port: int = 0, implicit: ssl.SSLContext | None = None, **options: Any
) -> Iterator[int]:
    """Serve *mailbox* on loopback; yields the port. *options* are aiosmtpd's (tls_context, data_size_limit, …)."""
    controller = _Controller(mailbox, hostname="127.0.0.1", port=port, ssl_context=implicit, **options)
    controller.start()
    assert controller.server is not None
    try:
        yield controller.server.sockets[0].getsockname()[1]
    finally:
        controller.stop()


class _Controller(Controller):
    """Starts without connecting to itself: the port is the system's choice and the test connects anyway."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def authenticator(user: str, password: str) -> Callable[..., AuthResult]:
    """Lets in one user; others hear 535."""

    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and data == LoginPassword(user.encode(), password.encode())
        return AuthResult(success=known, handled=False)

    return authenticate


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for 127.0.0.1 and the file of its own certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)  # noqa: TID251 - TLS compares with the real clock
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    secret = folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, pem


class Countdown:
    """Lets a test wait until something has happened *number* times."""

    def __init__(self, number: int) -> None:
        self._left = number
        self._condition = threading.Condition()

    def count(self) -> None:
        with self._condition:
            self._left -= 1
            self._condition.notify_all()

    def wait(self, seconds: float = 30) -> bool:
        with self._condition:
            return self._condition.wait_for(lambda: self._left <= 0, seconds)
