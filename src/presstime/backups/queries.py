"""Every query of backups; the only writer of a backup's status."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, F, Q, QuerySet

from presstime.backups.manifest import Base, Manifest
from presstime.backups.models import Backup, Plan, Restoration
from presstime.backups.snapshot import Database
from presstime.backups.states import Kept, Kind, Status, Task, Trigger, before
from presstime.base.errors import NotFound
from presstime.database.guard import bookkeeping

_PROGRESS = "progress of a backup; asking for it, its end and its removal have their entries"

LOST_AFTER = timedelta(days=1)  # what another host began and never ended
_GOOD = Q(status=Status.VERIFIED) | Q(status=Status.RUNNING, task=Task.VERIFY)


# ---- reading --------------------------------------------------------------------------------------------------------


def list_backups(
    *,
    status: Status | None = None,
    kind: Kind | None = None,
    created_from: datetime | None = None,
    created_to: datetime | None = None,
) -> QuerySet[Backup]:
    """Backups, newest first; the end of the time range is open."""
    conditions = {
        "status": status,
        "kind": kind,
        "created_at__gte": created_from,
        "created_at__lt": created_to,
    }
    found = Backup.objects.select_related("base", "requested_by").order_by("-created_at", "-id")
    return found.filter(**{name: value for name, value in conditions.items() if value is not None})


def get_backup(reference: UUID | str) -> Backup:
    """The backup with that id or file name; NotFound when there is none."""
    try:
        named = Q(pk=UUID(str(reference)))
    except ValueError:
        named = Q(name=str(reference))
    found = Backup.objects.select_related("base", "requested_by").filter(named).first()
    if found is None:
        raise NotFound.of("backup", reference)
    return found


def has_table() -> bool:
    """Whether this database has tables at all; on an empty machine only the store knows of backups."""
    file = Database.of(connection.settings_dict).file
    if file is not None and not file.exists():  # a look would make an empty one
        return False
    with connection.cursor() as cursor:
        return "backups_backup" in connection.introspection.table_names(cursor)


def names() -> list[str]:
    """The file names of all backups, newest first."""
    return list(list_backups().exclude(name="").values_list("name", flat=True))


def find_last_good() -> Backup | None:
    """The newest backup that was verified."""
    return Backup.objects.filter(_GOOD, verified_at__isnull=False).order_by("-created_at").first()


def find_last_full() -> Backup | None:
    """The newest verified full backup."""
    return Backup.objects.filter(_GOOD, kind=Kind.FULL, verified_at__isnull=False).order_by("-created_at").first()


def find_last_try() -> Backup | None:
    """The newest wish for a backup, whatever became of it."""
    return Backup.objects.filter(Q(task=Task.CREATE) | Q(verified_at__isnull=False)).order_by("-created_at").first()


def count_by_status() -> dict[str, int]:
    """How many backups are in each status."""
    rows = Backup.objects.order_by().values_list("status")
    return dict(rows.annotate(number=Count("*")))


def is_asked() -> bool:
    """Whether a new backup already waits for a worker."""
    return _waiting().filter(task=Task.CREATE).exists()


def has_work(host: str) -> bool:
    """Whether anything waits, or was left behind by a process of *host* that died."""
    return Backup.objects.filter(Q(host="") | Q(host=host), status=Status.RUNNING).exists()


def good_ones() -> list[Kept]:
    """What retention decides about."""
    rows = Backup.objects.filter(_GOOD, verified_at__isnull=False).values_list("id", "created_at", "base_id")
    return [Kept(*row) for row in rows]


def base_of(full: Backup) -> Base:
    return Base(id=full.pk, name=full.name, database_sha256=full.database_sha256)


def applied_migrations() -> dict[str, str]:
    """The last applied migration of each part."""
    applied = MigrationRecorder(connection).applied_migrations()
    return {app: name for app, name in sorted(applied)}  # noqa: C416 - of each part the last one stays


# ---- wishes ---------------------------------------------------------------------------------------------------------


def add(backup: Backup) -> Backup:
    backup.save(force_insert=True)
    return backup


def ask_verification(backup_id: UUID) -> bool:
    """Let a worker verify it again; False when it has no file or somebody is at it."""
    rows = Backup.objects.filter(pk=backup_id).exclude(name="")
    return _move(rows, Status.RUNNING, task=Task.VERIFY, host="", started_at=None, error="")


@bookkeeping(_PROGRESS)
def begin_verification(backup_id: UUID, host: str, now: datetime) -> bool:
    """As `ask_verification`, taken by *host* at once."""
    rows = Backup.objects.filter(pk=backup_id).exclude(name="")
    return _move(rows, Status.RUNNING, task=Task.VERIFY, host=host, started_at=now, error="")


def claim(host: str, now: datetime) -> Backup | None:
    """Take the oldest wish for *host*."""
    with transaction.atomic():
        wish = _waiting().select_for_update(skip_locked=True).order_by("created_at", "id").first()
        return wish if wish is not None and take(wish, host, now) else None


@bookkeeping(_PROGRESS)
def take(wish: Backup, host: str, now: datetime) -> bool:
    """Take this wish for *host*; a new backup is of this moment, however long it has waited."""
    changes: dict[str, object] = {"host": host, "started_at": now, "starts": F("starts") + 1}
    if wish.task == Task.CREATE:
        changes["created_at"] = now
    taken = _waiting().filter(pk=wish.pk).update(**changes) == 1
    if taken:
        wish.refresh_from_db()
    return taken


@bookkeeping(_PROGRESS)
def release(backup_id: UUID) -> bool:
    """Give a wish back: another process may take it."""
    return Backup.objects.filter(pk=backup_id, status=Status.RUNNING).update(host="", started_at=None, stage="") == 1


@bookkeeping(_PROGRESS)
def note_stage(backup_id: UUID, stage: str, done: int, total: int) -> None:
    Backup.objects.filter(pk=backup_id, status=Status.RUNNING).update(stage=stage, done_bytes=done, total_bytes=total)


def left_behind(host: str, now: datetime) -> list[Backup]:
    """What processes of *host* had taken; the caller knows that none of them lives."""
    taken = Backup.objects.filter(status=Status.RUNNING, started_at__isnull=False)
    return list(taken.filter(Q(host=host) | Q(started_at__lt=now - LOST_AFTER)))


# ---- ends -----------------------------------------------------------------------------------------------------------


def made(backup_id: UUID, manifest: Manifest, location: str, how: str, now: datetime) -> bool:
    """It lies in its place and was read back."""
    changes = _facts(manifest, location) | {"verified_how": how, "finished_at": now, "error": ""}
    return _move(Backup.objects.filter(pk=backup_id), Status.VERIFIED, **changes)


def verified(backup_id: UUID, how: str, now: datetime) -> bool:
    return _move(
        Backup.objects.filter(pk=backup_id), Status.VERIFIED, verified_at=now, verified_how=how, host="", error=""
    )


def failed(backup_id: UUID, error: str, now: datetime) -> bool:
    return _move(
        Backup.objects.filter(pk=backup_id), Status.FAILED, verified_how="", error=error, host="", finished_at=now
    )


def put_back(backup_id: UUID) -> bool:
    """What was to be verified and could not be is what it was before."""
    rows = Backup.objects.filter(pk=backup_id, status=Status.RUNNING, task=Task.VERIFY)
    back = _move(rows.exclude(verified_how=""), Status.VERIFIED, host="", error="")
    return back or _move(rows, Status.FAILED, host="", error="It did not verify earlier, and could not be read again.")


@bookkeeping("backups that lie in the store are known again after a restore, which has its entry")
def adopt(manifest: Manifest, location: str, how: str) -> bool:
    """Know a backup that lies in the store as verified; False when it is known already."""
    known = Backup.objects.filter(pk=manifest.id)
    if known.filter(name=manifest.name).exists():
        return False
    facts = _facts(manifest, location) | {"verified_how": how, "finished_at": manifest.verified_at, "error": ""}
    if not known.exists():
        Backup.objects.create(pk=manifest.id, status=Status.VERIFIED, trigger=Trigger.MANUAL, **facts)
        return True
    return known.update(status=Status.VERIFIED, **facts) == 1


def remove(backup_id: UUID) -> None:
    Backup.objects.filter(pk=backup_id).delete()


@bookkeeping("failures that left nothing are forgotten after 90 days")
def remove_failed(before_moment: datetime) -> int:
    """Forget failures that left nothing."""
    return Backup.objects.filter(status=Status.FAILED, verified_at__isnull=True, created_at__lt=before_moment).delete()[
        0
    ]


def _facts(manifest: Manifest, location: str) -> dict[str, object]:
    return {
        "kind": manifest.kind,
        "base_id": manifest.base.id if manifest.base else None,
        "name": manifest.name,
        "location": location,
        "bytes": manifest.bytes,
        "uncompressed_bytes": manifest.uncompressed_bytes,
        "sha256": manifest.sha256,
        "database_sha256": manifest.database_sha256,
        "page_size": manifest.page_size,
        "created_at": manifest.created_at,
        "verified_at": manifest.verified_at,
        "host": "",
    }


def _waiting() -> QuerySet[Backup]:
    return Backup.objects.filter(status=Status.RUNNING, host="")


def _move(rows: QuerySet[Backup], status: Status, **changes: object) -> bool:
    return rows.filter(status__in=sorted(before(status))).update(status=status, stage="", **changes) == 1


# ---- the plan -------------------------------------------------------------------------------------------------------


@bookkeeping(_PROGRESS)
def plan(now: datetime, due: datetime) -> Plan:
    """The plan; the first look makes it, and what was due before then is nobody's."""
    found = Plan.objects.filter(pk=1).first()
    if found is None:
        Plan.objects.get_or_create(pk=1, defaults={"since": now, "last_due_at": due, "drilled_at": None})
        found = Plan.objects.get(pk=1)
    return found


def find_plan() -> Plan | None:
    return Plan.objects.filter(pk=1).first()


@bookkeeping(_PROGRESS)
def take_due(known: Plan, due: datetime) -> bool:
    """Whether this caller, and no other, asks for the backup of *due*."""
    return Plan.objects.filter(pk=1, last_due_at=known.last_due_at).update(last_due_at=due) == 1


@bookkeeping(_PROGRESS)
def take_drill(known: Plan, now: datetime) -> bool:
    """Whether this caller, and no other, makes the drill."""
    return Plan.objects.filter(pk=1, drill_asked_at=known.drill_asked_at).update(drill_asked_at=now) == 1


@bookkeeping(_PROGRESS)
def drilled(backup: str, seconds: float, error: str, now: datetime) -> None:
    Plan.objects.filter(pk=1).update(drilled_at=now, drill_seconds=seconds, drill_backup=backup, drill_error=error)


# ---- restorations ---------------------------------------------------------------------------------------------------


def find_restoration() -> Restoration | None:
    """The restoration from which nobody has resumed; None in daily life."""
    return Restoration.objects.filter(resumed_at__isnull=True).order_by("-restored_at").first()


def add_restoration(restoration: Restoration) -> None:
    restoration.save(force_insert=True)


def lock_restoration() -> Restoration | None:
    """As `find_restoration`, locked until the transaction ends."""
    waiting = Restoration.objects.filter(resumed_at__isnull=True).order_by("-restored_at")
    return waiting.select_for_update().first()


def close_restorations(now: datetime, by_id: UUID | int | None) -> int:
    return Restoration.objects.filter(resumed_at__isnull=True).update(resumed_at=now, resumed_by_id=by_id)
