"""Real remote places on loopback: an S3 server and an SFTP server, and a proxy before them that cuts or stays silent."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import asyncssh

from tests.machine import free_port, wait_until

USER = "presstime"
PASSWORD = "p/w:with@every#thing?100%"  # what has a meaning in an address
FOLDER = "backups"
BLOCK = 1 << 16
T = TypeVar("T")


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="remote places", daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def close(self) -> None:
        self.do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @staticmethod
    async def _end() -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class Proxy:
    """Passes on what comes, until it is told to break connections or to hold what comes back."""

    def __init__(self, loop: Loop, target: int) -> None:
        self._loop, self._target = loop, target
        self._left, self._cuts, self._is_silent = 0, 0, False
        self._transports: set[asyncio.StreamWriter] = set()
        self._server = loop.do(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.was_cut = 0

    def cut_after(self, size: int, times: int = 1_000) -> None:
        """Break the connection when *size* more bytes have passed, whichever way, and as often the next ones at once."""
        self._left, self._cuts = size, times

    def fall_silent_after(self, size: int) -> None:
        """Pass nothing on any more when *size* bytes have passed, whichever way."""
        self._left, self._is_silent = size, True

    def heal(self) -> None:
        self._cuts, self._is_silent, self.was_cut = 0, False, 0
        self._loop.do(self._drop())

    def close(self) -> None:
        self._server.close()
        self.heal()

    async def _drop(self) -> None:
        for writer in self._transports:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onward = await asyncio.open_connection("127.0.0.1", self._target)
        pair = {writer, onward}
        self._transports |= pair
        await asyncio.gather(self._pass(reader, onward, pair), self._pass(there, writer, pair), return_exceptions=True)
        self._transports -= pair

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, pair: set[asyncio.StreamWriter]
    ) -> None:
        try:
            while block := await source.read(BLOCK):
                self._left -= len(block)
                if self._is_silent and self._left < 0:
                    continue
                if self._cuts and self._left < 0:
                    self._cuts -= 1
                    self.was_cut += 1
                    break
                target.write(block)
                await target.drain()
        finally:
            for each in pair:
                each.transport.abort()


@dataclass(frozen=True, slots=True)
class Place:
    """A server, the proxy before it, and the folder that it keeps."""

    scheme: str
    folder: Path
    proxy: Proxy
    known_hosts: Path | None = None
    tried: list[str] = field(default_factory=list)  # the passwords that it was told

    def url(
        self, path: str = "of-presstime", *, user: str = USER, password: str = PASSWORD, folder: str = FOLDER
    ) -> str:
        """The address of *path* there, through the proxy."""
        who = f"{quote(user, safe='')}:{quote(password, safe='')}"
        if self.scheme == "s3":
            return f"s3://{who}@{folder}/{path}?endpoint_url=http://127.0.0.1:{self.proxy.port}"
        return f"sftp://{who}@127.0.0.1:{self.proxy.port}/{folder}/{path}"

    def files(self) -> list[str]:
        """The names of the backups' files, as they lie on the server's own disk."""
        found = self.folder / FOLDER / "of-presstime"
        return sorted(path.name for path in found.iterdir() if not path.name.startswith(".")) if found.is_dir() else []


@contextmanager
def running_s3(loop: Loop, folder: Path) -> Iterator[Place]:
    """nanio, which checks signatures and keeps objects as files, as a process of its own."""
    port = free_port()
    (folder / FOLDER).mkdir(parents=True)
    given = {"NANIO_ACCESS_KEY": USER, "NANIO_SECRET_KEY": PASSWORD, "NANIO_DATA_DIR": str(folder)}
    command = [
        sys.executable,
        "-m",
        "nanio.cli",
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-access-log",
    ]
    process = subprocess.Popen(command, env=os.environ | given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _listens(port), "the S3 server listens")
        with closing(Proxy(loop, port)) as proxy:
            yield Place("s3", folder, proxy)
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _Server(asyncssh.SSHServer):
    def __init__(self, tried: list[str]) -> None:
        self._tried = tried

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self._tried.append(password)
        return (username, password) == (USER, PASSWORD)


@contextmanager
def running_sftp(loop: Loop, folder: Path) -> Iterator[Place]:
    """AsyncSSH's server: another hand's than the client, which is paramiko."""
    (folder / FOLDER).mkdir(parents=True)
    tried: list[str] = []
    key = asyncssh.generate_private_key("ssh-ed25519")

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Server(tried),
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder).encode()),
        )

    server = loop.do(listen())
    try:
        with closing(Proxy(loop, server.get_port())) as proxy:
            known_hosts = folder.with_name(folder.name + ".known_hosts")
            known_hosts.write_text(f"[127.0.0.1]:{proxy.port} {key.export_public_key().decode()}")
            yield Place("sftp", folder, proxy, known_hosts, tried)
    finally:
        server.close()


RUNNING = {"s3": running_s3, "sftp": running_sftp}
