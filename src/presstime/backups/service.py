"""Use cases of backups: ask, make, verify, drill, prune. The slow work stands between short transactions."""

from __future__ import annotations

import fcntl
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from presstime.accounts.models import User
from presstime.alerts import service as alerts
from presstime.alerts.kinds import Kind as AlertKind
from presstime.backups import audited, keys, making, queries, sealed, verifying
from presstime.backups.errors import BackupFailed, Damaged, Unreachable
from presstime.backups.making import Order, Workshop
from presstime.backups.manifest import SUFFIX, Base
from presstime.backups.models import Backup
from presstime.backups.snapshot import Database
from presstime.backups.states import FULL_EVERY, Kind, Status, Task, Trigger, surplus
from presstime.backups.store import PART, Store, on_same_volume
from presstime.backups.stream import Progress, silent
from presstime.base import clock as system_clock
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict

LINK = "/backups"
DRILL_KEY = "drill"
NOTE_SECONDS = 1.0
KEEP_FAILURES = timedelta(days=90)
KEEP_PARTS = timedelta(days=2)
_MADE_AT = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}-.*\.age(\.json)?(\.part)?$")

log = logging.getLogger("presstime.backups")


def workshop(*, progress: Progress = silent, clock: Callable[[], datetime] = system_clock.now) -> Workshop:
    """What backups of this installation stand on; BackupFailed when their place cannot be reached."""
    configuration = settings.CONFIGURATION
    database = Database.of(connection.settings_dict)
    return Workshop(configuration, database, Store.of(configuration), clock, progress)


def noting(backup: Backup, also: Progress = silent) -> Progress:
    """A progress that the page and the API show, noted once a second at most; *also* hears all of it."""
    last_stage, last_at = "", 0.0

    def note(stage: str, done: int, total: int) -> None:
        nonlocal last_stage, last_at
        also(stage, done, total)
        now = time.monotonic()
        if stage == last_stage and now - last_at < NOTE_SECONDS:
            return
        last_stage, last_at = stage, now
        try:
            queries.note_stage(backup.pk, stage, done, total)
        except DatabaseError as error:  # busy or full: the backup goes on without a word about it
            log.debug("progress was not noted: %s", error)

    return note


def host() -> str:
    """Who is at a backup."""
    return socket.gethostname()[:80]


def warnings(configuration: Configuration) -> list[str]:
    """What weakens the backups of this installation, in sentences."""
    found = []
    if on_same_volume(configuration, Database.of(connection.settings_dict).file):
        found.append(
            "Backups lie on the volume of the database: a lost disk takes both. Set PRESSTIME_BACKUP_URL to another place."
        )
    identity = configuration.keys_path / keys.IDENTITY_FILE
    if identity.exists():
        found.append(
            f"The private key of the backups lies on this machine. Move {identity} to a safe place elsewhere; "
            "restoring needs it."
        )
    return found


# ---- one at a time --------------------------------------------------------------------------------------------------


@contextmanager
def alone(configuration: Configuration, *, wait: bool = False) -> Iterator[IO[str] | None]:
    """Hold the lock of backups on this data folder; None when another holds it and *wait* is not wanted."""
    folder = configuration.data_path / "run"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield None
            return
        yield lock


# ---- wishes ---------------------------------------------------------------------------------------------------------


def ask(*, full: bool = False, by: User | None = None, trigger: Trigger = Trigger.MANUAL, now: datetime) -> Backup:
    """Ask for a new backup; a worker makes it. Conflict when one waits already."""
    with transaction.atomic():
        if queries.is_asked():
            raise Conflict("A backup has been asked for and has not begun yet. See that a worker runs.")
        backup = queries.add(Backup(wants_full=full, requested_by=by, trigger=trigger, created_at=now))
        audited.requested(backup, now)
    return backup


def ask_verification(reference: UUID | str) -> Backup:
    """Ask for a backup to be read and verified again; Conflict when it has no file or somebody is at it."""
    with transaction.atomic():
        backup = queries.get_backup(reference)
        if not queries.ask_verification(backup.pk):
            reason = "it is being made or verified" if backup.status == Status.RUNNING else "nothing was stored"
            raise Conflict(f"This backup cannot be verified now: {reason}.")
        audited.verification_requested(backup)
    return queries.get_backup(backup.pk)


# ---- the work -------------------------------------------------------------------------------------------------------


def begin(*, full: bool, now: datetime) -> Backup:
    """A wish of the command line, taken by this process at once."""
    wish = Backup(wants_full=full, host=host(), starts=1, started_at=now, created_at=now)
    with transaction.atomic():
        audited.requested(queries.add(wish), now)
    return wish


def perform(backup: Backup, shop: Workshop) -> Backup:
    """Do what a taken wish asks for; BackupFailed, with its alert raised, when that does not succeed."""
    shop = replace(shop, progress=noting(backup, shop.progress))
    if backup.task == Task.VERIFY:
        return _verify(backup, shop)
    return _create(backup, shop)


def _create(backup: Backup, shop: Workshop) -> Backup:
    started = time.monotonic()
    try:
        order = Order(backup.pk, backup.created_at, queries.applied_migrations(), _base(backup, shop))
        made = making.make(order, shop)
    except BackupFailed as error:
        give_up(backup, error.message, shop.clock())
        raise
    manifest, now = made.manifest, shop.clock()
    with transaction.atomic():
        queries.made(backup.pk, manifest, _location(shop, manifest.name), verifying.CONTENTS, now)
        audited.created(queries.get_backup(backup.pk), now)
        alerts.clear(AlertKind.BACKUP_FAILED, now=now)
        alerts.clear(AlertKind.BACKUP_STALE, now=now)
    seconds = time.monotonic() - started
    log.info("backup %s: verified, %d bytes, %.1f s", manifest.name, manifest.bytes, seconds)
    return queries.get_backup(backup.pk)


def _base(backup: Backup, shop: Workshop) -> Base | None:
    """The full backup to stand on: of this week, known page by page, and still there."""
    full = queries.find_last_full()
    if backup.wants_full or full is None or not full.page_size:
        return None
    if backup.created_at - full.created_at >= FULL_EVERY - timedelta(hours=1):  # the daily one of the same hour
        return None
    if making.hashes_of(shop, full.pk) is None or not shop.store.exists(full.name):
        return None
    return queries.base_of(full)


def _verify(backup: Backup, shop: Workshop) -> Backup:
    try:
        how = verify_stored(backup.name, shop, sha256=backup.sha256)
    except Unreachable as error:
        leave_be(backup, error.message, shop.clock())
        raise
    except BackupFailed as error:
        give_up(backup, error.message, shop.clock())
        raise
    now = shop.clock()
    with transaction.atomic():
        queries.verified(backup.pk, how, now)
        audited.verified(backup, how, now)
        alerts.clear(AlertKind.BACKUP_FAILED, str(backup.pk), now=now)
    return queries.get_backup(backup.pk)


def verify_stored(
    name: str, shop: Workshop, *, sha256: str = "", identity_file: Path | None = None, thoroughly: bool = False
) -> str:
    """How the backup *name* was verified; BackupFailed says what is wrong with it.

    With *sha256*, also that it is the file that was made here, and not another good one under its name.
    """
    trusted = keys.trusted_signers(shop.configuration, identity_file)
    manifest = verifying.load(shop, name, trusted)
    if sha256 and manifest.sha256 != sha256:
        raise Damaged(f"{name} was replaced: its manifest speaks of another file than the one that was made.")
    identities = keys.identities(shop.configuration, identity_file)
    return verifying.verify(shop, manifest, trusted, identities, thoroughly=thoroughly)


def note_verification(backup: Backup, how: str, problem: str, now: datetime) -> None:
    """Record what a verification by hand has found, unless somebody is at that backup."""
    if not queries.begin_verification(backup.pk, host(), now):
        return
    backup = queries.get_backup(backup.pk)
    if problem:
        give_up(backup, problem, now)
        return
    with transaction.atomic():
        queries.verified(backup.pk, how, now)
        audited.verified(backup, how, now)
        alerts.clear(AlertKind.BACKUP_FAILED, str(backup.pk), now=now)


def leave_be(backup: Backup, reason: str, now: datetime) -> None:
    """Its place was away when it was to be verified: tell it, and think of the backup as before."""
    with transaction.atomic():
        if queries.put_back(backup.pk):
            audited.failed(backup, reason, now)
            detail = f"{backup.name} could not be verified. {reason}"
            alerts.raise_alert(AlertKind.BACKUP_FAILED, str(backup.pk), detail=detail, link=LINK, now=now)
    log.error("backup %s: could not be verified: %s", backup, reason)


def give_up(backup: Backup, reason: str, now: datetime) -> None:
    """Record that it failed, and tell those whom that concerns."""
    is_new = backup.task == Task.CREATE
    what = "" if is_new else f"{backup.name} does not verify. "
    with transaction.atomic():
        if queries.failed(backup.pk, reason, now):
            audited.failed(backup, reason, now)
            key = "" if is_new else str(backup.pk)
            alerts.raise_alert(AlertKind.BACKUP_FAILED, key, detail=f"{what}{reason}", link=LINK, now=now)
    log.error("backup %s: failed: %s", backup, reason)


def drill(shop: Workshop) -> str:
    """Restore the newest backup beside the database and look at every index; the name of what was restored."""
    newest = queries.find_last_good()
    if newest is None:
        raise BackupFailed("There is no backup to try.")
    started, problem = time.monotonic(), ""
    try:
        verifying.private_keys_needed(keys.identities(shop.configuration))
        verify_stored(newest.name, shop, sha256=newest.sha256, thoroughly=True)
    except BackupFailed as error:
        problem = error.message
        raise
    finally:
        _note_drill(newest.name, time.monotonic() - started, problem, shop.clock())
    return newest.name


def _note_drill(name: str, seconds: float, problem: str, now: datetime) -> None:
    with transaction.atomic():
        queries.drilled(name, seconds, problem, now)
        audited.drilled(name, problem, now)
        if problem:
            detail = f"The restore drill failed: {problem}"
            alerts.raise_alert(AlertKind.BACKUP_FAILED, DRILL_KEY, detail=detail, link=LINK, now=now)
        else:
            alerts.clear(AlertKind.BACKUP_FAILED, DRILL_KEY, now=now)
    log.info("restore drill of %s: %s, %.1f s", name, problem or "good", seconds)


# ---- retention ------------------------------------------------------------------------------------------------------


def prune(shop: Workshop, now: datetime) -> list[str]:
    """Remove what retention lets go, and what killed processes left; the names of the backups that went."""
    removed = []
    for identity in surplus(queries.good_ones(), now, shop.configuration.backup_retention_days):
        backup = queries.get_backup(identity)
        shop.store.remove(backup.name + SUFFIX)  # first what makes it count
        shop.store.remove(backup.name)
        with transaction.atomic():
            queries.remove(backup.pk)
            audited.pruned(backup, now)
            alerts.clear(AlertKind.BACKUP_FAILED, str(backup.pk), now=now)
        removed.append(backup.name)
    _remove_leftovers(shop, now)
    with transaction.atomic():
        queries.remove_failed(now - KEEP_FAILURES)
    return removed


def _remove_leftovers(shop: Workshop, now: datetime) -> None:
    """Remove files of ours that never became a backup, two days later: another host may be at a younger one."""
    names = set(shop.store.names())
    for name in names:
        made_at = _made_at(name)
        is_whole = not name.endswith(PART) and (name.endswith(SUFFIX) or name + SUFFIX in names)
        if made_at is not None and not is_whole and now - made_at > KEEP_PARTS:
            shop.store.remove(name)
    for name in sealed.surplus(shop.store, keys.trusted_signers(shop.configuration), now, after=KEEP_PARTS):
        shop.store.remove(name)


def _made_at(name: str) -> datetime | None:
    found = _MADE_AT.match(name)
    return datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if found else None


def adopt(shop: Workshop, trusted: frozenset[str]) -> int:
    """Know the backups that lie in the store and have no row, after a restore; how many."""
    found = [each.manifest for each in verifying.catalogue(shop, trusted) if each.manifest is not None]
    found.sort(key=lambda manifest: manifest.kind is not Kind.FULL)  # an incremental one refers to its full one
    known = {manifest.id for manifest in found if manifest.kind is Kind.FULL}
    with transaction.atomic():
        return sum(
            queries.adopt(manifest, _location(shop, manifest.name), verifying.STORED)
            for manifest in found
            if manifest.base is None or manifest.base.id in known
        )


def _location(shop: Workshop, name: str) -> str:
    return f"{shop.store.shown.rstrip('/')}/{name}"[:1000]
