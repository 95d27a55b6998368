"""What a restored database may not do by itself: run its schedules and send again what was on its way.

Between the backup and the restore an unknown part of it has happened. A person looks and resumes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.dispatch import Signal

from presstime.accounts.models import User
from presstime.backups import audited, queries
from presstime.backups.models import Restoration
from presstime.base.errors import Conflict, Invalid, NotFound
from presstime.executions import service as executions
from presstime.mail import service as mail
from presstime.schedules import service as schedules

# Sent with `restoration`, in the transaction that pauses: who keeps a chain over time (the audit log) begins a new
# epoch here.
restored: Final = Signal()

log = logging.getLogger("presstime.backups")


@dataclass(frozen=True, slots=True)
class Paused:
    schedules: list[str]
    executions_cancelled: int
    emails_held: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """`enabled` schedules run again; `refused` ones have a problem that a person must mend."""

    enabled: int
    refused: list[str]


def pause(backup: str, created_at: datetime, now: datetime) -> Paused:
    """Switch every schedule off, cancel what was queued or running, hold what was in the mail queue; all noted."""
    note = f"Restored from the backup of {created_at:%Y-%m-%d %H:%M} UTC."
    with transaction.atomic():
        paused = Paused(
            [str(each) for each in schedules.pause_all(f"{note} They wait until a person resumes.", now)],
            executions.cancel_unfinished(f"{note} It was unfinished then and may have been sent since.", now),
            mail.hold_queued(f"{note} It was in the queue then and may have been sent since.", now),
        )
        restoration = Restoration(
            restored_at=now,
            backup=backup,
            backup_created_at=created_at,
            schedules=paused.schedules,
            executions_cancelled=paused.executions_cancelled,
            emails_held=paused.emails_held,
        )
        earlier = queries.find_restoration()
        if earlier is not None:  # the backup itself was of a paused installation
            restoration.schedules = sorted({*paused.schedules, *earlier.schedules})
            queries.close_restorations(now, None)
        queries.add_restoration(restoration)
        audited.restored(restoration, now)
        restored.send(sender=Restoration, restoration=restoration)
    return paused


def find_waiting() -> Restoration | None:
    """The restoration from which nobody has resumed; None in daily life."""
    return queries.find_restoration()


def resume(by: User | None, now: datetime) -> Resumed:
    """Switch on again the schedules that the restore had switched off; what passed meanwhile is not made up for."""
    with transaction.atomic():
        restoration = queries.lock_restoration()
        if restoration is None:
            raise Conflict("Nothing is paused: there was no restore, or somebody has resumed since.")
        enabled, refused = 0, []
        for identity in restoration.schedules:
            try:
                schedules.enable(identity, now)
            except NotFound:
                continue  # deleted meanwhile
            except Invalid as error:
                refused.append(f"{identity}: {error}")
            else:
                enabled += 1
        queries.close_restorations(now, by.pk if by else None)
        audited.resumed(restoration, enabled, len(refused), now)
    log.warning("resumed after the restore of %s: %d schedule(s) run again", restoration.backup, enabled)
    return Resumed(enabled, refused)
