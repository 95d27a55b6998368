"""Tells workers that something waits; the queue itself is the table of executions.

A lost message costs a quarter of a second, since slots also look by themselves; a needless one costs a look.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.db import transaction

from presstime.base.configuration_fields import Configuration
from presstime.executions.models import Execution

RUN_FOLDER = "run"  # in the data folder: sockets and locks of the workers on this host
SUFFIX = ".wake"
PATIENCE_SECONDS = 0.5  # how long the end of a listener may take


class Dispatcher(Protocol):
    """Hands an execution over to those who run it; called inside the transaction that queues it."""

    def enqueue(self, execution: Execution) -> None: ...


class LocalDispatcher:
    """Wakes the workers of this data folder when the transaction is committed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def enqueue(self, execution: Execution) -> None:  # noqa: ARG002 - the slots find it themselves
        transaction.on_commit(self.wake)

    def wake(self) -> None:
        """Send a datagram to every worker that listens; those that are gone are passed over."""
        if not self._folder.is_dir():  # no worker has ever run here
            return
        with _opened(self._folder) as address, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            for path in sorted(self._folder.glob(f"*{SUFFIX}")):
                with contextlib.suppress(OSError):  # nobody listens there any more, or its queue is full of wake-ups
                    sender.sendto(b"1", f"{address}/{path.name}")


def local(configuration: Configuration) -> LocalDispatcher:
    """The dispatcher of an installation with these settings."""
    return LocalDispatcher(configuration.data_path / RUN_FOLDER)


class Listener:
    """The receiving end in a worker."""

    def __init__(self, folder: Path, node: str, heard: Callable[[], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / f"{node}{SUFFIX}"
        self._path.unlink(missing_ok=True)
        self._heard = heard
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE_SECONDS)
        with _opened(folder) as address:
            self._socket.bind(f"{address}/{self._path.name}")

    def step(self, now: datetime) -> bool:  # noqa: ARG002 - the signature of a loop's step
        """Pass the next wake-up on; True, since there is always another one to wait for."""
        with contextlib.suppress(TimeoutError):
            self._socket.recv(16)
            self._heard()
        return True

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        self._socket.close()


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[str]:
    """A short name for *folder*: the address of a Unix socket may have 107 bytes only, a data folder has more."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
