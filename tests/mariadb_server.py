"""A real MariaDB server for tests, run from the programs of this machine and gone afterwards.

There is no wheel of it: Debian's package `mariadb-server` is used where it is installed, and its own service is left alone. The
server has a certificate of its own, so that encryption is tested too.
"""

from __future__ import annotations

import ipaddress
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymysql
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.machine import free_port

_START_TRIES = 400
_TRY_SECONDS = 0.05
_SETTINGS = (
    "--bind-address=127.0.0.1",
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=4M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
)


class MariadbUnavailable(Exception):  # noqa: N818 - a state, not a fault
    """This machine has no MariaDB; the message says what to install."""


@dataclass(frozen=True, slots=True)
class MariadbServer:
    """A running server whose `root` needs no password from this machine."""

    port: int
    certificate: Path

    @property
    def url(self) -> str:
        return self.url_of("mysql")

    def url_of(self, database: str, user: str = "root") -> str:
        return f"mysql://{user}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str, database: str = "mysql") -> list[tuple[Any, ...]]:
        """Run statements as `root`; the rows of the last one."""
        connection = pymysql.connect(host="127.0.0.1", port=self.port, user="root", database=database, autocommit=True)
        with closing(connection), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())


@contextmanager
def running_mariadb() -> Iterator[MariadbServer]:
    """Start a server, wait until it answers, stop it at the end."""
    server, installer = shutil.which("mariadbd", path=_PATH), shutil.which("mariadb-install-db", path=_PATH)
    if server is None or installer is None:
        raise MariadbUnavailable("no MariaDB here: apt-get install mariadb-server")
    folder = Path(tempfile.mkdtemp(prefix="mariadb-"))
    try:
        account = _account()
        folder.chmod(0o755)
        certificate, key = _certificate(folder)
        if account:
            for path in (folder, certificate, key):
                os.chown(path, account["user"], account["group"])
        _make_data(installer, folder, account)
        with _process([server, f"--ssl-cert={certificate}", f"--ssl-key={key}"], folder, account) as port:
            yield MariadbServer(port, certificate)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_PATH = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


def _account() -> dict[str, Any]:
    """How to start a child that MariaDB accepts: as a user without rights when this process is root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that vouches for itself, for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "presstime test")])
    now = datetime.now(UTC)  # noqa: TID251 - a certificate is judged by the machine's own clock
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "server.pem", folder / "server.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


def _make_data(installer: str, folder: Path, account: dict[str, Any]) -> None:
    command = [
        installer,
        "--no-defaults",
        f"--datadir={folder / 'data'}",
        f"--tmpdir={folder}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **_child(folder, account))
    if done.returncode:
        raise MariadbUnavailable(f"no MariaDB here: mariadb-install-db said {(done.stderr or done.stdout).strip()}")


def _child(folder: Path, account: dict[str, Any]) -> dict[str, Any]:
    return {"env": {"PATH": _PATH, "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"}, "cwd": str(folder), **account}


@contextmanager
def _process(command: list[str], folder: Path, account: dict[str, Any]) -> Iterator[int]:
    port = free_port()
    places = [f"--datadir={folder / 'data'}", f"--tmpdir={folder}", f"--socket={folder / 'socket'}"]
    words = [command[0], "--no-defaults", *command[1:], *places, f"--port={port}", f"--pid-file={folder / 'pid'}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*words, *_SETTINGS], stdout=log, stderr=log, **_child(folder, account))
    try:
        _wait_for(port, process, folder / "log")
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(_START_TRIES):
        try:
            pymysql.connect(host="127.0.0.1", port=port, user="root", connect_timeout=2).close()
        except pymysql.Error:
            try:
                process.wait(timeout=_TRY_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            break
        else:
            return
    raise MariadbUnavailable(f"no MariaDB here: it did not start: {log.read_text(errors='replace')[-2000:]}")
