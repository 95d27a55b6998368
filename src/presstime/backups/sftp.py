"""SFTP for backups: a server is trusted when its host key is known, and is left when it stays silent."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

KEEPALIVE_SECONDS = 30
JOIN_SECONDS = 2
SYSTEM_KNOWN_HOSTS = Path("/etc/ssh/ssh_known_hosts")

# It logs each failure with its traceback before it raises the same.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class Sftp(SFTPFileSystem):  # type: ignore[misc]
    """fsspec's own takes any server for the right one and waits for it without end."""

    cachable = False

    def __init__(self, host: str, *, timeout_seconds: float, known_hosts: Path | None, **ssh_kwargs: Any) -> None:
        self._timeout_seconds = timeout_seconds
        self._known_hosts = known_hosts
        super().__init__(host, host_key_policy="reject", **ssh_kwargs)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        for file in (SYSTEM_KNOWN_HOSTS, self._known_hosts):
            if file is not None and file.is_file():
                self.client.load_system_host_keys(str(file))
        self.client.set_missing_host_key_policy(self.host_key_policy)
        limit = self._timeout_seconds
        try:
            self.client.connect(
                self.host,
                timeout=limit,
                banner_timeout=limit,
                auth_timeout=limit,
                channel_timeout=limit,
                **self.ssh_kwargs,
            )
            transport = self.client.get_transport()
            transport.set_keepalive(KEEPALIVE_SECONDS)
            self.ftp = self.client.open_sftp()
            self.ftp.get_channel().settimeout(limit)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the connection and its threads."""
        transport = self.client.get_transport()
        self.client.close()
        if transport is not None:
            transport.join(JOIN_SECONDS)
            transport.packetizer.complete_handshake()  # else its timer keeps the process until it runs out
