"""Makes one backup: snapshot → zstd → age → store → read back → compare → manifest. Knows no rows of Presstime's tables.

The file has the name of a backup only after it was read back; its manifest comes last. Whatever ends this in between
leaves a `.part` that the next one removes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import presstime
from presstime.backups import enclosure, keys, manifest_extras, sealed, snapshot
from presstime.backups.errors import BackupFailed, Damaged, Unreachable, told
from presstime.backups.manifest import SUFFIX, Base, Manifest, SealedFile, signed
from presstime.backups.pages import HASH_BYTES, Comparer, Plain
from presstime.backups.snapshot import Database, Snapshot
from presstime.backups.states import Kind
from presstime.backups.store import PART, Store
from presstime.backups.stream import Hasher, Identity, Progress, Recipient, Sealed, seal, silent, unseal
from presstime.base.configuration_fields import Configuration

WORK_FOLDER = "backup-work"
PAGES_FOLDER = "backup-pages"
ENDINGS = {"sqlite": ".sqlite.zst.age", "postgresql": ".pgdump.zst.age"}


@dataclass(frozen=True, slots=True)
class Workshop:
    """What making, verifying and restoring stand on."""

    configuration: Configuration
    database: Database
    store: Store
    clock: Callable[[], datetime]
    progress: Progress = silent
    working_folder: Path = field(default_factory=Path.cwd)
    extras: Callable[[], dict[str, str]] = manifest_extras.collect
    seen: set[str] = field(default_factory=set)  # sealed files that were compared since this workshop opened

    def close(self) -> None:
        self.store.close()

    @property
    def work_path(self) -> Path:
        return self.configuration.data_path / WORK_FOLDER

    @property
    def pages_path(self) -> Path:
        return self.configuration.data_path / PAGES_FOLDER


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made; with a *base* only the pages that differ from it."""

    id: UUID
    created_at: datetime
    tables: dict[str, str]
    base: Base | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that lies in its place and was read back."""

    manifest: Manifest
    manifest_bytes: bytes


def file_name(order: Order, engine: str) -> str:
    """`20261124T023000Z-1a2b3c4d-full.sqlite.zst.age`: sorts by time, says what it is."""
    kind = "incremental" if order.base else "full"
    return f"{_mark(order)}-{kind}{ENDINGS[engine]}"


def _mark(order: Order) -> str:
    return f"{order.created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{order.id.hex[-8:]}"


def hashes_of(workshop: Workshop, base: UUID) -> bytes | None:
    """The hashes of a full backup's pages, as far as they are still known here."""
    path = workshop.pages_path / f"{base}.hashes"
    content = path.read_bytes() if path.is_file() else b""
    return content if content and len(content) % HASH_BYTES == 0 else None


@contextmanager
def work_folder(workshop: Workshop) -> Iterator[Path]:
    """An empty folder for copies, gone afterwards; what a killed predecessor left is removed first.

    Only the holder of the lock of backups comes here (`service.alone`).
    """
    with told("Making room for the copy"):
        shutil.rmtree(workshop.work_path, ignore_errors=True)
        workshop.work_path.mkdir(parents=True, mode=0o700)
    try:
        yield workshop.work_path
    finally:
        shutil.rmtree(workshop.work_path, ignore_errors=True)


def make(order: Order, workshop: Workshop) -> Made:
    """Make the backup and read it back; BackupFailed says what stood in the way, and then there is none."""
    name = file_name(order, workshop.database.engine)
    recipients = keys.recipients(keys.pair(workshop.configuration))
    with ExitStack() as stack:
        folder = stack.enter_context(work_folder(workshop))
        unfinished = stack.enter_context(ExitStack())
        unfinished.callback(_discard, workshop.store, name)
        made = _make(order, workshop, name, recipients, folder)
        unfinished.pop_all()
    return made


def _make(order: Order, workshop: Workshop, name: str, recipients: list[Recipient], folder: Path) -> Made:
    import pyrage

    taken = snapshot.take(workshop.database, folder / "snapshot", workshop.progress)
    # The server may hold public keys only. So that it can read back what it has written, a key that lives until then
    # is a recipient too.
    ephemeral = pyrage.x25519.Identity.generate()
    with closing(_plain(order, workshop, taken)) as plain:
        with workshop.store.told(f"Writing {name}"), workshop.store.create(name + PART) as target:
            written = seal(plain, target, [*recipients, ephemeral.to_public()])
        _read_back(order, workshop, name, taken, plain, written, ephemeral)
        workshop.store.publish(name)
        of_the_log = _keep_sealed(order, workshop, recipients, ephemeral)
        manifest = _manifest(order, workshop, name, taken, plain, written, recipients, of_the_log)
        content = signed(manifest, keys.signing_key(workshop.configuration))
        workshop.store.write(name + SUFFIX, content)
        if order.base is None and taken.page_size:
            _keep_hashes(workshop, order.id, bytes(plain.hashes))
    return Made(manifest, content)


def _plain(order: Order, workshop: Workshop, taken: Snapshot) -> Plain:
    page_size = taken.page_size or 1 << 16
    if order.base is None:
        return Plain(taken.path, page_size, progress=workshop.progress)
    base = hashes_of(workshop, order.base.id)
    if base is None:
        raise BackupFailed("What the pages of the last full backup were is not known here any more; make a full one.")
    return Plain(taken.path, page_size, base=base, base_sha256=order.base.database_sha256, progress=workshop.progress)


def _read_back(
    order: Order, workshop: Workshop, name: str, taken: Snapshot, plain: Plain, written: Sealed, key: Identity
) -> None:
    """Damaged unless what the store gives back is the snapshot, to the byte; the snapshot was checked when it was taken."""
    with workshop.store.told(f"Reading back {name}"), workshop.store.open(name + PART) as stored:
        if order.base is None:
            hasher = Hasher(total=taken.path.stat().st_size, progress=workshop.progress)
            found = unseal(stored, hasher, [key])
            is_same = hasher.sha256 == plain.sha256
        else:
            with taken.path.open("rb") as original:
                comparer = Comparer(order.base.database_sha256, original)
                found = unseal(stored, comparer, [key])
                comparer.finish()
            is_same = comparer.seen == plain.changed_pages
    if not is_same or found != written:
        raise Damaged(f"{name} was read back and is not what was written; the place of the backups loses data.")


def _manifest(
    order: Order,
    workshop: Workshop,
    name: str,
    taken: Snapshot,
    plain: Plain,
    written: Sealed,
    recipients: Sequence[Recipient],
    of_the_log: tuple[SealedFile, ...],
) -> Manifest:
    enclosed = enclosure.collect(workshop.configuration, workshop.working_folder)
    return Manifest(
        id=order.id,
        name=name,
        kind=Kind.INCREMENTAL if order.base else Kind.FULL,
        base=order.base,
        created_at=order.created_at,
        verified_at=workshop.clock(),
        engine=workshop.database.engine,
        versions={"presstime": presstime.__version__, workshop.database.engine: taken.version},
        tables=order.tables,
        bytes=written.bytes,
        sha256=written.sha256,
        uncompressed_bytes=taken.path.stat().st_size,
        database_sha256=plain.sha256,
        page_size=taken.page_size,
        changed_pages=plain.changed_pages,
        recipients=tuple(str(each) for each in recipients),
        enclosed=tuple(sorted(enclosed)),
        not_enclosed=enclosure.not_enclosed(workshop.configuration),
        keys=enclosure.seal(enclosed, recipients, order.created_at),
        sealed=of_the_log,
        extras=workshop.extras(),
    )


def _keep_sealed(
    order: Order, workshop: Workshop, recipients: Sequence[Recipient], key: Identity
) -> tuple[SealedFile, ...]:
    trusted = keys.trusted_signers(workshop.configuration)
    return sealed.keep_all(workshop.store, workshop.configuration, _mark(order), recipients, key, trusted)


def _keep_hashes(workshop: Workshop, of: UUID, hashes: bytes) -> None:
    """Remember the pages of the newest full backup, and only of that one."""
    with told("Remembering the pages"):
        workshop.pages_path.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = workshop.pages_path / f"{of}.hashes"
        draft = target.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(hashes)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        for other in workshop.pages_path.iterdir():
            if other != target:
                other.unlink()


def _discard(store: Store, name: str) -> None:
    """Remove what an attempt left; that it cannot be removed is not the news."""
    for each in (name + PART, name + SUFFIX + PART, name):
        try:
            store.remove(each)
        except Unreachable:
            return  # and the time limit need not be waited for again; pruning removes it later
        except BackupFailed:
            continue
