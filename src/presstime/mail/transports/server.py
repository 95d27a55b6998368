"""Reads the address of a mail server, `smtp://user:password@host:587?tls=starttls`."""

from __future__ import annotations

import difflib
import ipaddress
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from presstime.base.errors import ConfigurationError

PARAMETERS = ("tls", "verify", "ca")


class Encryption(StrEnum):
    IMPLICIT = "implicit"  # from the first byte on (RFC 8314)
    REQUIRED = "required"  # STARTTLS, or nothing is sent
    OFFERED = "offered"  # STARTTLS when the server has it
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and how to talk to it."""

    host: str
    port: int
    encryption: Encryption
    verify: bool = True
    ca: Path | None = None
    user: str = ""
    password: str = field(default="", repr=False)

    def tls_context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer, the certificate checked against the system's authorities or those in `ca`."""
        context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def parse_server(address: str) -> Server:
    """Read *address*; ConfigurationError names the wrong part, never the password."""
    parts = urlsplit(address)
    options = _options(parts)
    verify = _one_of(options, "verify", ("yes", "no"), "yes") == "yes"
    encryption = _encryption(parts, options)
    if not parts.hostname:
        raise ConfigurationError(
            "PRESSTIME_SMTP_URL names no host. Write smtp://host or smtp://user:password@host:587."
        )
    return Server(
        host=parts.hostname,
        port=parts.port or _default_port(parts),
        encryption=encryption,
        verify=verify,
        ca=_authority(options),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine by its name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _options(parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in options:
        if name not in PARAMETERS:
            near = difflib.get_close_matches(name, PARAMETERS, n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise ConfigurationError(
                f'PRESSTIME_SMTP_URL has the unknown parameter "{name}".{meant} Allowed: {", ".join(PARAMETERS)}.'
            )
    return options


def _one_of(options: dict[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = options.get(name, default)
    if value not in allowed:
        listed = ", ".join(allowed)
        raise ConfigurationError(f'PRESSTIME_SMTP_URL has {name}="{value}"; allowed are {listed}.')
    return value


def _encryption(parts: SplitResult, options: dict[str, str]) -> Encryption:
    if parts.scheme == "smtps":
        if "tls" in options:
            raise ConfigurationError("PRESSTIME_SMTP_URL: smtps:// is always encrypted; leave the parameter tls out.")
        return Encryption.IMPLICIT
    choice = _one_of(options, "tls", ("starttls", "require", "none", ""), "")
    if choice:
        return Encryption.NONE if choice == "none" else Encryption.REQUIRED
    # Who can strip the offer from the server's greeting would be handed the password.
    exposed = bool(parts.username) and not is_loopback(parts.hostname or "")
    return Encryption.REQUIRED if exposed else Encryption.OFFERED


def _authority(options: dict[str, str]) -> Path | None:
    if "ca" not in options:
        return None
    path = Path(options["ca"])
    if not path.is_file():
        raise ConfigurationError(f'PRESSTIME_SMTP_URL names the certificate file ca="{path}", which is not there.')
    return path


def _default_port(parts: SplitResult) -> int:
    if parts.scheme == "smtps":
        return 465
    return 587 if parts.username else 25
