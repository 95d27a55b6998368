"""Requests are read before they take a thread: a client that sends slowly, or not at all, waits beside the others.

gunicorn gives a thread to a connection and reads from there without a limit, so that eight half requests stop every answer.
"""

from __future__ import annotations

import math
import re
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from selectors import EVENT_READ
from typing import Any, Final

from gunicorn import http
from gunicorn.workers.gthread import ThreadWorker

HEAD_SECONDS: Final = 15.0
WHOLE_SECONDS: Final = 60.0
STOPPING_SECONDS: Final = 2.0
STALLED_SECONDS: Final = 30  # that a thread waits for a reader that takes nothing
MOST_HEAD: Final = 128 << 10
MOST_BYTES: Final = 8 << 20  # of a request; one that says it is longer is refused unread
MOST_HELD: Final = 64 << 20  # of all requests together
MOST_WAITING: Final = 500
_PIECE: Final = 64 << 10
_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding[ \t]*:[^\r\n]*chunked[ \t]*\r\n", re.IGNORECASE)
_EXPECTS: Final = re.compile(rb"\r\nexpect[ \t]*:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_CHUNK: Final = re.compile(rb"([0-9a-fA-F]{1,8})[^\r\n]*\r\n")


class Bounded:
    """The WSGI application *inner* for requests of a length that was gathered; longer ones get *refusal*, a JSON problem."""

    def __init__(self, inner: Callable[..., Any], refusal: bytes) -> None:
        self._inner = inner
        self._refusal = refusal

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        length = environ.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > MOST_BYTES:
            heads = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(self._refusal)))]
            start_response("413 Content Too Large", heads)
            return [self._refusal]
        return self._inner(environ, start_response)


@dataclass(slots=True)
class Arriving:
    """A request as far as it is here."""

    until: float  # on the monotonic clock
    data: bytearray = field(default_factory=bytearray)
    body: int = 0  # where it begins; 0 until the head is whole
    end: int | None = None  # of the request; None while it is unknown
    is_chunked: bool = False
    expects: bool = False  # to be told that its body may follow
    next_chunk: int = 0  # where it begins

    def take(self, piece: bytes) -> bool:
        """Add *piece*; whether a thread can go on without waiting."""
        self.data += piece
        if not self.body and not self._read_head():
            return False
        if self.is_chunked and self.end is None:
            self._follow_chunks()
        if self.end is None:
            return len(self.data) >= MOST_BYTES
        return len(self.data) >= self.end or self.end > MOST_BYTES

    @property
    def is_head_too_long(self) -> bool:
        return not self.body and len(self.data) > MOST_HEAD

    def _read_head(self) -> bool:
        at = self.data.find(_END)
        if at < 0:
            return False
        head = bytes(self.data[: at + len(_END)])
        self.body = self.end = len(head)
        length = _LENGTH.search(head)
        if _CHUNKED.search(head):
            self.is_chunked, self.end = True, None
        elif length:
            self.end = self.body + int(length[1])
        self.expects = _EXPECTS.search(head) is not None
        self.next_chunk = self.body
        self.until += WHOLE_SECONDS - HEAD_SECONDS
        return True

    def _follow_chunks(self) -> None:
        """Go from chunk to chunk to the last one, which is empty; what is no chunk gunicorn refuses."""
        while (match := _CHUNK.match(self.data, self.next_chunk)) is not None:
            size = int(match[1], 16)
            if size == 0:
                at = self.data.find(_END, match.end() - 2)  # trailers may stand before it
                self.end = at + len(_END) if at >= 0 else None
                return
            self.next_chunk = match.end() + size + 2
        line = bytes(self.data[self.next_chunk : self.next_chunk + 64])
        if b"\r\n" in line or len(line) == 64:
            self.end = len(self.data)


class GatheringWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads for requests that are whole; connections that are not wait in its poller, for a limited time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: dict[Any, Arriving] = {}  # by connection, the oldest first
        self._held = 0
        self._patience_ends = math.inf  # with the process: nobody is waited for any more

    def enqueue_req(self, conn: Any) -> None:
        """Wait for the request of *conn*; called in the main thread, as all but `handle` is."""
        conn.sock.setblocking(False)
        arriving = self._arriving[conn] = Arriving(time.monotonic() + HEAD_SECONDS)
        self.poller.register(conn.sock, EVENT_READ, partial(self._read, conn))
        while len(self._arriving) > MOST_WAITING:
            self._drop(next(iter(self._arriving)))
        if conn.parser is not None and (rest := conn.parser.unreader.take_buffered()):
            self._take(conn, arriving, rest)  # the next request came with the one before

    def murder_pending(self) -> None:
        super().murder_pending()
        now = time.monotonic()
        if not self.alive:
            self._patience_ends = min(self._patience_ends, now + STOPPING_SECONDS)
        for conn, arriving in list(self._arriving.items()):
            if now >= min(arriving.until, self._patience_ends):
                self._drop(conn)

    def _read(self, conn: Any, sock: socket.socket) -> None:
        arriving = self._arriving.get(conn)
        if arriving is None:  # dropped since the poller saw it
            return
        try:
            piece = sock.recv(_PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            piece = b""
        if piece:
            self._take(conn, arriving, piece)
        else:
            self._drop(conn)

    def _take(self, conn: Any, arriving: Arriving, piece: bytes) -> None:
        self._held += len(piece)
        was_head = not arriving.body
        if arriving.take(piece):
            self._hand_over(conn, self._forget(conn))
        elif arriving.is_head_too_long:
            self._drop(conn)
        elif was_head and arriving.expects:
            self._say_continue(conn)
        while self._held > MOST_HELD:
            self._drop(next(iter(self._arriving)))

    def _hand_over(self, conn: Any, data: bytearray) -> None:
        if conn.parser is None:
            conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
            conn.initialized = True
        conn.parser.unreader.unread(bytes(data))
        limit = struct.pack("ll", STALLED_SECONDS, 0)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, limit)
        super().enqueue_req(conn)

    def _say_continue(self, conn: Any) -> None:
        try:
            conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        except OSError:
            self._drop(conn)

    def _drop(self, conn: Any) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()

    def _forget(self, conn: Any) -> bytearray:
        arriving = self._arriving.pop(conn)
        self._held -= len(arriving.data)
        self.poller.unregister(conn.sock)
        return arriving.data
