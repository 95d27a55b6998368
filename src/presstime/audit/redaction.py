"""Secrets stand in the log as fingerprints: whether one changed can be told, what it is cannot."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

FINGERPRINT_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must not be written down: `record(…, new={"url": Secret(url)})`."""

    value: str = field(repr=False)


def fingerprint(secret: Secret) -> str:
    """16 hexadecimal digits that are the same for the same secret in this installation, and say nothing elsewhere."""
    key = _key(str(settings.SECRET_KEY))
    digest = hmac.new(key, secret.value.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return digest.hexdigest()[:FINGERPRINT_LENGTH]


@cache
def _key(master: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"presstime/audit-fingerprints").derive(
        master.encode()
    )
