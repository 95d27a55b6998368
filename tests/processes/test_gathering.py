"""A client that sends slowly or oddly gets what it should, and nobody else waits for it."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from gunicorn.app.base import BaseApplication

from presstime.processes import gathering
from presstime.processes.gathering import Arriving, Bounded
from tests.machine import free_port, wait_until

THREADS = 2
GRACEFUL_SECONDS = 50
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
HALVES = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: a\r\nX",
    "half a body": HEAD + b"Content-Length: 100\r\n\r\nhalf",
    "half a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
}


def echo(environ, start_response):
    """The body of the request behind a mark."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body) + 1))])
    return [b">", body]


class Echo(BaseApplication):
    """gunicorn with our worker before an application that answers with what it was sent."""

    def __init__(self, port: int) -> None:
        self._port = port
        super().__init__()

    def load_config(self) -> None:
        chosen = {
            "bind": [f"127.0.0.1:{self._port}"],
            "worker_class": "presstime.processes.gathering.GatheringWorker",
            "threads": THREADS,
            "loglevel": "critical",
            "graceful_timeout": GRACEFUL_SECONDS,
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self):
        return Bounded(echo, b"too long")


if __name__ == "__main__":
    import sys

    Echo(int(sys.argv[1])).run()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    import subprocess
    import sys

    number = free_port()
    server = subprocess.Popen([sys.executable, "-m", "tests.processes.test_gathering", str(number)])

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", number)) == 0

    wait_until(answers, "the server listens")
    yield number
    with ExitStack() as stack:
        for half in HALVES.values():  # it waits for none of them
            stack.enter_context(socket.create_connection(("127.0.0.1", number))).sendall(half)
        server.terminate()
        assert server.wait(0.8 * GRACEFUL_SECONDS) == 0


def ask(port: int, *pieces: bytes) -> bytes:
    """The answer to a request in *pieces*, each in a packet of its own, until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        found = b""
        while more := connection.recv(65536):
            found += more
    return found


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_others_are_answered_while_ten_times_as_many_as_threads_send_half(port: int, half: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(10 * THREADS):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            slow.sendall(half)
        for _ in range(3):
            other = stack.enter_context(closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)))
            other.request("GET", "/")
            assert other.getresponse().read() == b">"


@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        ([HEAD + b"Content-Length: 5\r\n\r\nhello"], b"hello"),
        ([HEAD[:20], HEAD[20:], b"content-LENGTH : 5\r\n\r", b"\nhel", b"lo"], b"hello"),
        (
            [HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", b"6;x=1\r\n world\r\n0\r\n", b"\r\n"],
            b"hello world",
        ),
        ([HEAD + b"Content-Length: 3000000\r\n\r\n", b"x" * 3_000_000], b"x" * 3_000_000),
    ],
    ids=["at once", "in pieces", "in chunks", "long"],
)
def test_a_request_is_read_as_it_was_sent(port: int, pieces: list[bytes], body: bytes) -> None:
    answer = ask(port, *pieces)
    head, _, got = answer.partition(b"\r\n\r\n")
    if b" : 5" in b"".join(pieces):  # a space before the colon is refused, RFC 9112 5.1
        assert head.startswith(b"HTTP/1.1 400")
    else:
        assert (head.split(b"\r\n")[0], got) == (b"HTTP/1.1 200 OK", b">" + body)


def test_requests_that_come_together_are_answered_in_order(port: int) -> None:
    first = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1"
    answer = ask(port, first + first.replace(b"\r\n1", b"\r\n2") + HEAD + b"Content-Length: 1\r\n\r\n3")
    assert [part.partition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 200 OK")[1:]] == [b">1", b">2", b">3"]


def test_who_asks_whether_to_send_the_body_is_told_to(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(b"ok")
        found = b""
        while more := connection.recv(1000):
            found += more
    assert found.endswith(b"\r\n\r\n>ok")


@pytest.mark.parametrize("text", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n"])
def test_what_is_no_request_is_refused(port: int, text: bytes) -> None:
    assert ask(port, text).startswith(b"HTTP/1.1 400")


def test_one_that_says_it_is_too_long_is_refused_unread(port: int) -> None:
    answer = ask(port, HEAD + b"Content-Length: %d\r\n\r\n" % (gathering.MOST_BYTES + 1))
    assert answer.startswith(b"HTTP/1.1 413")
    assert answer.endswith(b"too long")


def test_a_head_without_an_end_is_dropped(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        assert is_dropped(connection, b"X" * 8192, times=100)


def is_dropped(connection: socket.socket, piece: bytes, *, times: int) -> bool:
    """Whether the server closes the connection before, or after, it was sent *piece* so often."""
    try:
        for _ in range(times):
            connection.sendall(piece)
        return connection.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_wherever_a_request_in_chunks_is_cut_it_ends_at_its_end(cut: int) -> None:
    whole = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n"
    arriving = Arriving(until=0.0)
    taken = [arriving.take(whole[:cut]), *(arriving.take(whole[at : at + 1]) for at in range(cut, len(whole)))]
    assert taken == [False] * (len(taken) - 1) + [True]
