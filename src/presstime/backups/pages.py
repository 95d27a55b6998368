"""The incremental backup of a SQLite file: the pages that differ from the last full one.

The stream begins with a header (magic, page size, number of pages, SHA-256 of the full database it stands on) and then
holds, for each changed page, its number from 0 (4 bytes, big-endian) and its bytes. What a full backup's pages were is
known here by a hash of 16 bytes each, so that no old backup has to be read.
"""

from __future__ import annotations

import hashlib
import io
import struct
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, BinaryIO

from presstime.backups.errors import Damaged
from presstime.backups.stream import Progress, silent

MAGIC = b"PRESSTIME-PAGES\x01"
HEADER = struct.Struct(">16sII32s")
NUMBER = struct.Struct(">I")
HASH_BYTES = 16
PAGES_AT_ONCE = 256


class Plain(io.RawIOBase):
    """A snapshot as a stream: the whole file, or with the hashes of a *base* the pages that differ from it.

    After the last byte, `sha256` is that of the whole file, `hashes` are those of its pages.
    """

    def __init__(
        self,
        path: Path,
        page_size: int,
        *,
        base: bytes | None = None,
        base_sha256: str = "",
        progress: Progress = silent,
    ) -> None:
        self._file = path.open("rb", buffering=0)
        self._page_size = page_size
        self._base = base
        self._progress = progress
        self._hash = hashlib.sha256()
        self._total = path.stat().st_size
        self._read = 0
        self.hashes = bytearray()
        self.changed_pages = 0
        self._ready = b"" if base is None else header(page_size, -(-self._total // page_size), base_sha256)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            block = self._file.read(self._page_size * PAGES_AT_ONCE)
            if not block:
                return 0
            self._ready = self._take(block)
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _take(self, block: bytes) -> bytes:
        """Hash a block; what of it belongs into the stream."""
        self._hash.update(block)
        self._read += len(block)
        self._progress("writing", self._read, self._total)
        changed = []
        for start in range(0, len(block), self._page_size):
            page = block[start : start + self._page_size]
            known = hashlib.blake2b(page, digest_size=HASH_BYTES).digest()
            place = len(self.hashes)
            self.hashes += known
            if self._base is not None and self._base[place : place + HASH_BYTES] != known:
                changed.append(NUMBER.pack(place // HASH_BYTES) + page)
        self.changed_pages += len(changed)
        return block if self._base is None else b"".join(changed)


def header(page_size: int, pages: int, base_sha256: str) -> bytes:
    """The first bytes of an incremental stream."""
    return HEADER.pack(MAGIC, page_size, pages, bytes.fromhex(base_sha256))


class PageReader(ABC):
    """Takes an incremental stream in blocks of any size and hands each page to `page(number, content)`."""

    def __init__(self, base_sha256: str) -> None:
        self._base_sha256 = base_sha256
        self._left = bytearray()
        self.page_size = 0
        self.pages = 0
        self.seen = 0

    def write(self, block: bytes) -> None:
        self._left += block
        if not self.page_size and len(self._left) >= HEADER.size:
            self._begin()
        if self.page_size:
            self._take_pages()

    def _begin(self) -> None:
        magic, self.page_size, self.pages, base = HEADER.unpack_from(self._left)
        if magic != MAGIC or base.hex() != self._base_sha256:
            raise Damaged("The incremental backup does not stand on this full one.")
        del self._left[: HEADER.size]

    def _take_pages(self) -> None:
        size = NUMBER.size + self.page_size
        whole = len(self._left) // size
        for start in range(0, whole * size, size):
            (number,) = NUMBER.unpack_from(self._left, start)
            if number >= self.pages:
                raise Damaged("The incremental backup names a page beyond its end.")
            self.page(number, bytes(self._left[start + NUMBER.size : start + size]))
        self.seen += whole
        del self._left[: whole * size]

    def finish(self) -> None:
        """Damaged when the stream has ended within a page."""
        if self._left or not self.page_size:
            raise Damaged("The incremental backup ends within a page.")

    @abstractmethod
    def page(self, number: int, content: bytes) -> None:
        """Take one changed page, whose number counts from 0."""


class Comparer(PageReader):
    """Compares each page with a snapshot's."""

    def __init__(self, base_sha256: str, snapshot: BinaryIO) -> None:
        super().__init__(base_sha256)
        self._snapshot = snapshot

    def page(self, number: int, content: bytes) -> None:
        self._snapshot.seek(number * self.page_size)
        if self._snapshot.read(self.page_size) != content:
            raise Damaged(f"Page {number} was not stored as it is.")


class Patcher(PageReader):
    """Puts each page into a copy of the full database, which takes the length of the newer one."""

    def __init__(self, base_sha256: str, target: BinaryIO) -> None:
        super().__init__(base_sha256)
        self._target = target

    def page(self, number: int, content: bytes) -> None:
        self._target.seek(number * self.page_size)
        self._target.write(content)

    def finish(self) -> None:
        super().finish()
        self._target.truncate(self.pages * self.page_size)
