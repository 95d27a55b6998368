"""E-mail addresses: reading, comparing, and what a header or an envelope needs of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr

MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
MAX_LOCAL = 64

# RFC 5322 dot-atom, widened by RFC 6531 to everything above ASCII. Quoted local parts exist in the standard only.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox; the domain is in its ASCII form and in lower case."""

    local: str
    domain: str
    name: str = ""

    @property
    def spec(self) -> str:
        """`local@domain`, as the envelope takes it."""
        return f"{self.local}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server with SMTPUTF8 (RFC 6531) can take it; a foreign domain alone does not need that."""
        return not self.local.isascii()


def parse_address(text: str) -> Address:
    """Read `local@domain` or `Name <local@domain>`; ValueError says what was read and what is allowed."""
    name, spec = _split(text)
    local, at, domain = spec.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local) > MAX_LOCAL:
        raise ValueError(_refusal(text))
    ascii_domain = _ascii_domain(domain)
    if ascii_domain is None or len(local) + 1 + len(ascii_domain) > MAX_ADDRESS:
        raise ValueError(_refusal(text))
    return Address(local, ascii_domain, name)


def _split(text: str) -> tuple[str, str]:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        return "", ""  # a line break in an address is an attack on the header, never a name
    text = text.strip()
    return parseaddr(text) if text.endswith(">") else ("", text)


def _refusal(text: str) -> str:
    shown = " ".join(text.split())[:80]
    return f'"{shown}" is not an e-mail address. Write it as name@example.com.'


def _ascii_domain(domain: str) -> str | None:
    try:
        found = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    labels = found.split(".")
    return found if all(_LABEL.fullmatch(label) for label in labels) else None


def distinct(recipients: Mapping[str, Sequence[str]]) -> list[tuple[Address, str]]:
    """Every address once with its role: `to` wins over `cc` and `cc` over `bcc`; ValueError for a wrong address."""
    found: dict[str, tuple[Address, str]] = {}
    for role in ("to", "cc", "bcc"):
        for text in recipients.get(role, []):
            address = parse_address(text)
            found.setdefault(address.spec, (address, role))
    return list(found.values())
