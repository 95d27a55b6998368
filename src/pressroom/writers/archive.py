"""Zip archives whose large members are compressed by ISA-L: five times faster than zlib, a fifth larger."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from isal import isal_zlib

_LEVEL = 2
_RAW_DEFLATE = -15
_COPIED_BYTES = 1 << 20
_FIRST_YEAR = 1980  # the zip format knows none before


def entry(name: str, moment: datetime) -> zipfile.ZipInfo:
    """A compressed member of an archive, dated *moment* so that the same report gives the same bytes."""
    stamp = moment.timetuple()[:6] if moment.year >= _FIRST_YEAR else (_FIRST_YEAR, 1, 1, 0, 0, 0)
    info = zipfile.ZipInfo(name, date_time=stamp)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


@contextmanager
def member(archive: zipfile.ZipFile, name: str, moment: datetime) -> Iterator[IO[bytes]]:
    """A member of *archive* to write to, of any size."""
    with archive.open(entry(name, moment), "w", force_zip64=True) as stream:
        # zipfile offers no other way to choose a compressor; a test reads such archives back with other programs.
        stream._compressor = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW_DEFLATE)  # type: ignore[attr-defined]  # noqa: SLF001
        yield stream


def bundle(files: list[Path], target: Path, moment: datetime, *, is_compressed: bool) -> Path:
    """Put *files*, which may be compressed already, into the archive *target* and remove them."""
    with zipfile.ZipFile(target, "w") as archive:
        for file in files:
            with file.open("rb") as content, _receiver(archive, file.name, moment, is_compressed) as stream:
                shutil.copyfileobj(content, stream, _COPIED_BYTES)
            file.unlink()
    return target


def _receiver(
    archive: zipfile.ZipFile, name: str, moment: datetime, is_compressed: bool
) -> AbstractContextManager[IO[bytes]]:
    if not is_compressed:
        return member(archive, name, moment)
    info = entry(name, moment)
    info.compress_type = zipfile.ZIP_STORED
    return archive.open(info, "w", force_zip64=True)
