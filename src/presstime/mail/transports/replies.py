"""Reads the replies of a mail server that may mean harm: a reply has an end, in lines and in time.

`smtplib` takes continuation lines for as long as they come, and its time limit begins anew with each byte: a server could
fill the memory of the worker or hold its thread for ever.
"""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Callable
from typing import Any

MOST_LINES = 200  # of one reply; servers with many extensions send some twenty
LONGEST_LINE = 8192  # smtplib refuses longer ones
_PIECE = 4096


class Replies:
    """The lines that come over *connection*, as a file; each reply has *seconds* in all."""

    def __init__(
        self, connection: socket.socket, seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._socket = connection
        self._seconds = seconds
        self._monotonic = monotonic
        self._held = b""
        self.begin()

    def begin(self) -> None:
        """From here on a new reply is read."""
        self._lines = 0
        self._until = self._monotonic() + self._seconds

    def readline(self, limit: int) -> bytes:
        """The next line, or the first *limit* bytes of it; nothing when the server has hung up. OSError beyond a limit."""
        self._lines += 1
        if self._lines > MOST_LINES:
            raise smtplib.SMTPServerDisconnected(f"its reply has more than {MOST_LINES} lines")
        while b"\n" not in self._held and len(self._held) < limit:
            piece = self._more()
            if not piece:
                break
            self._held += piece
        end = self._held.find(b"\n", 0, limit) + 1 or min(limit, len(self._held))
        line, self._held = self._held[:end], self._held[end:]
        return line

    def close(self) -> None:
        """Forget what was read ahead; the connection is smtplib's to close."""
        self._held = b""

    def _more(self) -> bytes:
        before = self._socket.gettimeout()
        try:
            left = max(0.001, self._until - self._monotonic())
            self._socket.settimeout(left if before is None else min(left, before))
            return self._socket.recv(_PIECE)
        except TimeoutError:
            raise TimeoutError(f"no whole reply within {self._seconds:g} seconds") from None
        finally:
            self._socket.settimeout(before)


class _Bounded(smtplib.SMTP):
    def getreply(self) -> tuple[int, bytes]:
        """As smtplib's, within the limits of `Replies`."""
        if self.sock is not None:
            if not isinstance(self.file, Replies):
                self.file: Any = Replies(self.sock, self.timeout)
            self.file.begin()
        return super().getreply()


class PlainConnection(_Bounded):
    """A connection that begins in the clear."""


class EncryptedConnection(_Bounded, smtplib.SMTP_SSL):
    """A connection that is encrypted from its first byte."""
