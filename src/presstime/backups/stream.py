"""Plain bytes → Zstandard → age, and back; what a person undoes with `age -d FILE | zstd -d`."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol

from presstime.backups.errors import BackupFailed, Damaged

BLOCK = 1 << 20
LEVEL = 3  # level 10 takes eight times as long for 5 % (research: operations, B)
THREADS = 2

Identity = Any  # pyrage's classes come without types
Recipient = Any
Progress = Callable[[str, int, int], None]  # what is done, bytes so far, bytes in all


def silent(stage: str, done: int, total: int) -> None:
    """A progress that nobody watches."""


class Sink(Protocol):
    """Takes plain bytes in order."""

    def write(self, block: bytes) -> object: ...


class Hasher:
    """A sink that knows the SHA-256 of the plain bytes, and writes them on if there is a file."""

    def __init__(self, file: IO[bytes] | None = None, *, total: int = 0, progress: Progress = silent) -> None:
        self._hash, self._file = hashlib.sha256(), file
        self._done, self._total, self._progress = 0, total, progress

    def write(self, block: bytes) -> None:
        self._hash.update(block)
        if self._file is not None:
            self._file.write(block)
        self._done += len(block)
        self._progress("verifying", self._done, self._total)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


@dataclass(frozen=True, slots=True)
class Sealed:
    """What lies in the store: its size and SHA-256."""

    bytes: int
    sha256: str


class _Meter:
    """Counts and hashes what passes. `failure` is what went wrong at this end: pyrage passes on its text alone."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._bytes = 0
        self.failure: Exception | None = None  # drivers have classes of their own

    def pass_on(self, block: bytes) -> bytes:
        self._hash.update(block)
        self._bytes += len(block)
        return block

    @property
    def sealed(self) -> Sealed:
        return Sealed(self._bytes, self._hash.hexdigest())


class _Writer(_Meter):
    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file

    def write(self, block: bytes) -> int:
        try:
            self._file.write(self.pass_on(block))
        except Exception as error:  # whatever a driver raises: noted and raised again, since age tells its text alone
            self.failure = error
            raise
        return len(block)

    def flush(self) -> None:
        """Age flushes at its end; the file is closed, and brought to disk, by whoever opened it."""


class _Reader(_Meter, io.RawIOBase):
    def __init__(self, file: IO[bytes]) -> None:
        _Meter.__init__(self)
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            block = self.pass_on(self._file.read(len(buffer)))
        except Exception as error:  # as in `_Writer`
            self.failure = error
            raise
        buffer[: len(block)] = block
        return len(block)


class _Inflater:
    """Takes what age gives and hands plain bytes on."""

    def __init__(self, sink: Sink) -> None:
        import zstandard

        self._sink = sink
        self.failure: Exception | None = None
        self._inflate = zstandard.ZstdDecompressor().decompressobj()
        self._broken = zstandard.ZstdError

    def write(self, block: bytes) -> int:
        try:
            self._sink.write(self._inflate.decompress(block))
        except self._broken as error:
            self.failure = Damaged(f"The backup does not decompress: {error}.")
            raise self.failure from error
        except Exception as error:  # of the sink, as in `_Writer`
            self.failure = error
            raise
        return len(block)

    def flush(self) -> None:
        """As in `_Writer`."""

    def finish(self) -> None:
        if not self._inflate.eof or self._inflate.unused_data:
            raise Damaged("The backup does not end where its compressed stream ends.")


def seal(plain: io.RawIOBase, target: IO[bytes], recipients: Sequence[Recipient]) -> Sealed:
    """Write *plain* to *target*, compressed and encrypted to all *recipients*.

    `encrypt_io` gives other threads their turn; `encrypt_file` holds the interpreter's lock throughout.
    """
    import pyrage
    import zstandard

    compressor = zstandard.ZstdCompressor(level=LEVEL, threads=THREADS, write_checksum=True)
    source = compressor.stream_reader(io.BufferedReader(plain, BLOCK), read_size=BLOCK)
    writer = _Writer(target)
    try:
        pyrage.encrypt_io(source, writer, list(recipients))
    except Exception as error:  # ours comes back as age's: the one that was noted is raised, what nobody knows goes on
        if writer.failure is not None:
            raise writer.failure from None
        if not isinstance(error, pyrage.EncryptError):
            raise
        raise BackupFailed(f"The backup could not be encrypted: {error}.") from error
    return writer.sealed


def unseal(source: IO[bytes], sink: Sink, identities: Sequence[Identity]) -> Sealed:
    """Decrypt and decompress *source* into *sink*; Damaged for anything that was not written so, to the last byte."""
    import pyrage

    reader = _Reader(source)
    inflater = _Inflater(sink)
    try:
        pyrage.decrypt_io(io.BufferedReader(reader, BLOCK), inflater, list(identities))
    except Exception as error:  # as in `seal`
        if failure := inflater.failure or reader.failure:
            raise failure from None
        if isinstance(error, pyrage.DecryptError):
            raise Damaged(f"The backup cannot be decrypted with this key: {error}.") from error
        if not isinstance(error, OSError):
            raise
        # What is left is age's own word for a chunk that fails its check.
        raise Damaged(f"The backup cannot be decrypted ({error}): it was changed or cut.") from error
    inflater.finish()
    return reader.sealed


def digest(source: IO[bytes], progress: Progress = silent, total: int = 0) -> Sealed:
    """Size and SHA-256 of *source*."""
    meter = _Meter()
    while block := source.read(BLOCK):
        meter.pass_on(block)
        progress("reading", meter.sealed.bytes, total)
    return meter.sealed
