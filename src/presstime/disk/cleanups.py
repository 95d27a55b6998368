"""Cleaning up as a job of the workers: asked for, done in batches, its progress kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from presstime.accounts.models import User
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict, Invalid
from presstime.disk import audited, cleaning, queries, survey
from presstime.disk.models import Cleanup
from presstime.disk.states import AUTOMATIC, Action, CleanupStatus
from presstime.web.wording import plural, size

log = logging.getLogger("presstime.disk")

LEASE = timedelta(minutes=10)  # for one batch
KEEP = timedelta(days=90)


def request(actions: Sequence[Action], by: User | None, now: datetime) -> Cleanup:
    """Ask for a cleanup; Conflict while another waits or is under way."""
    planned = cleaning.find(settings.CONFIGURATION, now, dict.fromkeys(actions))
    with transaction.atomic():
        if queries.unfinished_cleanup() is not None:
            raise Conflict("A cleanup is under way already. Wait for its end.")
        names = [action.value for action in dict.fromkeys(actions)]
        cleanup = Cleanup(
            actions=names,
            remaining=names,
            requested_by=by,
            requested_at=now,
            planned_bytes=sum(each.bytes for each in planned),
        )
        queries.add_cleanup(cleanup)
        audited.requested(cleanup, now)
    return cleanup


def request_what_is_due(configuration: Configuration, now: datetime) -> bool:
    """Ask for what is removed by itself, if there is any; whether there is."""
    with transaction.atomic():
        queries.forget_cleanups(now - KEEP)
    due = [found.action for found in cleaning.find(configuration, now, AUTOMATIC)]
    if not due or queries.unfinished_cleanup() is not None:
        return False
    request(due, None, now)
    return True


def go_on(configuration: Configuration, now: datetime) -> bool:
    """Remove the next batch of the cleanup that is asked for; False when there is none. The step of a loop."""
    with transaction.atomic():
        cleanup = queries.claim_cleanup(now, LEASE)
    if cleanup is None:
        return False
    try:
        _go_on(cleanup, configuration, now)
    except (OSError, Invalid) as error:
        log.warning("cleanup %s: %s", cleanup.pk, error)
        reason = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else str(error)
        with transaction.atomic():
            _finish(cleanup, CleanupStatus.FAILED, now, reason)
    return True


def _go_on(cleanup: Cleanup, configuration: Configuration, now: datetime) -> None:
    remaining = list(cleanup.remaining)
    batch = cleaning.Batch(0, 0, more=False)
    if remaining:
        batch = cleaning.remove(Action(remaining[0]), configuration, now)
        remaining = remaining if batch.more else remaining[1:]
    with transaction.atomic():
        queries.add_progress(cleanup, removed=batch.removed, freed=batch.freed, remaining=remaining)
        if not remaining:
            _finish(cleanup, CleanupStatus.SUCCEEDED, now)
    if not remaining:
        done = queries.get_cleanup(cleanup.pk)
        survey.keep(configuration, now)
        log.info("cleanup: removed %s, freed %s", plural(done.removed, "thing"), size(done.freed_bytes))


def _finish(cleanup: Cleanup, status: CleanupStatus, now: datetime, error: str = "") -> None:
    queries.finish_cleanup(cleanup, status, now, error)
    audited.finished(queries.get_cleanup(cleanup.pk), now)
