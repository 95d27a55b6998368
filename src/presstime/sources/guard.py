"""Keeps Presstime's own database and keys out of the reach of reports. Pure but for looking at the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pressroom.errors import SourceMisconfigured
from pressroom.sources.urls import FILE_SCHEMES, parse_url, path_of
from presstime.base.configuration_fields import Configuration

_OWN = "This is Presstime's own {what}, which no report may read."
_REMEDY = "Name another file, folder or database."
_DEFAULT_PORT = 5432


@dataclass(frozen=True, slots=True)
class Own:
    """What belongs to Presstime itself: its database's URL, the folders of its data and of its keys."""

    database_url: str
    data_path: Path
    keys_path: Path

    @classmethod
    def of(cls, configuration: Configuration) -> Own:
        return cls(configuration.database_address, configuration.data_path, configuration.keys_path)


def check_url(url: str, own: Own) -> str:
    """The scheme of *url*; SourceMisconfigured when it cannot be a source, its file is missing or it is Presstime's own.

    Relative paths begin at the data folder. Links are followed, so that a link to the database is the database.
    """
    parsed = parse_url(url)
    if parsed.scheme in FILE_SCHEMES:
        path = path_of(parsed, roots=(), base=own.data_path)
        _check_exists(path, parsed.scheme, url)
        _check_path(path, own)
    elif parsed.scheme == "postgresql" and _server(url) == _server(own.database_url):
        raise _refusal("database")
    return parsed.scheme


def _check_exists(path: Path, scheme: str, url: str) -> None:
    is_there = path.is_dir() if scheme == "files" else path.is_file()
    if is_there:
        return
    what = "folder" if scheme == "files" else "file"
    # Three slashes are relative: whoever meant an absolute path sees here where it was looked for.
    hint = "" if urlsplit(url).path.startswith("//") else " An absolute path has four slashes behind the colon."
    raise SourceMisconfigured(f'There is no {what} "{path}".', remedy=f"Check the path.{hint}", code="missing_file")


def _check_path(path: Path, own: Own) -> None:
    keys = own.keys_path.resolve()
    if path.is_relative_to(keys) or keys.is_relative_to(path):
        raise _refusal("keys" if path.is_relative_to(keys) else "data folder")
    database = _database_file(own)
    if database is None:
        return
    files = [database, *(database.with_name(database.name + suffix) for suffix in ("-wal", "-shm", "-journal"))]
    if path in files or any(_is_same(path, file) for file in files):
        raise _refusal("database")
    if database.is_relative_to(path):
        raise _refusal("data folder")


def _database_file(own: Own) -> Path | None:
    parts = urlsplit(own.database_url)
    return Path(unquote(parts.path[1:])).resolve() if parts.scheme == "sqlite" else None


def _is_same(path: Path, other: Path) -> bool:
    """Whether both are one file on the disk: a hard link resolves to itself."""
    try:
        return path.samefile(other)
    except OSError:
        return False


def _server(url: str) -> tuple[str, int, str] | None:
    """Host, port and database of a PostgreSQL URL; None for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        return None
    host = (parts.hostname or "localhost").lower()
    host = "localhost" if host in ("127.0.0.1", "::1") else host
    return host, parts.port or _DEFAULT_PORT, unquote(parts.path.lstrip("/"))


def _refusal(what: str) -> SourceMisconfigured:
    return SourceMisconfigured(_OWN.format(what=what), remedy=_REMEDY, code="bad_url")
