"""What else an installation needs to come back: its keys and its settings, small enough to lie in the manifest.

They are a tar archive, encrypted to the same recipients as the database.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath

from presstime.backups.errors import Damaged
from presstime.backups.keys import IDENTITY_FILE
from presstime.backups.stream import Identity, Recipient
from presstime.base.configuration_fields import Configuration
from presstime.base.keys import secret_key

SETTINGS_FILES = ("presstime.toml", ".env")
INSTALLATION_KEY = "keys/secret-key.txt"
LARGEST = 1 << 20


def not_enclosed(configuration: Configuration) -> tuple[str, ...]:
    """What a backup does not hold, said in its manifest and on the page."""
    return (
        f"finished reports and composed mail ({configuration.reports_path})",
        f"pictures, themes and fonts ({configuration.assets_path})",
        f"the private key of backups (keys/{IDENTITY_FILE})",
        "settings that come from the environment",
        "the data of the sources",
    )


def collect(configuration: Configuration, working_folder: Path) -> dict[str, bytes]:
    """Name and content of every file that is enclosed."""
    found = {INSTALLATION_KEY: (secret_key(configuration) + "\n").encode()}
    for path in sorted(configuration.keys_path.glob("*")):
        if path.is_file() and not path.name.startswith(".") and path.name != IDENTITY_FILE:
            found.setdefault(f"keys/{path.name}", path.read_bytes())
    for name in SETTINGS_FILES:
        path = working_folder / name
        if path.is_file() and path.stat().st_size <= LARGEST:
            found[f"settings/{name}"] = path.read_bytes()
    return found


def seal(files: dict[str, bytes], recipients: Sequence[Recipient], made_at: datetime) -> str:
    """The files as an armored age file that holds a tar archive."""
    import pyrage

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(content), 0o600, int(made_at.timestamp())
            archive.addfile(entry, io.BytesIO(content))
    sealed: bytes = pyrage.encrypt(packed.getvalue(), list(recipients), armored=True)
    return sealed.decode("ascii")


def unseal(sealed: str, identities: Sequence[Identity]) -> dict[str, bytes]:
    """The files again."""
    import pyrage

    try:
        packed: bytes = pyrage.decrypt(sealed.encode("ascii"), list(identities))
    except (pyrage.DecryptError, OSError) as error:
        raise Damaged(f"The keys in the manifest cannot be decrypted: {error}.") from error
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return dict(_files(archive))


def _files(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for entry in archive:
        path = PurePosixPath(entry.name)
        content = archive.extractfile(entry) if entry.isfile() else None
        if content is not None and not path.is_absolute() and ".." not in path.parts:
            yield entry.name, content.read()
