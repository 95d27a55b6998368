"""Who can read a backup (age) and who made it (Ed25519).

Anybody can encrypt to a public key, so encryption says nothing of the sender: each manifest is signed by the
installation. The identity file carries the signer's public key as a comment, so that an empty machine with only that file
knows whom to trust.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from presstime.backups.errors import BackupFailed, told
from presstime.backups.stream import Identity, Recipient
from presstime.base.configuration_fields import Configuration
from presstime.base.keys import publish

IDENTITY_FILE = "backup-identity.txt"
RECIPIENT_FILE = "backup-recipient.txt"
SIGNING_FILE = "backup-signing-key.pem"
SIGNER = re.compile(r"^# signed by: ([0-9a-f]{64})$", re.MULTILINE)
SECRET = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]+")


@dataclass(frozen=True, slots=True)
class Pair:
    """The age key pair in force; `identity_file` is None when the private half does not lie on this machine."""

    recipients: tuple[str, ...]
    identity_file: Path | None
    is_new: bool = False


def pair(configuration: Configuration) -> Pair:
    """The key pair in force, made when there is none."""
    kept = configuration.keys_path / IDENTITY_FILE
    identity_file = kept if kept.exists() else None
    if configuration.backup_recipient:
        return Pair(tuple(re.split(r"[\s,]+", configuration.backup_recipient.strip())), identity_file)
    with told("Reading or making the keys of backups"):
        known = configuration.keys_path / RECIPIENT_FILE
        if known.exists():
            return Pair((known.read_text(encoding="ascii").strip(),), identity_file)
        return _make_pair(configuration)


def _make_pair(configuration: Configuration) -> Pair:
    path = configuration.keys_path / IDENTITY_FILE
    is_new = publish(path, _identity_text(configuration))
    recipient = str(read_identity(path).to_public())  # of two first starts at once, the file of the first
    publish(configuration.keys_path / RECIPIENT_FILE, recipient + "\n")
    return Pair((recipient,), path, is_new)


def _identity_text(configuration: Configuration) -> str:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    signer = public_hex(signing_key(configuration))
    lines = (
        "# The private key of Presstime's backups. Move this file to a safe place that is not this machine:",
        "# whoever has it reads every backup, and without it no backup can be restored.",
        f"# public key: {identity.to_public()}",
        f"# signed by: {signer}",
        str(identity),
    )
    return "\n".join(lines) + "\n"


def recipients(of: Pair) -> list[Recipient]:
    """The public keys of *of*; BackupFailed names one that is none."""
    import pyrage

    found = []
    for text in of.recipients:
        try:
            found.append(pyrage.x25519.Recipient.from_str(text))
        except pyrage.RecipientError as error:
            shown = "a private key" if "SECRET-KEY" in text.upper() else f'"{text}"'
            raise BackupFailed(
                f"PRESSTIME_BACKUP_RECIPIENT: {shown} is not an age public key (age1…): {error}."
            ) from error
    return found


def identities(configuration: Configuration, file: Path | None = None) -> list[Identity]:
    """The private keys at hand: of *file*, else of PRESSTIME_BACKUP_KEY, else of the data folder; none is no error."""
    if file is not None:
        return [read_identity(file)]
    if configuration.backup_key and configuration.backup_key.get_secret_value():
        return [_parsed(configuration.backup_key.get_secret_value(), "PRESSTIME_BACKUP_KEY")]
    kept = configuration.keys_path / IDENTITY_FILE
    return [read_identity(kept)] if kept.exists() else []


def read_identity(file: Path) -> Identity:
    with told(f"Reading the key {file}"):
        text = file.read_text(encoding="utf-8")
    return _parsed(text, str(file))


def _parsed(text: str, where: str) -> Identity:
    import pyrage

    found = SECRET.search(text)
    try:
        return pyrage.x25519.Identity.from_str(found[0] if found else "")
    except pyrage.IdentityError as error:
        raise BackupFailed(f"{where} holds no age private key (AGE-SECRET-KEY-1…).") from error


def signing_key(configuration: Configuration) -> Ed25519PrivateKey:
    """The key that signs manifests, made when it is missing."""
    path = configuration.keys_path / SIGNING_FILE
    with told("Reading or making the signing key"):
        if not path.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            publish(path, pem.decode("ascii"))
        key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise BackupFailed(f"{path} is not an Ed25519 key.")
    return key


def public_hex(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def trusted_signers(configuration: Configuration, file: Path | None = None) -> frozenset[str]:
    """The public keys whose manifests count: this installation's, and the one that the identity file names.

    Empty on a machine that has neither; then a manifest proves that it is whole, not whose it is.
    """
    found = set()
    if (configuration.keys_path / SIGNING_FILE).exists():
        found.add(public_hex(signing_key(configuration)))
    for place in (file, configuration.keys_path / IDENTITY_FILE):
        if place is not None and place.exists():
            found.update(SIGNER.findall(place.read_text(encoding="utf-8")))
    return frozenset(found)
