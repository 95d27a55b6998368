"""The secret key's file, exchanged so that no moment leaves anything that no key opens."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from presstime.base.configuration_fields import Configuration
from presstime.base.keys import KEY_FILE, PREVIOUS_FILE


def exchange(configuration: Configuration) -> str:
    """Make a new key; the present one becomes the previous one, and one that was previous is gone. The new key."""
    folder = configuration.keys_path
    present = (folder / KEY_FILE).read_text(encoding="ascii").strip()
    fresh = secrets.token_urlsafe(48)
    _write(folder / PREVIOUS_FILE, present)  # first: from here on both are there, whatever happens
    _write(folder / KEY_FILE, fresh)
    return fresh


def forget(configuration: Configuration) -> bool:
    """Delete the previous key's file; False when there is none."""
    path = configuration.keys_path / PREVIOUS_FILE
    if not path.exists():
        return False
    path.unlink()
    _sync(path.parent)
    return True


def _write(path: Path, key: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
