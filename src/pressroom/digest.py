"""The SHA-256 of a file: of one that is there, and of a large one while it is being written."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from io import FileIO
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

_STEP_BYTES: Final = 4 << 20
_PAUSE_SECONDS: Final = 0.01


def sha256(path: Path) -> str:
    """Of the whole file, hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


class Following:
    """Reads the file *path* after its writer, who only appends to it; a context within which the writer begins and ends.

    A large file is read from memory and beside its writing, so that its digest takes no time of its own.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = hashlib.sha256()
        self._bytes = 0
        self._identity: tuple[int, int] | None = None
        self._has_ended = Event()
        self._thread = Thread(target=self._follow, name="sha256", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._has_ended.set()
        self._thread.join()

    def sha256(self, path: Path) -> str | None:
        """Of *path*, hexadecimal, if that is the file which was followed, wherever it was moved, and nothing else."""
        status = path.stat()
        is_it = (status.st_dev, status.st_ino) == self._identity and status.st_size == self._bytes
        return self._digest.hexdigest() if is_it else None

    def _follow(self) -> None:
        while not self._path.exists() and not self._has_ended.wait(_PAUSE_SECONDS):
            pass
        # What cannot be read here is not the file that was followed: its digest is taken once more, and fails there.
        with suppress(OSError), self._path.open("rb", buffering=0) as file:
            self._read(file)

    def _read(self, file: FileIO) -> None:
        buffer = memoryview(bytearray(_STEP_BYTES))
        while True:
            has_ended = self._has_ended.is_set()
            status = os.fstat(file.fileno())
            # Whole steps only while it grows, since its writer may be in the middle of the last one.
            while has_ended or status.st_size >= self._bytes + _STEP_BYTES:
                count = file.readinto(buffer)
                if not count:
                    self._identity = (status.st_dev, status.st_ino)
                    return
                self._digest.update(buffer[:count])
                self._bytes += count
            self._has_ended.wait(_PAUSE_SECONDS)
