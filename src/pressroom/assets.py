"""The files beside a report: pictures, themes, fonts. Only those of one folder can be read, whatever a report names."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from pressroom.appearance import Picture
from pressroom.errors import DataError, Place
from pressroom.pictures import MAX_BYTES, PictureError, read_picture
from pressroom.wording import shown, suggest

FONTS: Final = "fonts"
PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".svg")
MOST_PARTS: Final = 5
MOST_LISTED: Final = 500
_PART = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,99}")


def is_asset_name(name: str) -> bool:
    """Whether *name* is a path within the folder: no step up, nothing hidden, not absolute."""
    parts = name.split("/")
    return len(parts) <= MOST_PARTS and all(_PART.fullmatch(part) for part in parts)


class Assets:
    """The files of one folder. Without a folder there are none."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def picture(self, name: str, place: Place | None = None, *, role: str = "picture") -> Picture:
        """The picture file *name*, the *role* of a report; DataError when it is not there, is too large or is no picture."""
        content = self._content(name, place, role)
        try:
            return read_picture(name, content)
        except PictureError as fault:
            raise DataError(
                f"The {role} {shown(name)} {fault.reason}.", remedy=fault.remedy, place=place, code="picture"
            ) from fault

    def text(self, name: str, place: Place | None = None) -> str:
        """The text file *name*; DataError when it is not there or is not UTF-8."""
        try:
            return self._content(name, place, "file").decode("utf-8-sig")
        except UnicodeDecodeError:
            raise DataError(
                f"The file {name} is not UTF-8.", remedy="Save it as UTF-8.", place=place, code="asset"
            ) from None

    def content(self, name: str) -> bytes:
        """The bytes of the file *name*; DataError when it is not there."""
        return self._content(name, None, "file")

    def has(self, name: str) -> bool:
        """Whether there is a plain file *name*, reached through no link."""
        if self._folder is None or not is_asset_name(name):
            return False
        steps = name.split("/")
        paths = [self._folder.joinpath(*steps[: number + 1]) for number in range(len(steps))]
        return not any(path.is_symlink() for path in paths) and paths[-1].is_file()

    def names(self, under: str = "", endings: Sequence[str] = PICTURES) -> list[str]:
        """The names of the files whose names end so, at most 500 and no link among them."""
        if self._folder is None:
            return []
        start = self._folder / under
        found = []
        for folder, folders, files in os.walk(start):
            folders[:] = sorted(one for one in folders if not one.startswith("."))
            path = Path(folder)
            found += [
                (path / file).relative_to(self._folder).as_posix()
                for file in sorted(files)
                if file.lower().endswith(tuple(endings)) and not file.startswith(".") and not (path / file).is_symlink()
            ]
            if len(found) >= MOST_LISTED:
                break
        return found[:MOST_LISTED]

    def font_folder(self) -> Path | None:
        """The folder of font files, if there is one that is no link."""
        path = self._folder / FONTS if self._folder else None
        return path if path and path.is_dir() and not path.is_symlink() else None

    def _content(self, name: str, place: Place | None, what: str) -> bytes:
        if not is_asset_name(name):
            raise DataError(
                f"{shown(name)} is not the name of a {what}.",
                remedy="Write the name of a file in the folder, such as logo.png or brand/logo.png; nothing is fetched.",
                place=place,
                code="asset",
            )
        try:
            content = self._read(name)
        except OSError as error:
            raise DataError(
                f"There is no {what} {shown(name)}"
                + ("." if isinstance(error, FileNotFoundError) else ": it cannot be read as a plain file."),
                remedy=suggest(name, self.names(), what="Pictures there are"),
                place=place,
                code="asset",
            ) from error
        if len(content) > MAX_BYTES:
            raise DataError(
                f"The {what} {shown(name)} has more than {MAX_BYTES:,} bytes.",
                remedy="Make it smaller.",
                place=place,
                code="asset",
            )
        return content

    def _read(self, name: str) -> bytes:
        """The bytes of a plain file; no step of its path is a link, since each is opened from the one before."""
        if self._folder is None:
            raise FileNotFoundError(name)
        *folders, file = name.split("/")
        with ExitStack() as stack:
            at = _opened(stack, os.fspath(self._folder), os.O_DIRECTORY)
            for folder in folders:
                at = _opened(stack, folder, os.O_DIRECTORY | os.O_NOFOLLOW, at)
            descriptor = _opened(stack, file, os.O_NOFOLLOW | os.O_NONBLOCK, at)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise IsADirectoryError(name)
            with os.fdopen(os.dup(descriptor), "rb") as stream:
                return stream.read(MAX_BYTES + 1)


def _opened(stack: ExitStack, path: str, flags: int, at: int | None = None) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags, dir_fd=at)
    stack.callback(os.close, descriptor)
    return descriptor
