"""The audit log and backups: each backup carries a checkpoint, each restore begins an epoch."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction

from presstime.audit import checkpoints, epochs, queries
from presstime.backups import manifest_extras
from presstime.backups.models import Restoration
from presstime.backups.restorations import restored
from presstime.base import clock
from presstime.base.errors import Conflict

NAME = "audit_checkpoint"

log = logging.getLogger("presstime.audit")


def register() -> None:
    manifest_extras.register(NAME, newest_checkpoint)
    restored.connect(on_restored, dispatch_uid="audit-epoch")


def newest_checkpoint() -> str | None:
    """A checkpoint of now; of a log that does not continue its last one, that last one. A backup never fails of it."""
    try:
        with transaction.atomic():
            return checkpoints.fresh(settings.CONFIGURATION, clock.now()).note
    except Conflict:
        last = queries.find_last_checkpoint()
        return last.note if last else None
    except DatabaseError as error:
        log.warning("the backup carries no checkpoint of the audit log: %s", error)
        return None


def on_restored(restoration: Restoration, **_: Any) -> None:
    """In the transaction that pauses the restored database."""
    epochs.begin_after_restore(
        settings.CONFIGURATION,
        replaced=checkpoints.read_witness(settings.CONFIGURATION),
        backup=restoration.backup,
        now=restoration.restored_at,
    )
