"""The folder of the assets: written whole or not at all, and through no link. Pure of Django.

Each folder of a path is opened from the one before and never through a link, so that nobody who may write a file here
writes one elsewhere, whatever else lies in the folder.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pressroom.asset_checks import FONT_ENDINGS
from pressroom.assets import PICTURES, Assets
from pressroom.themes import THEME_ENDING

_FILE_MODE, _FOLDER_MODE = 0o640, 0o750
_WRITTEN = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OPENED = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the folder."""

    name: str
    bytes: int
    changed_at: datetime
    stamp: int  # another one whenever the file was written


def entries(root: Path) -> list[Entry]:
    """The files that reports can name, by name; at most 500."""
    names = Assets(root).names(endings=(*PICTURES, THEME_ENDING, *FONT_ENDINGS))
    return [entry for name in sorted(names) if (entry := find(root, name)) is not None]


def find(root: Path, name: str) -> Entry | None:
    """The file *name*; None when there is none, or a link on the way to it."""
    if not Assets(root).has(name):
        return None
    try:
        found = (root / name).stat()
    except OSError:
        return None
    return Entry(name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC), found.st_mtime_ns)


def write(root: Path, name: str, content: bytes) -> None:
    """Put *content* there as *name*, in one step and durably; OSError when a folder or a link has that name."""
    root.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
    *folders, file = name.split("/")
    with _folder_of(root, folders, make=True) as at:
        if _is_no_file(file, at):
            raise IsADirectoryError(name)
        draft = f".{secrets.token_hex(8)}"
        try:
            _write(draft, content, at)
            os.replace(draft, file, src_dir_fd=at, dst_dir_fd=at)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=at)
        os.fsync(at)


def delete(root: Path, name: str) -> None:
    """Remove the file *name*, and the folders that it leaves empty; FileNotFoundError when there is none."""
    *folders, file = name.split("/")
    with _folder_of(root, folders) as at:
        os.unlink(file, dir_fd=at)
        os.fsync(at)
    for depth in range(len(folders), 0, -1):
        with _folder_of(root, folders[: depth - 1]) as at:
            try:
                os.rmdir(folders[depth - 1], dir_fd=at)
            except OSError:  # something else is in it
                return


@contextmanager
def _folder_of(root: Path, folders: list[str], *, make: bool = False) -> Iterator[int]:
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, _FOLDER_MODE, dir_fd=at)
            inner = os.open(folder, _OPENED, dir_fd=at)
            os.close(at)
            at = inner
        yield at
    finally:
        os.close(at)


def _is_no_file(file: str, at: int) -> bool:
    try:
        return not stat.S_ISREG(os.stat(file, dir_fd=at, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _write(draft: str, content: bytes, at: int) -> None:
    with os.fdopen(os.open(draft, _WRITTEN, _FILE_MODE, dir_fd=at), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
