"""What is said of a backup, beside it: what it holds, its sizes and hashes, signed.

The file is JSON in one canonical form: a byte that differs anywhere, even a space, is found. It is written last: a backup
without a manifest was never finished.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from presstime.backups.errors import Damaged
from presstime.backups.keys import public_hex
from presstime.backups.states import Kind

FORMAT = 1
SUFFIX = ".json"
LOCAL_NAME = r"audit-\d{12}-\d{12}\.jsonl\.zst"  # of a sealed file
CONTEXT = b"presstime backup manifest 1\n"


class Base(BaseModel):
    """The full backup on which an incremental one stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID
    name: str
    database_sha256: str


class SealedFile(BaseModel):
    """A sealed file of the audit log, which lies in the store by itself: several backups name the same one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=rf"^{LOCAL_NAME}$")  # in the folder `audit`
    stored: str  # in the store
    bytes: int  # as stored
    sha256: str  # as stored
    plain_sha256: str  # of the sealed file itself


class Manifest(BaseModel):
    """Everything about one backup that is known when it has been verified."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    id: UUID
    name: str  # of the backup's file
    kind: Kind
    base: Base | None = None
    created_at: datetime
    verified_at: datetime
    engine: str  # "sqlite" or "postgresql"
    versions: dict[str, str]  # of Presstime and of the database
    tables: dict[str, str]  # the last migration of each part
    bytes: int  # as stored
    sha256: str  # as stored
    uncompressed_bytes: int  # of the database when it is restored
    database_sha256: str
    page_size: int = 0
    changed_pages: int = 0
    recipients: tuple[str, ...]
    enclosed: tuple[str, ...]  # files within `keys`
    not_enclosed: tuple[str, ...]
    keys: str  # armored: `age -d` gives a tar archive
    sealed: tuple[SealedFile, ...] = ()  # files of the audit log
    extras: dict[str, str] = {}  # of other features, by name (`manifest_extras`)

    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = self.model_dump(mode="json")
        return payload


def signed(manifest: Manifest, key: Ed25519PrivateKey) -> bytes:
    """The manifest's file."""
    payload = manifest.payload()
    return _file(payload, public_hex(key), key.sign(_signed_bytes(payload)).hex())


def read(content: bytes, name: str, trusted: frozenset[str]) -> Manifest:
    """The manifest of the backup *name*; Damaged unless every byte is as a trusted signer wrote it.

    With no *trusted* signer any signature counts that is whole: it then proves nothing of the hand that made it.
    """
    try:
        parsed = json.loads(content)
        payload, signer, signature = parsed["manifest"], parsed["signer"], parsed["signature"]
        manifest = Manifest.model_validate(payload)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer)).verify(
            bytes.fromhex(signature), _signed_bytes(payload)
        )
    except InvalidSignature:
        raise Damaged(f"The manifest of {name} was changed: its signature does not fit.") from None
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError):
        raise Damaged(f"The manifest of {name} was changed: it cannot be read.") from None
    if content != _file(payload, signer, signature) or (signer + signature).lower() != signer + signature:
        raise Damaged(f"The manifest of {name} was changed: it is not in the form in which it was written.")
    if trusted and signer not in trusted:
        raise Damaged(f"The manifest of {name} was signed by another key ({signer[:16]}…), not by this installation.")
    if manifest.name != name:
        raise Damaged(f"The manifest beside {name} is that of {manifest.name}.")
    return manifest


def signer_of(content: bytes) -> str:
    """The public key that a manifest, already read, names."""
    return str(json.loads(content)["signer"])


def _signed_bytes(payload: dict[str, Any]) -> bytes:
    return CONTEXT + json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _file(payload: Any, signer: str, signature: str) -> bytes:
    whole = {"manifest": payload, "signer": signer, "signature": signature}
    return (json.dumps(whole, sort_keys=True, indent=2, ensure_ascii=True) + "\n").encode()
