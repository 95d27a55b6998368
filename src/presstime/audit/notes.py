"""Checkpoints as outsiders read them: C2SP tlog-checkpoint in a C2SP signed-note, signed with Ed25519. Pure.

reports.example.com/audit/1            the log and its epoch
20852163                               how many entries
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=   the root of their tree
time 2026-11-24T09:00:00.000000Z       ours: when it was signed

— reports.example.com/audit/1 Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from presstime.audit.merkle import HASH_BYTES

ALGORITHM = b"\x01"  # Ed25519
KEY_BYTES = 32
ID_BYTES = 4
DASH = "\u2014 "


class Unreadable(ValueError):  # noqa: N818 - reads as a state
    """The text is no checkpoint, or no known key has signed it; the message says which."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under the name with which it signs."""

    origin: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.origin.encode() + b"\n" + ALGORITHM + self.public_key).digest()[:ID_BYTES]

    def __str__(self) -> str:
        """The key as tools for signed notes take it: `name+id+key`."""
        return f"{self.origin}+{self.key_id.hex()}+{_base64(ALGORITHM + self.public_key)}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """The key that `str()` wrote; Unreadable when it is none."""
        origin, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        found = cls(origin, key[1:])
        if key[:1] != ALGORITHM or len(key) != 1 + KEY_BYTES or found.key_id.hex() != key_id:
            raise Unreadable(f'"{text.strip()[:80]}" is not the public key of an audit log (name+id+key).')
        return found


@dataclass(frozen=True, slots=True)
class Statement:
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes
    time: str

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\ntime {self.time}\n"


def sign(statement: Statement, key: Ed25519PrivateKey) -> str:
    """The signed note of *statement*."""
    text = statement.text()
    verifier = Verifier(statement.origin, key.public_key().public_bytes_raw())
    return f"{text}\n{DASH}{statement.origin} {_base64(verifier.key_id + key.sign(text.encode()))}\n"


def read(note: str, verifiers: Iterable[Verifier]) -> Statement:
    """What *note* says; Unreadable unless one of *verifiers* has signed just this text under its name."""
    text, separator, signatures = note.replace("\r\n", "\n").partition("\n\n")
    statement = _statement(text + "\n") if separator else None
    if statement is None:
        raise Unreadable("This is not a checkpoint: name, size and root of the log, an empty line, a signature.")
    known = list(verifiers)
    for line in signatures.splitlines():
        name, _, encoded = line.removeprefix(DASH).rpartition(" ")
        signature = _decoded(encoded)
        for verifier in known:
            if (name, signature[:ID_BYTES]) == (verifier.origin, verifier.key_id) and statement.origin == name:
                _check(verifier, signature[ID_BYTES:], text + "\n")
                return statement
    raise Unreadable(f'No key of this log has signed the checkpoint of "{statement.origin}".')


def _check(verifier: Verifier, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public_key).verify(signature, text.encode())
    except InvalidSignature:
        raise Unreadable(f'The checkpoint of "{verifier.origin}" was changed: its signature does not fit.') from None


def _statement(text: str) -> Statement | None:
    lines = text.split("\n")
    if len(lines) < 4 or not lines[1].isdecimal() or str(int(lines[1])) != lines[1]:
        return None
    root = _decoded(lines[2])
    time = next((line.removeprefix("time ") for line in lines[3:] if line.startswith("time ")), "")
    return Statement(lines[0], int(lines[1]), root, time) if len(root) == HASH_BYTES else None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
