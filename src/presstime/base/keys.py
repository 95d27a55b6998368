"""Keys of the installation, made at the first start and kept in the data folder with mode 0600."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from presstime.base.configuration_fields import Configuration
from presstime.base.errors import ConfigurationError

KEY_FILE: Final = "secret-key.txt"
PREVIOUS_FILE: Final = "secret-key-previous.txt"


def secret_keys(configuration: Configuration) -> tuple[str, ...]:
    """The key in force, then the one before it while that is kept: it still opens what was stored or signed with it."""
    current = secret_key(configuration)
    previous = _previous(configuration)
    return (current,) if previous in (None, current) else (current, str(previous))


def _previous(configuration: Configuration) -> str | None:
    if configuration.secret_key_previous:
        return configuration.secret_key_previous.get_secret_value()
    path = configuration.keys_path / PREVIOUS_FILE
    try:
        return path.read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"The key file {path} cannot be read: {error.strerror}.") from error


def secret_key(configuration: Configuration) -> str:
    """The key that signs sessions and encrypts secrets at rest: the setting, else the file, made if it is missing."""
    if configuration.secret_key:
        return configuration.secret_key.get_secret_value()
    path = configuration.keys_path / KEY_FILE
    try:
        return _read_or_make(path)
    except OSError as error:
        raise ConfigurationError(
            f"The key file {path} cannot be read or made: {error.strerror}. "
            "Let the server's user write to PRESSTIME_DATA_DIR, or set PRESSTIME_SECRET_KEY."
        ) from error


def _read_or_make(path: Path) -> str:
    if not path.exists():
        publish(path, secrets.token_urlsafe(48) + "\n")
    return path.read_text(encoding="ascii").strip()


def publish(path: Path, text: str) -> bool:
    """Write a file of mode 0600, whole; False when another process was first, whose file then counts."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    try:
        draft.write_text(text, encoding="ascii")
        os.link(draft, path)
    except FileExistsError:
        return False
    else:
        return True
    finally:
        draft.unlink()


class Vault:
    """Encrypts short secrets for the database: Fernet (AES-128-CBC and HMAC-SHA256), its key derived by HKDF (RFC 5869)."""

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        """It encrypts with the first of *keys* and decrypts with any."""
        self._fernets = [Fernet(base64.urlsafe_b64encode(_derived(key, purpose))) for key in keys]
        self._fernet = MultiFernet(self._fernets)

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """The text again; ConfigurationError when it was encrypted with another key."""
        try:
            return self._fernet.decrypt(token.encode("ascii")).decode()
        except InvalidToken:
            raise ConfigurationError(
                "A stored secret cannot be decrypted: PRESSTIME_SECRET_KEY (or keys/secret-key.txt) is not the key it was stored with."
            ) from None

    def renew(self, token: str) -> str | None:
        """*token* under the key in force; None when it is that already. ConfigurationError when no key opens it."""
        try:
            self._fernets[0].decrypt(token.encode("ascii"))
        except InvalidToken:
            return self.encrypt(self.decrypt(token))
        return None


def _derived(key: str, purpose: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"presstime/{purpose}".encode()).derive(
        key.encode()
    )


@dataclass(frozen=True, slots=True)
class Renewal:
    """Of the secrets of one kind, how many there are and how many were brought under the key in force."""

    renewed: int
    total: int


# How each feature brings what it stores under the key in force, by what it is; called within a transaction.
RENEWALS: Final[dict[str, Callable[[], Renewal]]] = {}
