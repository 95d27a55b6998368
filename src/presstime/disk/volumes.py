"""The volumes that Presstime writes to: which folders lie on which, and what the system says of each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from presstime.backups.store import local_folder
from presstime.base.configuration_fields import Configuration
from presstime.disk.states import Kind, Measured

DATA = "data"


@dataclass(frozen=True, slots=True)
class Volume:
    """A file system with what lies on it; `name` is `data` for that of the data folder, else the first kind of content."""

    name: str
    kinds: tuple[Kind, ...]
    mount: str
    measured: Measured

    @property
    def holds_both(self) -> bool:
        """Whether a lost disk takes the database and its backups together."""
        return {Kind.DATABASE, Kind.BACKUP} <= set(self.kinds)

    def title(self) -> str:
        """`data (database, reports, scratch)`."""
        return f"{self.name} ({', '.join(self.kinds)})"


def folders_of(configuration: Configuration) -> Iterator[tuple[Kind, Path]]:
    """What is written, and where; a folder need not be there yet."""
    database = database_file(configuration)
    if database is not None:
        yield Kind.DATABASE, database.parent
    yield Kind.REPORTS, configuration.reports_path
    yield Kind.SCRATCH, configuration.scratch_path
    backups = local_folder(configuration)
    if backups is not None:
        yield Kind.BACKUP, backups


def database_file(configuration: Configuration) -> Path | None:
    """The file of the SQLite database; None when the database is a server."""
    parts = urlsplit(configuration.database_address)
    return Path(unquote(parts.path[1:])).resolve() if parts.scheme == "sqlite" else None


def volumes_of(configuration: Configuration) -> list[Volume]:
    """The volumes with their figures of this moment; a folder on a volume that cannot be asked is left out."""
    found: dict[int, tuple[Path, list[Kind]]] = {}
    for kind, folder in folders_of(configuration):
        place = nearest(folder)
        device = place.stat().st_dev
        found.setdefault(device, (place, []))[1].append(kind)
    home = nearest(configuration.data_path).stat().st_dev
    return [_volume(DATA if device == home else kinds[0], kinds, place) for device, (place, kinds) in found.items()]


def _volume(name: str, kinds: list[Kind], place: Path) -> Volume:
    return Volume(str(name), tuple(kinds), str(mount_of(place)), measure(place))


def measure(folder: Path) -> Measured:
    """The figures of the volume that holds *folder*; free is what is left to us, without the system's reserve."""
    said = os.statvfs(folder)
    return Measured(
        total_bytes=said.f_blocks * said.f_frsize,
        free_bytes=said.f_bavail * said.f_frsize,
        total_inodes=said.f_files,
        free_inodes=said.f_favail,
    )


def nearest(folder: Path) -> Path:
    """*folder*, or the nearest folder above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def mount_of(folder: Path) -> Path:
    """Where the volume that holds *folder* is mounted."""
    return next(path for path in (folder, *folder.parents) if path.is_mount())
