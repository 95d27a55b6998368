"""What a token looks like and how it is recognised. Pure."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from presstime.accounts.rights import ALL_SCOPES, Right

MARK = "pt_"  # so that scanners for leaked secrets, and people, recognise one
SECRET_BYTES = 32
SHOWN_CHARACTERS = 10
SCOPES = (ALL_SCOPES, *(right.value for right in Right))
DAYS = range(1, 366)
DEFAULT_DAYS = 90
USE_IS_NOTED_EVERY = timedelta(minutes=1)


def new_secret() -> str:
    """A new token: the mark and 256 random bits."""
    return MARK + secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """What is stored and looked up. A plain hash is enough for 256 random bits: there is nothing to guess, and looking
    up a digest tells by its time nothing about the secret.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def shown(secret: str) -> str:
    """The beginning by which people tell tokens apart."""
    return secret[:SHOWN_CHARACTERS]


def unknown_scopes(scopes: Iterable[str]) -> list[str]:
    return [scope for scope in scopes if scope not in SCOPES]
