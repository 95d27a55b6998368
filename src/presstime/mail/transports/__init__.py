"""How a mail leaves the house: one interface, a module for each way.

smtp://, smtps://   a mail server (`smtp.py`), by way of a courier process (`courier.py`)
file://             a folder of .eml files (`file.py`)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from presstime.base.errors import ConfigurationError
from presstime.mail.states import Outcome, Unsendable


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try to bring one mail to one address. `sender` and `recipient` are bare addresses, `path` is the .eml."""

    id: UUID  # the same at every try
    fence: int  # the number of the try
    sender: str
    recipient: str
    path: Path
    sha256: str
    created_at: datetime
    headers: str = ""  # this recipient's own, whole lines; they go before the mail's

    def head(self) -> bytes:
        """`headers` as bytes."""
        return self.headers.encode("ascii")

    def read(self) -> bytes | Unsendable:
        """The mail's bytes as they were composed."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            return Unsendable("file_missing", f"The stored mail cannot be read: {error.strerror}.")
        if hashlib.sha256(data).hexdigest() != self.sha256:
            return Unsendable("file_changed", "The stored mail is not the one that was composed; its checksum differs.")
        return data


def nothing() -> None:
    """What `before_end` does by default."""


class Transport(Protocol):
    """One connection; used by one thread at a time."""

    def send(self, delivery: Delivery, before_end: Callable[[], None] = nothing) -> Outcome:
        """Deliver and tell the outcome; faults of network and server are outcomes and never raise.

        *before_end* is called just before the mail can be accepted: until then nobody can have got it.
        """

    def close(self) -> None:
        """Give the connection back; the next `send` opens it again."""


def open_transport(address: str) -> Transport:
    """The transport for *address*; ConfigurationError for one that cannot work. Nothing is connected yet."""
    scheme = urlsplit(address).scheme
    if scheme == "file":
        from presstime.mail.transports.file import FileTransport

        return FileTransport(folder_of(address))
    if scheme in ("smtp", "smtps"):
        from presstime.mail.transports.server import parse_server
        from presstime.mail.transports.smtp import SmtpTransport

        return SmtpTransport(parse_server(address))
    raise ConfigurationError(f'PRESSTIME_SMTP_URL begins with "{scheme}:"; allowed are smtp, smtps and file.')


def folder_of(address: str) -> Path:
    """The folder that a file:// address names."""
    return Path(unquote(urlsplit(address).path))
