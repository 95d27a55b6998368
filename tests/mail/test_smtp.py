"""Mail over SMTP to a real server on loopback: encryption, sign-in, what is refused, what breaks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from presstime.base.ids import uuid7
from presstime.mail.composition import Content, compose
from presstime.mail.states import (
    Accepted,
    Broken,
    Failed,
    Outcome,
    Policy,
    Refused,
    Retry,
    Stage,
    Try,
    Uncertain,
    decide,
)
from presstime.mail.transports import Delivery
from presstime.mail.transports.server import parse_server
from presstime.mail.transports.smtp import SmtpTransport
from tests.mail.smtp_server import Mailbox, authenticator, make_certificate, smtp_server

Send = Callable[..., Outcome]
UNSUBSCRIBE = "List-Unsubscribe: <https://r.example.com/unsubscribe/x>\r\n"


@pytest.fixture
def send(make_content: Callable[..., Content], reports: Path, now: datetime, port: int) -> Iterator[Send]:
    """`send("smtp://127.0.0.1:2525", "ann@example.com", …)`: one mail over a connection that is kept per address.

    `send("")` gives the connections back; it does so at the end before the server of `port` goes.
    """
    with ExitStack() as stack:
        transports: dict[str, SmtpTransport] = {}

        def send(address: str, to: str = "ann@example.com", *, headers: str = "", timeout: float = 10) -> Outcome:
            if not address:
                stack.close()
                transports.clear()
                return Accepted("")
            if address not in transports:
                transports[address] = SmtpTransport(parse_server(address), timeout=timeout)
                stack.callback(transports[address].close)
            composed = compose(make_content(to=[to]), path=reports / f"{uuid7()}.eml")
            delivery = Delivery(
                uuid7(), 1, "reports@example.com", to, composed.path, composed.sha256, now, headers=headers
            )
            return transports[address].send(delivery)

        yield send


# ---- encryption and sign-in -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("password", ["pass word", "Kennwört"])
def test_mail_goes_out_encrypted_and_signed_in(send: Send, tmp_path: Path, scheme: str, password: str) -> None:
    context, authority = make_certificate(tmp_path)
    mailbox = Mailbox()
    options: dict[str, Any] = {"implicit": context} if scheme == "smtps" else {"tls_context": context}
    options |= {"authenticator": authenticator("anna", password), "auth_require_tls": scheme == "smtp"}
    with smtp_server(mailbox, **options) as port:
        outcome = send(f"{scheme}://anna:{quote(password)}@127.0.0.1:{port}?ca={authority}")
        refused = send(f"{scheme}://anna:wrong@127.0.0.1:{port}?ca={authority}")
        untrusted = send(f"{scheme}://anna:{quote(password)}@127.0.0.1:{port}")
        send("")
    assert isinstance(outcome, Accepted)
    assert isinstance(refused, Refused)
    assert (refused.stage, refused.code) == (Stage.AUTH, 535)
    assert isinstance(untrusted, Broken)
    assert len(mailbox.received) == 1


def test_a_connection_is_reused(send: Send, mailbox: Mailbox, port: int) -> None:
    assert all(isinstance(send(f"smtp://127.0.0.1:{port}"), Accepted) for _ in range(5))
    assert (mailbox.connections, len(mailbox.received)) == (1, 5)


def test_each_recipient_has_its_own_header_before_the_same_mail(send: Send, mailbox: Mailbox, port: int) -> None:
    send(f"smtp://127.0.0.1:{port}", headers=UNSUBSCRIBE)
    message = mailbox.received[0].message
    assert message["List-Unsubscribe"] == "<https://r.example.com/unsubscribe/x>"
    assert message["Subject"] == "Airport punctuality"


def test_foreign_letters_before_the_at_need_a_server_that_takes_them(send: Send, mailbox: Mailbox, port: int) -> None:
    with smtp_server(mailbox, enable_SMTPUTF8=False) as other:
        refused = send(f"smtp://127.0.0.1:{other}", "jörg@example.com")
        assert isinstance(refused, Refused)
        assert "SMTPUTF8" in refused.reply
        assert isinstance(send(f"smtp://127.0.0.1:{other}", "ann@xn--exmple-cua.com"), Accepted)
        send("")
    assert isinstance(send(f"smtp://127.0.0.1:{port}", "jörg@example.com"), Accepted)
    assert mailbox.received[-1].recipient == "jörg@example.com"


def test_a_mail_larger_than_the_server_takes_is_refused_before_the_upload(send: Send, mailbox: Mailbox) -> None:
    with smtp_server(mailbox, data_size_limit=100) as small:
        outcome = send(f"smtp://127.0.0.1:{small}")
        send("")
    assert isinstance(outcome, Refused)
    assert (outcome.stage, outcome.code) == (Stage.MAIL, 552)


# ---- refusals, each in the words of a server ------------------------------------------------------------------------

POLICY = Policy(timedelta(seconds=60), Uncertain.RESEND)


def _decide(outcome: Outcome, now: datetime) -> Failed | Retry:
    decision = decide(outcome, Try(1, uncertain=False, at=now), POLICY, 0.0)
    assert isinstance(decision, Failed | Retry)
    return decision


@pytest.mark.parametrize(
    ("stage", "reply", "code", "is_retried"),
    [
        (Stage.RCPT, "550 5.1.1 no such user", "recipient_refused", False),
        (Stage.RCPT, "552 5.2.2 mailbox full", "mailbox_full", False),
        (Stage.RCPT, "452 4.2.2 mailbox full", "temporary", True),
        (Stage.RCPT, "450 4.7.1 greylisted", "greylisted", True),
        (Stage.RCPT, "451 4.7.1 try again", "greylisted", True),
        (Stage.MAIL, "552 5.3.4 too big", "too_large", False),
        (Stage.MAIL, "553 5.1.8 bad sender", "sender_refused", False),
        (Stage.END, "554 5.7.1 spam", "policy", False),
        (Stage.END, "554 5.6.0 broken mail", "refused", False),
        (Stage.END, "421 4.3.2 closing", "temporary", True),
        (Stage.CONNECT, "554 5.3.2 no service", "temporary", True),
        (Stage.RCPT, "550 5.7.30 basic authentication is not supported", "authentication", True),
        (Stage.MAIL, "530 5.7.57 client not authenticated", "authentication", True),
        (Stage.AUTH, "535 5.7.8 bad credentials", "authentication", True),
        (Stage.AUTH, "454 4.7.0 try later", "temporary", True),
    ],
)
def test_what_follows_from_a_refusal(stage: Stage, reply: str, code: str, is_retried: bool, now: datetime) -> None:
    number, _, words = reply.partition(" ")
    decision = _decide(Refused(stage, int(number), words), now)
    assert (decision.code, isinstance(decision, Retry), decision.reply) == (code, is_retried, reply)


def test_one_refused_of_five_holds_nobody_up(send: Send, mailbox: Mailbox, port: int) -> None:
    mailbox.at_rcpt = lambda address: "550 5.1.1 who?" if address.startswith("nobody") else "250 Ok"
    people = ["ann", "bo", "nobody", "cy", "dee"]
    outcomes = [send(f"smtp://127.0.0.1:{port}", f"{person}@example.com") for person in people]
    assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted, Refused, Accepted, Accepted]
    assert mailbox.connections == 1


# ---- servers that break ---------------------------------------------------------------------------------------------


@contextmanager
def scripted(*answers: bytes, hang: bool = False) -> Iterator[int]:
    """A server that gives one of *answers* after each command (one connection), then hangs up or says nothing more."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            lines = connection.makefile("rb")
            for number, answer in enumerate(answers):
                if number and lines.readline() == b"":
                    return
                if answer == b"<data>":
                    while lines.readline() not in (b".\r\n", b""):
                        pass
                    continue
                connection.sendall(answer + b"\r\n")
            if hang:
                over.wait(20)
            lines.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        over.set()
        thread.join(20)
        listener.close()


UNTIL_DATA = (b"220 hello", b"250 me", b"250 sender", b"250 recipient", b"354 go on")


@pytest.mark.parametrize(
    ("answers", "hang", "stage"),
    [
        ((), True, Stage.CONNECT),
        ((b"220 hello", b"250 me"), True, Stage.MAIL),
        ((*UNTIL_DATA, b"<data>"), True, Stage.END),
        ((*UNTIL_DATA, b"<data>"), False, Stage.END),
        (UNTIL_DATA[:3], False, Stage.RCPT),
    ],
)
def test_a_server_that_hangs_or_hangs_up_is_told_by_how_far_it_came(
    send: Send, answers: tuple[bytes, ...], hang: bool, stage: Stage, now: datetime
) -> None:
    with scripted(*answers, hang=hang) as port:
        outcome = send(f"smtp://127.0.0.1:{port}", timeout=0.5)
    assert isinstance(outcome, Broken)
    assert outcome.stage is stage
    decision = _decide(outcome, now)
    assert isinstance(decision, Retry)
    assert decision.uncertain is (stage is Stage.END)


def test_421_gives_the_connection_up_and_the_next_mail_opens_another(send: Send, mailbox: Mailbox, port: int) -> None:
    mailbox.at_data = lambda _: "421 4.3.2 closing"
    refused = send(f"smtp://127.0.0.1:{port}")
    assert isinstance(refused, Refused)
    assert refused.code == 421
    mailbox.at_data = lambda _: "250 Ok"
    assert isinstance(send(f"smtp://127.0.0.1:{port}"), Accepted)
    assert mailbox.connections == 2
