"""The key that signs checkpoints; it lies beside the other keys, readable by the server's user only."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from presstime.base.configuration_fields import Configuration
from presstime.base.errors import ConfigurationError
from presstime.base.keys import publish

FILE = "audit-signing-key.pem"


def signing_key(configuration: Configuration) -> Ed25519PrivateKey:
    """The key, made at the first use; ConfigurationError when it cannot be read or made."""
    path = configuration.keys_path / FILE
    try:
        if not path.exists():
            made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            publish(path, made.decode("ascii"))
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigurationError(
            f"The key file {path} cannot be read or made: {error.strerror}. Let the server's user read and write it."
        ) from error
    except ValueError:
        raise ConfigurationError(f"{path} holds no private key. Restore it from a backup.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} is not an Ed25519 key. Restore it from a backup.")
    return key


def public_bytes(configuration: Configuration) -> bytes:
    return signing_key(configuration).public_key().public_bytes_raw()
