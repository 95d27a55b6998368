"""Names of workers: a worker holds the lock of its name for as long as it lives, however it ends."""

from __future__ import annotations

import fcntl
import socket
from pathlib import Path
from typing import IO, Self

from presstime.base.errors import ConfigurationError

MAXIMUM_PER_HOST = 64


class Node:
    """A name that no other living worker of this host has; whoever gets it knows that its former holder is dead."""

    def __init__(self, name: str, lock: IO[str]) -> None:
        self.name = name
        self._lock = lock

    @classmethod
    def take(cls, wanted: str, folder: Path) -> Self:
        """The name *wanted*, or the host's; with -2, -3, … when others have taken it."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        base = wanted or socket.gethostname()
        for number in range(1, MAXIMUM_PER_HOST + 1):
            name = base if number == 1 else f"{base}-{number}"
            lock = _locked(folder / f"{_file_name(name)}.lock")
            if lock is not None:
                return cls(name, lock)
        raise ConfigurationError(f"{MAXIMUM_PER_HOST} workers of the name {base} run on this data folder already.")

    def release(self) -> None:
        self._lock.close()


def _locked(path: Path) -> IO[str] | None:
    lock = path.open("w")
    try:
        # The kernel frees it when the process ends. The file stays: removing it would let two hold the same name.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _file_name(name: str) -> str:
    return "".join(character if character.isalnum() or character in "-_." else "_" for character in name)
