"""The place where backups lie: any fsspec address, such as a folder, `s3://bucket/path` or `sftp://host/path`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from presstime.backups import errors
from presstime.backups.address import is_local, read_address, shown
from presstime.backups.drivers import open_files
from presstime.backups.errors import BackupFailed, Damaged, Unreachable
from presstime.backups.reasons import NO_BUCKET, is_unreachable, reason
from presstime.base.configuration_fields import Configuration

PART = ".part"
KNOWN_HOSTS = "known_hosts"
TIMEOUT_SECONDS = 60.0


class Store:
    """Named files at one address. What fails raises BackupFailed with the reason and without credentials.

    It is reached when it is first needed; after a lost connection the next call makes a new one.
    """

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS, known_hosts: Path | None = None) -> None:
        self.shown = shown(url)
        self._address = read_address(url)
        self._timeout_seconds, self._known_hosts = timeout_seconds, known_hosts
        self._reached: tuple[Any, str] | None = None

    @classmethod
    def of(cls, configuration: Configuration) -> Store:
        return cls(
            address_of(configuration),
            timeout_seconds=configuration.backup_timeout_seconds,
            known_hosts=configuration.keys_path / KNOWN_HOSTS,
        )

    @contextmanager
    def told(self, doing: str) -> Iterator[None]:
        """As `errors.told`; a connection that was lost is given up."""
        try:
            with errors.told(doing, hidden=self._address.secrets):
                yield
        except Unreachable:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back."""
        reached, self._reached = self._reached, None
        if reached is not None and hasattr(reached[0], "close"):
            reached[0].close()

    def names(self) -> list[str]:
        """The names of all files, sorted; none when the folder does not exist yet. A bucket has to be there."""
        with self.told(f"Listing {self.shown}"):
            files, root = self._reach()
            files.invalidate_cache()
            try:
                found = files.ls(root, detail=False)
            except FileNotFoundError:
                if self._address.is_bucket:
                    files.ls(self._address.host, detail=False)
                return []
        return sorted(name for each in found if (name := str(each).rstrip("/").rpartition("/")[2]))

    def exists(self, name: str) -> bool:
        with self.told(f"Looking for {name}"):
            files, path = self._at(name)
            return bool(files.exists(path))

    def open(self, name: str) -> IO[bytes]:
        with self.told(f"Reading {name}"), self._present(name):
            files, path = self._at(name)
            opened: IO[bytes] = files.open(path, "rb")
        return opened

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        """A new file, to be published when it is whole; object stores take it when it is closed."""
        with self.told(f"Writing to {self.shown}"):
            files, path = self._at(name)
            if not self._address.is_bucket:
                files.makedirs(path.rpartition("/")[0], exist_ok=True)
            opened: IO[bytes] = files.open(path, "wb")
        try:
            yield opened
        except BaseException as error:
            self._abandon(opened, is_lost=is_unreachable(error))
            raise
        with self.told(f"Writing {name}"):
            opened.close()

    def _abandon(self, opened: Any, *, is_lost: bool) -> None:
        """Leave no half file: closing would have an object store take what was written so far."""
        with suppress(Exception):  # why it is abandoned is the news
            if self._address.is_bucket and hasattr(opened, "discard"):
                if not is_lost:
                    opened.discard()
                opened.closed = True
            elif not is_lost:
                opened.close()

    def read(self, name: str) -> bytes:
        with self.told(f"Reading {name}"), self._present(name):
            files, path = self._at(name)
            content: bytes = files.cat_file(path)
        return content

    def publish(self, name: str) -> None:
        """Give the finished `<name>.part` its name; whoever sees the name sees the whole file."""
        with self.told(f"Renaming {name}{PART}"):
            files, target = self._at(name)
            if self._address.is_local:
                _sync(Path(target + PART))
                Path(target + PART).replace(target)
                _sync(Path(target).parent)
            else:
                files.mv(target + PART, target)

    def write(self, name: str, content: bytes) -> None:
        """A small file, whole or not at all."""
        with self.told(f"Writing {name}"), self.create(name + PART) as file:
            file.write(content)
        self.publish(name)

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is gone already."""
        with self.told(f"Removing {name}"), suppress(FileNotFoundError):
            files, path = self._at(name)
            files.rm_file(path)

    def probe(self) -> None:
        """Write, read and delete a small file; BackupFailed says which of the three is impossible and why."""
        name, content = f".presstime-probe-{secrets.token_hex(4)}", secrets.token_bytes(64)
        self.write(name, content)
        try:
            if self.read(name) != content:
                raise BackupFailed(f"{self.shown} gives back something else than was written.")
        finally:
            self.remove(name)

    def _reach(self) -> tuple[Any, str]:
        if self._reached is None:
            self._reached = open_files(self._address, self._timeout_seconds, self._known_hosts)
        return self._reached

    def _at(self, name: str) -> tuple[Any, str]:
        files, root = self._reach()
        return files, f"{root.rstrip('/')}/{name}"

    @contextmanager
    def _present(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if reason(error) == NO_BUCKET:
                raise
            raise Damaged(f"{name} is missing in {self.shown}.") from error


def address_of(configuration: Configuration) -> str:
    """Where backups go: the setting, else a folder in the data folder."""
    if configuration.backup_url:
        return configuration.backup_url.get_secret_value()
    return str(configuration.data_path / "backups")


def local_folder(configuration: Configuration) -> Path | None:
    """The folder in which backups lie; None when they lie elsewhere than on this machine."""
    url = address_of(configuration)
    if not is_local(url):
        return None
    if ":" not in url and not url.startswith("~"):
        return Path(url).absolute()  # asked for every few seconds, and no reason to keep fsspec in memory
    import fsspec

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
        with closing(Store.of(configuration)) as store:
            store.probe()
    except BackupFailed as error:
        return error.message
    return ""


def _nearest(path: Path) -> Path:
    """*path*, or the first folder above it that exists."""
    return next(place for place in (path, *path.resolve().parents) if place.exists())


def _sync(path: Path) -> None:
    """Bring a local file or folder to the disk; object stores have it when they have answered."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
