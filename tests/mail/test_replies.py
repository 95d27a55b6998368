"""A mail server that means harm: replies without an end, in lines or in time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from presstime.mail.states import Accepted, Broken, Stage
from presstime.mail.transports.replies import MOST_LINES
from presstime.mail.transports.server import parse_server
from presstime.mail.transports.smtp import SmtpTransport

Talk = Callable[[socket.socket, threading.Event], None]


@contextmanager
def talking(talk: Talk) -> Iterator[int]:
    """A server that talks to one client until it hangs up, or the test is over."""
    listener, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):  # the client has hung up, as it should
            talk(connection, over)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        over.set()
        thread.join(20)
        listener.close()
        assert not thread.is_alive()


def _without_end(connection: socket.socket, over: threading.Event) -> None:
    while not over.is_set():
        connection.sendall(b"220-and so on\r\n" * 100)


def _byte_by_byte(connection: socket.socket, over: threading.Event) -> None:
    while not over.wait(0.05):
        connection.sendall(b"2")


def _one_long_line(connection: socket.socket, over: threading.Event) -> None:
    while not over.is_set():
        connection.sendall(b"2" * 10_000)


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (_without_end, f"more than {MOST_LINES} lines"),
        (_byte_by_byte, "no whole reply within 1 seconds"),
        (_one_long_line, "Line too long"),
    ],
)
def test_a_reply_without_an_end_is_broken_off(talk: Talk, said: str) -> None:
    with talking(talk) as port:
        transport = SmtpTransport(parse_server(f"smtp://127.0.0.1:{port}"), timeout=1)
        outcome = transport.probe()
        transport.close()
    assert isinstance(outcome, Broken)
    assert outcome.stage is Stage.CONNECT
    assert said in outcome.reason


def test_many_lines_in_many_pieces_are_one_reply() -> None:
    def talk(connection: socket.socket, _: threading.Event) -> None:
        commands = connection.makefile("rb")
        greeting = b"".join(b"220-line %d\r\n" % number for number in range(50)) + b"220 ready\r\n"
        for piece in (greeting[start : start + 7] for start in range(0, len(greeting), 7)):
            connection.sendall(piece)
        for answer in (b"250-me\r\n250 SIZE 1000\r\n", b"250 all is well\r\n", b"221 bye\r\n"):
            commands.readline()
            connection.sendall(answer)
        commands.close()

    with talking(talk) as port:
        transport = SmtpTransport(parse_server(f"smtp://127.0.0.1:{port}?tls=none"), timeout=5)
        outcome = transport.probe()
        transport.close()
    assert outcome == Accepted("all is well")
