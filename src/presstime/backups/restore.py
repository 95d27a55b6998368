"""Puts a backup in the place of the database of a stopped installation.

Everything is done to a copy beside the database: decrypting, checking, upgrading, pausing. The last step is one rename,
so that a crash at any moment leaves either the database as it was or the restored one, whole and paused.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from presstime.backups import enclosure, keys, postgresql, restorations, sealed, service, snapshot, verifying
from presstime.backups.errors import BackupFailed, told
from presstime.backups.making import Workshop, work_folder
from presstime.backups.manifest import SUFFIX, Manifest, signer_of
from presstime.backups.stream import Identity
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict
from presstime.base.occupancy import alone

SIDECARS = ("-wal", "-shm", "-journal")
MARK = "presstime: restored, not yet paused: "

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done, for a person and for scripts."""

    manifest: Manifest
    safety_copy: str
    schedules_paused: int
    executions_cancelled: int
    emails_held: int
    keys: list[str] = field(default_factory=list)
    sealed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A backup that is whole and can be decrypted here."""

    manifest: Manifest
    trusted: frozenset[str]
    identities: list[Identity]
    signer: str


def choose(shop: Workshop, reference: str, identity_file: Path | None) -> Chosen:
    """The backup *reference*, as far as it can be judged without reading it."""
    trusted = keys.trusted_signers(shop.configuration, identity_file)
    manifest = verifying.find(shop, reference, trusted)
    identities = keys.identities(shop.configuration, identity_file)
    verifying.private_keys_needed(identities)
    if manifest.engine != shop.database.engine:
        raise BackupFailed(
            f"This is a backup of {manifest.engine}; PRESSTIME_DATABASE_URL names a database of {shop.database.engine}."
        )
    _check_tables(manifest)
    signer = "" if trusted else signer_of(shop.store.read(manifest.name + SUFFIX))
    return Chosen(manifest, trusted, identities, signer)


def _check_tables(manifest: Manifest) -> None:
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    newer = [f"{app}.{name}" for app, name in manifest.tables.items() if (app, name) not in known]
    if newer:
        raise BackupFailed(
            f"This backup was made by Presstime {manifest.versions.get('presstime', '?')}, whose tables this version "
            f"does not know ({', '.join(newer)}). Install that version or a later one."
        )


def restore(shop: Workshop, chosen: Chosen, say: Say) -> Restored:
    """Restore it; Conflict while a server runs, BackupFailed with the database as it was for everything else."""
    with alone(shop.configuration.data_path), service.alone(shop.configuration, wait=True):
        if shop.database.file is None:
            return _restore_dump(shop, chosen, say)
        return _restore_file(shop, chosen, shop.database.file, say)


def _put_sealed(shop: Workshop, chosen: Chosen) -> list[str]:
    """Before the database is replaced: what it no longer holds should lie beside it."""
    return sealed.put_back(shop.store, shop.configuration, chosen.manifest, chosen.identities, shop.clock())


# ---- SQLite ---------------------------------------------------------------------------------------------------------


def _restore_file(shop: Workshop, chosen: Chosen, target: Path, say: Say) -> Restored:
    connection.close()
    draft = target.with_name(target.name + ".restoring")
    _remove(draft)
    with told("Preparing the folder of the database"):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _refuse_if_open(target)
    try:
        verifying.materialise(shop, chosen.manifest, chosen.trusted, chosen.identities, draft)
        # It is, by its SHA-256, what SQLite found whole when it was backed up; it is looked at again once it is ready.
        say("Decrypted; it is the database that was backed up, to the byte.")
        paused = _make_ready(draft, chosen.manifest, shop.clock())
        enclosed = enclosure.unseal(chosen.manifest.keys, chosen.identities)
        copy = _keep(target, shop.clock())
        written = put_keys(shop.configuration, enclosed, shop.clock())
        of_the_log = _put_sealed(shop, chosen)
        _swap(draft, target)
    finally:
        _remove(draft)
    service.adopt(shop, keys.trusted_signers(shop.configuration))
    return Restored(
        chosen.manifest,
        str(copy or ""),
        len(paused.schedules),
        paused.executions_cancelled,
        paused.emails_held,
        written,
        of_the_log,
    )


def _refuse_if_open(target: Path) -> None:
    """Conflict while any process has the database open; a healthy one takes its write-ahead log in.

    `BEGIN EXCLUSIVE` succeeds with others connected and proves nothing; leaving the WAL mode needs the file alone.
    """
    if not target.exists():
        return
    try:
        with closing(sqlite3.connect(target, isolation_level=None, timeout=1)) as live:
            live.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise Conflict(f"Another process has {target} open. Stop it first.") from None
    except sqlite3.DatabaseError:
        return  # damaged: that is what restoring is for


def _make_ready(draft: Path, manifest: Manifest, now: datetime) -> restorations.Paused:
    """Bring the copy to this version's tables and let nothing in it be sent twice."""
    with _using(draft):
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        paused = restorations.pause(manifest.name, manifest.created_at, now)
    with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")  # takes the log in: what is renamed is one file
    snapshot.check(draft)
    return paused


@contextmanager
def _using(file: Path) -> Iterator[None]:
    """Let Django's connection mean *file*."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(file)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _keep(target: Path, now: datetime) -> Path | None:
    """Keep the database as it is, with what lies beside it; None when there is none."""
    if not target.exists():
        return None
    copy = target.with_name(f"presstime-before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{target.suffix}")
    copy.unlink(missing_ok=True)
    verifying.copy_aside(target, copy)
    for ending in SIDECARS:
        beside = target.with_name(target.name + ending)
        if beside.exists():  # only of a damaged database: a healthy one has taken its log in
            verifying.copy_aside(beside, copy.with_name(copy.name + ending))
    return copy


def _swap(draft: Path, target: Path) -> None:
    """The moment of the restore. A stale log beside the new file would corrupt it."""
    with told("Putting the restored database in its place"):
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        for ending in SIDECARS:
            target.with_name(target.name + ending).unlink(missing_ok=True)
        draft.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _remove(draft: Path) -> None:
    for ending in ("", *SIDECARS):
        draft.with_name(draft.name + ending).unlink(missing_ok=True)


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------


def _restore_dump(shop: Workshop, chosen: Chosen, say: Say) -> Restored:
    """Everything in one transaction of the server; a mark in it says that pausing is still to come."""
    database = shop.database.connection
    postgresql.check_programs(database)
    _refuse_if_connected()
    now = shop.clock()
    copy = shop.configuration.data_path / f"presstime-before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.pgdump"
    with work_folder(shop) as folder:
        dump, script = folder / "restored", folder / "script.sql"
        verifying.materialise(shop, chosen.manifest, chosen.trusted, chosen.identities, dump)
        say("Decrypted; it is the dump that was backed up, to the byte.")
        enclosed = enclosure.unseal(chosen.manifest.keys, chosen.identities)
        copy.touch(mode=0o600)
        postgresql.run_tool(database, "pg_dump", "--format=custom", "--no-owner", f"--file={copy}")
        postgresql.write_script(database, dump, script)
        of_the_log = _put_sealed(shop, chosen)
        connection.close()
        postgresql.run_tool(database, "psql", *_script_arguments(script, chosen.manifest))
    written = put_keys(shop.configuration, enclosed, now)
    paused = finish(now)
    assert paused is not None
    service.adopt(shop, keys.trusted_signers(shop.configuration))
    return Restored(
        chosen.manifest,
        str(copy),
        len(paused.schedules),
        paused.executions_cancelled,
        paused.emails_held,
        written,
        of_the_log,
    )


def _script_arguments(script: Path, manifest: Manifest) -> list[str]:
    mark = f"{MARK}{manifest.name} {manifest.created_at.isoformat()}"  # neither holds a quote
    return [
        *postgresql.STRICTLY,
        "--single-transaction",
        "--command=DROP SCHEMA public CASCADE",
        "--command=CREATE SCHEMA public",
        f"--file={script}",
        f"--command=COMMENT ON SCHEMA public IS '{mark}'",
    ]


def _refuse_if_connected() -> None:
    """Conflict while anybody else is connected: a worker on another host holds no lock here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        (others,) = cursor.fetchone()
    if others:
        raise Conflict(f"{others} other connection(s) to the database are open. Stop every server of Presstime first.")


def finish(now: datetime) -> restorations.Paused | None:
    """Upgrade and pause a PostgreSQL database that was restored and not yet paused; None when there is nothing to do.

    Called after the restore, and by every worker before it begins: a crash in between lets nothing run.
    """
    if connection.vendor != "postgresql" or not (mark := _mark()):
        return None
    name, _, created_at = mark.rpartition(" ")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    with transaction.atomic():
        paused = restorations.pause(name, datetime.fromisoformat(created_at), now)
        with connection.cursor() as cursor:
            cursor.execute("COMMENT ON SCHEMA public IS NULL")
    return paused


def _mark() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'public'")
        row = cursor.fetchone()
    text = str(row[0] or "") if row else ""
    return text.removeprefix(MARK) if text.startswith(MARK) else ""


# ---- keys -----------------------------------------------------------------------------------------------------------


def put_keys(configuration: Configuration, enclosed: dict[str, bytes], now: datetime) -> list[str]:
    """Write the keys of the backup, what differs is kept under another name; the sentences to be said of it."""
    said = []
    for name, content in sorted(enclosed.items()):
        folder, _, file = name.partition("/")
        if folder != "keys" or not file or "/" in file:
            continue
        path = configuration.keys_path / file
        if path.exists() and path.read_bytes() == content:
            continue
        said.append(_put(path, content, now))
    key = enclosed.get(enclosure.INSTALLATION_KEY, b"").decode().strip()
    if configuration.secret_key and key != configuration.secret_key.get_secret_value():
        said.append(
            "PRESSTIME_SECRET_KEY is not the key of the backup: secrets of sources will not decrypt. The backup's key lies "
            f"in {configuration.keys_path / 'secret-key.txt'}; set it, or unset the variable."
        )
    return said


def _put(path: Path, content: bytes, now: datetime) -> str:
    with told(f"Writing {path.name}"):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = path.with_name(f"{path.name}.before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        kept = f"; the former one is {aside.name}" if path.exists() else ""
        if path.exists():
            verifying.copy_aside(path, aside)
        draft = path.with_name(f".{path.name}.restoring")
        draft.touch(mode=0o600)
        draft.write_bytes(content)
        draft.replace(path)
    return f"Wrote keys/{path.name}{kept}."
