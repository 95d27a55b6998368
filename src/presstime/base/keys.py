"""Keys of the installation, made at the first start and kept in the data folder with mode 0600."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from presstime.base.configuration_fields import Configuration
from presstime.base.errors import ConfigurationError


def secret_key(configuration: Configuration) -> str:
    """The key that signs sessions and encrypts secrets at rest: the setting, else the file, made if it is missing."""
    if configuration.secret_key:
        return configuration.secret_key.get_secret_value()
    path = configuration.keys_path / "secret-key.txt"
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

    def __init__(self, key: str, purpose: str) -> None:
        derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"presstime/{purpose}".encode()).derive(
            key.encode()
        )
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

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
