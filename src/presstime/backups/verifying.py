"""Looks at what is stored: is it what was signed, can it be read, does the database in it hold together."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from presstime.backups import postgresql, sealed, snapshot
from presstime.backups.errors import BackupFailed, Damaged, told
from presstime.backups.making import Workshop, work_folder
from presstime.backups.manifest import SUFFIX, Manifest, read
from presstime.backups.pages import Patcher
from presstime.backups.stream import Identity, Sealed, digest, unseal
from presstime.base.errors import NotFound

LATEST = "latest"
STORED = "stored bytes"  # size, SHA-256 and signature; the private key is not here
CONTENTS = "contents"  # decrypted, equal to the snapshot, SQLite's quick_check
DRILL = "drill"  # restored beside, integrity_check


@dataclass(frozen=True, slots=True)
class Found:
    """A manifest in the store, or why it does not count."""

    name: str
    manifest: Manifest | None
    problem: str = ""


def catalogue(workshop: Workshop, trusted: frozenset[str]) -> list[Found]:
    """All backups in the store, newest first, also those whose manifest is damaged."""
    found = []
    for name in reversed([each for each in workshop.store.names() if each.endswith(".age" + SUFFIX)]):
        backup = name.removesuffix(SUFFIX)
        try:
            found.append(Found(backup, load(workshop, backup, trusted)))
        except Damaged as error:
            found.append(Found(backup, None, error.message))
    return found


def load(workshop: Workshop, name: str, trusted: frozenset[str]) -> Manifest:
    """The manifest of the backup's file *name*."""
    return read(workshop.store.read(name + SUFFIX), name, trusted)


def find(workshop: Workshop, reference: str, trusted: frozenset[str]) -> Manifest:
    """The manifest of the backup with that id, file name or "latest"; NotFound or Damaged."""
    named = [name.removesuffix(SUFFIX) for name in workshop.store.names() if name.endswith(".age" + SUFFIX)]
    if reference == LATEST and named:
        return load(workshop, named[-1], trusted)
    tail = reference.replace("-", "").lower()[-8:]
    for name in named:
        if name == reference:
            return load(workshop, name, trusted)
        if tail in name:
            manifest = load(workshop, name, trusted)
            if str(manifest.id) == reference:
                return manifest
    raise NotFound(f'There is no backup "{reference}" in {workshop.store.shown}.')


def check_stored(workshop: Workshop, manifest: Manifest) -> None:
    """Damaged unless the stored file has the size and the SHA-256 that were signed; needs no private key."""
    if not workshop.store.exists(manifest.name):
        raise Damaged(f"{manifest.name} is missing in {workshop.store.shown}.")
    with workshop.store.told(f"Reading {manifest.name}"), workshop.store.open(manifest.name) as stored:
        found = digest(stored, workshop.progress, manifest.bytes)
    if found != Sealed(manifest.bytes, manifest.sha256):
        raise Damaged(
            f"{manifest.name} was changed: {found.bytes:,} bytes with SHA-256 {found.sha256[:16]}… are stored, "
            f"{manifest.bytes:,} bytes with {manifest.sha256[:16]}… were signed."
        )


def verify(
    workshop: Workshop,
    manifest: Manifest,
    trusted: frozenset[str],
    identities: list[Identity],
    *,
    thoroughly: bool = False,
) -> str:
    """How it was verified: all that this machine can do, with a private key to the last page; Damaged otherwise."""
    check_stored(workshop, manifest)
    sealed.check(workshop.store, manifest, identities, workshop.seen)
    if not identities:
        if manifest.base is not None:
            check_stored(workshop, load(workshop, manifest.base.name, trusted))
        return STORED
    with work_folder(workshop) as folder:
        target = folder / "restored"
        materialise(workshop, manifest, trusted, identities, target)
        check_contents(manifest, target, thoroughly=thoroughly)
        if thoroughly and manifest.engine != "sqlite":
            script = folder / "script.sql"
            return DRILL if postgresql.try_restore(workshop.database.connection, target, script) else CONTENTS
    return DRILL if thoroughly else CONTENTS


def check_contents(manifest: Manifest, path: Path, *, thoroughly: bool = False) -> None:
    """Damaged unless the database accepts what was restored to *path*."""
    if manifest.engine == "sqlite":
        snapshot.check(path, thoroughly=thoroughly)
    else:
        postgresql.check_dump(path)


def materialise(
    workshop: Workshop, manifest: Manifest, trusted: frozenset[str], identities: list[Identity], target: Path
) -> None:
    """Write the database of a backup to *target*, from one file or two; Damaged unless it is the one that was signed."""
    snapshot.check_space(manifest.uncompressed_bytes, target.parent)
    full = manifest
    if manifest.base is not None:
        full = load(workshop, manifest.base.name, trusted)
        if (full.id, full.database_sha256) != (manifest.base.id, manifest.base.database_sha256):
            raise Damaged(f"{full.name} is not the full backup on which {manifest.name} stands.")
    with told("Restoring"):
        target.touch(mode=0o600)
        with target.open("w+b", buffering=1 << 20) as file:
            _unseal(workshop, full, _Counter(file, full.uncompressed_bytes, workshop), identities)
            if manifest.base is not None:
                patcher = Patcher(manifest.base.database_sha256, file)
                _unseal(workshop, manifest, patcher, identities)
                patcher.finish()
    with target.open("rb") as restored, told("Reading what was restored"):
        found = digest(restored, workshop.progress, manifest.uncompressed_bytes)
    if found != Sealed(manifest.uncompressed_bytes, manifest.database_sha256):
        raise Damaged(f"{manifest.name} restores to something else than was backed up.")


class _Counter:
    """Writes on, and tells how far it is."""

    def __init__(self, file: object, total: int, workshop: Workshop) -> None:
        self._write = file.write  # type: ignore[attr-defined]
        self._done, self._total, self._progress = 0, total, workshop.progress

    def write(self, block: bytes) -> None:
        self._write(block)
        self._done += len(block)
        self._progress("restoring", self._done, self._total)


def _unseal(workshop: Workshop, manifest: Manifest, sink: Patcher | _Counter, identities: list[Identity]) -> None:
    with workshop.store.told(f"Reading {manifest.name}"), workshop.store.open(manifest.name) as stored:
        found = unseal(stored, sink, identities)
    if found != Sealed(manifest.bytes, manifest.sha256):
        raise Damaged(f"{manifest.name} was changed after it had been signed.")


def copy_aside(source: Path, target: Path) -> None:
    """A second name for a file; a copy where the file system knows no such names."""
    with told(f"Keeping a copy of {source.name}"):
        try:
            target.hardlink_to(source)
        except OSError:
            shutil.copy2(source, target)


def private_keys_needed(identities: list[Identity]) -> None:
    if not identities:
        raise BackupFailed(
            "The private key of the backups is not on this machine. Give it with --identity FILE, or in "
            "PRESSTIME_BACKUP_KEY."
        )
