"""The entries of backups in the audit log: asked for, made, verified, removed, restored."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from presstime.audit import journal as audit
from presstime.audit.changes import snapshot
from presstime.audit.targets import Target
from presstime.backups.models import Backup, Restoration

_MADE: Final = ("kind", "name", "location", "bytes", "sha256", "verified_how")


def target_of(backup: Backup) -> Target:
    return Target("backup", str(backup.pk), backup.name or f"asked for at {backup.created_at:%Y-%m-%d %H:%M} UTC")


def requested(backup: Backup, now: datetime) -> None:
    new = snapshot(backup, ("wants_full", "trigger"))
    audit.record("backup.requested", target_of(backup), new=new, now=now)


def created(backup: Backup, now: datetime) -> None:
    audit.record("backup.created", target_of(backup), new=snapshot(backup, _MADE), now=now)


def failed(backup: Backup, reason: str, now: datetime) -> None:
    """It could not be made, or does not verify."""
    audit.record("backup.failed", target_of(backup), new={"task": backup.task, "error": reason}, now=now)


def verification_requested(backup: Backup) -> None:
    audit.record("backup.verification_requested", target_of(backup))


def verified(backup: Backup, how: str, now: datetime) -> None:
    new = {"verified_how": how, "sha256": backup.sha256}
    audit.record("backup.verified", target_of(backup), new=new, now=now)


def drilled(name: str, problem: str, now: datetime) -> None:
    audit.record("backup.drilled", Target("backup", name, name), new={"problem": problem or None}, now=now)


def pruned(backup: Backup, now: datetime) -> None:
    """Retention let it go."""
    old = snapshot(backup, ("kind", "name", "location", "bytes", "sha256", "created_at"))
    audit.record("backup.pruned", target_of(backup), old=old, now=now)


def restored(restoration: Restoration, now: datetime) -> None:
    new = snapshot(restoration, ("backup", "backup_created_at", "schedules", "executions_cancelled", "emails_held"))
    audit.record("backup.restored", _restoration(restoration), new=new, now=now)


def resumed(restoration: Restoration, enabled: int, refused: int, now: datetime) -> None:
    new = {"enabled": enabled, "refused": refused}
    audit.record("backup.resumed", _restoration(restoration), new=new, now=now)


def _restoration(restoration: Restoration) -> Target:
    return Target("restoration", str(restoration.pk), restoration.backup)
