"""Signals that ask a process to end, as something to wait for.

The interpreter writes a byte for each of them where it arrives. A handler in Python would run later, in the middle of
whatever the main thread does: of itself too, so that it may take no lock, and not before a wait without end has ended.
"""

from __future__ import annotations

import select
import signal
import socket
from types import FrameType


class Signals:
    """SIGTERM and SIGINT of this process, from `listen` on; for the main thread."""

    def __init__(self) -> None:
        self._heard: socket.socket | None = None
        self._told: socket.socket | None = None  # the interpreter writes to it

    def listen(self) -> None:
        """Take the place of what these signals do otherwise, until the process ends."""
        self._heard, self._told = socket.socketpair()
        self._told.setblocking(False)
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _do_nothing)

    def wait(self) -> None:
        """Return as soon as one has come that was not waited for yet."""
        assert self._heard is not None
        self._heard.recv(1)

    def has_come(self) -> bool:
        """Whether `wait` would return at once."""
        return self._heard is not None and bool(select.select([self._heard], [], [], 0)[0])


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """The byte has been written by the interpreter."""
