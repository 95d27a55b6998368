"""Opens the file system behind an address, with limits on how long it may stay silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from presstime.backups.address import S3, SFTP, Address
from presstime.backups.errors import BackupFailed

# A part is repeated when it is lost, and a slow line has to carry it within the time limit: s3fs takes 50 MiB.
S3_PART_BYTES = 8 << 20
S3_TRIES = 2  # of s3fs, each of which is S3_ATTEMPTS of botocore
S3_ATTEMPTS = 2


def open_files(address: Address, timeout_seconds: float, known_hosts: Path | None) -> tuple[Any, str]:
    """A file system of its own (drivers keep dead connections for others) and the path in it."""
    if address.scheme in SFTP:
        return _sftp(address, timeout_seconds, known_hosts), address.path.rstrip("/") or "/"
    if address.scheme in S3:
        return _s3(address, timeout_seconds), f"{address.host}{address.path}".rstrip("/")
    import fsspec

    files, root = fsspec.core.url_to_fs(address.url)
    return files, str(root)


def _sftp(address: Address, timeout_seconds: float, known_hosts: Path | None) -> Any:
    if not address.host:
        raise BackupFailed("The address of the backups names no host: sftp://user@host/path.")
    from presstime.backups.sftp import Sftp

    given = {"port": address.port, "username": address.user, "password": address.password}
    return Sftp(
        address.host,
        timeout_seconds=timeout_seconds,
        known_hosts=known_hosts,
        **{name: value for name, value in given.items() if value},
    )


def _s3(address: Address, timeout_seconds: float) -> Any:
    if not address.host:
        raise BackupFailed("The address of the backups names no bucket: s3://bucket/path.")
    from presstime.backups.s3 import S3Files

    given = {"endpoint_url": address.options.get("endpoint_url"), "region_name": address.options.get("region")}
    files = S3Files(
        timeout_seconds=timeout_seconds,
        key=address.user or None,
        secret=address.password or None,
        client_kwargs={name: value for name, value in given.items() if value},
        config_kwargs={
            "connect_timeout": min(timeout_seconds, 10),
            "read_timeout": timeout_seconds,
            "retries": {"mode": "standard", "total_max_attempts": S3_ATTEMPTS},
        },
        default_block_size=S3_PART_BYTES,
        use_listings_cache=False,
    )
    files.retries = S3_TRIES
    return files
