"""Who has an installation in use: every server process holds a shared lock for life, a restore wants it alone.

The kernel frees a lock when its holder ends, however that was.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from presstime.base.errors import ConfigurationError, Conflict

LOCK_FILE = "installation.lock"


def occupy(folder: Path) -> IO[str]:
    """Hold a share of the data folder *folder* until the file is closed; ConfigurationError while it is being restored."""
    lock = _open(folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ConfigurationError(
            "A backup is being restored into this data folder. Start again when that is done."
        ) from None
    return lock


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Have the data folder *folder* for oneself; Conflict while a server process uses it."""
    with _open(folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                "A server of Presstime runs on this data folder. Stop `presstime serve`, `web` and `worker` first."
            ) from None
        yield


def _open(folder: Path) -> IO[str]:
    place = folder / "run"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return (place / LOCK_FILE).open("w")
