"""The place where backups lie: any fsspec address, such as a folder, `s3://bucket/path` or `sftp://host/path`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from presstime.backups.errors import BackupFailed, told
from presstime.base.configuration_fields import Configuration

PART = ".part"
# Their addresses need no folders, and a bucket that is not there is a mistake: it is not made.
BUCKETS = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss", "cos"})


class Store:
    """Named files at one address. What fails raises BackupFailed with the reason and without credentials."""

    def __init__(self, url: str) -> None:
        import fsspec

        self.shown = shown(url)
        with told(f"Reaching {self.shown}"):
            self._files, self._root = fsspec.core.url_to_fs(url)
        self._is_local = "file" in _protocols(self._files)

    @classmethod
    def of(cls, configuration: Configuration) -> Store:
        return cls(address_of(configuration))

    def names(self) -> list[str]:
        """The names of all files, sorted; none when the place does not exist yet."""
        with told(f"Listing {self.shown}"):
            self._files.invalidate_cache()
            if not self._files.exists(self._root):
                return []
            found = self._files.ls(self._root, detail=False)
        return sorted(str(name).rstrip("/").rpartition("/")[2] for name in found)

    def exists(self, name: str) -> bool:
        with told(f"Looking for {name}"):
            return bool(self._files.exists(self._path(name)))

    def open(self, name: str) -> IO[bytes]:
        with told(f"Reading {name}"):
            opened: IO[bytes] = self._files.open(self._path(name), "rb")
        return opened

    def create(self, name: str) -> IO[bytes]:
        with told(f"Writing to {self.shown}"):
            if not BUCKETS & set(_protocols(self._files)):
                self._files.makedirs(self._root, exist_ok=True)
            opened: IO[bytes] = self._files.open(self._path(name), "wb")
        return opened

    def read(self, name: str) -> bytes:
        with told(f"Reading {name}"):
            content: bytes = self._files.cat_file(self._path(name))
        return content

    def publish(self, name: str) -> None:
        """Give the finished `<name>.part` its name; whoever sees the name sees the whole file."""
        with told(f"Renaming {name}{PART}"):
            self._sync(name + PART)
            if self._is_local:
                Path(self._path(name + PART)).replace(self._path(name))
                _sync_folder(Path(self._root))
            else:
                self._files.mv(self._path(name + PART), self._path(name))

    def write(self, name: str, content: bytes) -> None:
        """A small file, whole or not at all."""
        with told(f"Writing {name}"), self.create(name + PART) as file:  # object stores take it when it is closed
            file.write(content)
        self.publish(name)

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is gone already."""
        with told(f"Removing {name}"):
            try:
                self._files.rm_file(self._path(name))
            except FileNotFoundError:
                return

    def probe(self) -> None:
        """Write, read and delete a small file; BackupFailed says which of the three is impossible and why."""
        name, content = f".presstime-probe-{secrets.token_hex(4)}", secrets.token_bytes(64)
        self.write(name, content)
        try:
            if self.read(name) != content:
                raise BackupFailed(f"{self.shown} gives back something else than was written.")
        finally:
            self.remove(name)

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _sync(self, name: str) -> None:
        """Bring a local file to the disk; object stores have it when they have answered."""
        if self._is_local:
            with Path(self._path(name)).open("rb") as file:
                os.fsync(file.fileno())


def address_of(configuration: Configuration) -> str:
    """Where backups go: the setting, else a folder in the data folder."""
    if configuration.backup_url:
        return configuration.backup_url.get_secret_value()
    return str(configuration.data_path / "backups")


def shown(url: str) -> str:
    """*url* without user, password and parameters."""
    if "://" not in url:
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def local_folder(configuration: Configuration) -> Path | None:
    """The folder in which backups lie; None when they lie elsewhere than on this machine."""
    url = address_of(configuration)
    if ":" not in url and not url.startswith("~"):
        return Path(url).absolute()  # asked for every few seconds, and no reason to keep fsspec in memory
    import fsspec
    from fsspec.implementations.local import LocalFileSystem

    if "://" in url and urlsplit(url).scheme not in LocalFileSystem.protocol:
        return None
    return Path(fsspec.core.url_to_fs(url)[1])  # as fsspec reads it: there the files will lie


def on_same_volume(configuration: Configuration, database: Path | None) -> bool:
    """Whether a lost volume would take the database and its backups together."""
    folder = local_folder(configuration)
    if folder is None or database is None:
        return False
    return _nearest(folder).stat().st_dev == _nearest(database).stat().st_dev


def probe_location(configuration: Configuration) -> str:
    """Why backups cannot be written to, read from and deleted at their place; nothing when they can."""
    try:
        Store.of(configuration).probe()
    except BackupFailed as error:
        return error.message
    return ""


def _nearest(path: Path) -> Path:
    """*path*, or the first folder above it that exists."""
    return next(place for place in (path, *path.resolve().parents) if place.exists())


def _protocols(files: Any) -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
