"""Reads the address of the place of backups: scheme, host, path, and what is secret in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from presstime.backups.errors import BackupFailed

# Their addresses need no folders, and a bucket that is not there is a mistake: it is not made.
BUCKETS = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss", "cos"})
LOCAL = frozenset({"", "file", "local"})
S3 = frozenset({"s3", "s3a"})
SFTP = frozenset({"sftp", "ssh"})
S3_OPTIONS = ("endpoint_url", "region")

UNREADABLE = (
    "The address of the backups cannot be read: it is scheme://user:password@host:port/path. In the user and the "
    "password, / is written %2F, : %3A, @ %40, # %23, ? %3F, [ %5B, ] %5D and % %25; the path has no @."
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart; user and password are decoded."""

    url: str = field(repr=False)
    scheme: str
    host: str
    port: int | None
    path: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    options: dict[str, str]

    @property
    def is_local(self) -> bool:
        return self.scheme in LOCAL

    @property
    def is_bucket(self) -> bool:
        return self.scheme in BUCKETS

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be repeated, as it was written and as it was meant; the longest first."""
        given = (self.url, self.password, quote(self.password, safe=""), urlsplit(self.url).password or "")
        return tuple(sorted({each for each in given if each and not self.is_local}, key=len, reverse=True))


def read_address(url: str) -> Address:
    """*url* taken apart; BackupFailed, without repeating it, when it cannot be."""
    if "://" not in url:
        return Address(url, "", "", None, url, "", "", {})
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # its text repeats what it read
        raise BackupFailed(UNREADABLE) from None
    if not is_local(url) and _has_stray_password(url, parts.netloc):
        raise BackupFailed(UNREADABLE)
    scheme = parts.scheme.lower()
    options = dict(parse_qsl(parts.query, keep_blank_values=True)) if scheme in S3 else {}
    unknown = sorted(set(options) - set(S3_OPTIONS))
    if unknown:
        raise BackupFailed(
            f"The address of the backups cannot be read: {', '.join(unknown)} is no option of an s3 address; "
            f"{' and '.join(S3_OPTIONS)} are."
        )
    host = parts.netloc.rpartition("@")[2]
    host = host if port is None else host.rpartition(":")[0]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Address(url, scheme, host.strip("[]"), port, parts.path, user, password, options)


def is_local(url: str) -> bool:
    """Whether *url* names a folder of this machine; asked of any address, also of one that cannot be read."""
    scheme, separator, _ = url.partition("://")
    return not separator or scheme.lower() in LOCAL


def shown(url: str) -> str:
    """*url* without user, password and parameters, also where these were not written as they should be."""
    if is_local(url):
        return url
    scheme, _, rest = url.partition("://")
    before, _, after = rest.rpartition("@")
    kept = (after if ":" in before else rest).partition("?")[0].partition("#")[0]
    host, slash, path = kept.partition("/")
    host = host.rpartition("@")[2]
    if ":" in host and not host.endswith("]") and not host.rpartition(":")[2].isdigit():
        return f"{scheme}://…"  # rather a password without its host than a port
    return f"{scheme}://{host}{slash}{path}"


def _has_stray_password(url: str, netloc: str) -> bool:
    """Whether an @ stands behind the host and a colon before it: then a password may have begun a path."""
    before, _, _ = url.partition("://")[2].rpartition("@")
    return ":" in before and len(before) > len(netloc)
