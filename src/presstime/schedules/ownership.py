"""What becomes of schedules whose owner leaves: they are paused and say so, and go on with whoever takes them over."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from presstime.accounts import sight
from presstime.accounts.belongings import Belonging, Kind
from presstime.accounts.models import User
from presstime.alerts import kinds
from presstime.alerts.service import clear, raise_alert
from presstime.base.errors import Conflict, Invalid
from presstime.schedules import audited, firing, pausing, queries
from presstime.schedules.models import Schedule

log = logging.getLogger("presstime.schedules")


def is_orphaned(schedule: Schedule) -> bool:
    """Whether its owner is switched off. A schedule that nobody owns, made by the command line, is not."""
    return schedule.owner is not None and not schedule.owner.is_active


def refuse_orphan(schedule: Schedule) -> None:
    """Conflict when *schedule*, about to be switched on, has an owner who is switched off."""
    if schedule.owner is not None and not schedule.owner.is_active:
        name = schedule.owner.username
        raise Conflict(
            f'Its owner "{name}" is switched off. Hand it over first, on the page of "{name}" '
            f"or with: presstime user hand-over {name} NAME."
        )


def owned_by(user: User) -> Sequence[Belonging]:
    """The schedules of *user*, for the page that says what they own."""
    return [
        Belonging(
            str(schedule.pk), schedule.name, f"/schedules/{schedule.pk}", "" if schedule.enabled else _note(schedule)
        )
        for schedule in queries.owned_by(user.pk)
    ]


def after_switching(user: User, now: datetime) -> None:
    """Pause the schedules of *user* when they are switched off, let those go on when they are let in again."""
    if user.is_active:
        paused = [schedule for schedule in queries.lock_owned_by(user.pk) if schedule.paused_with_owner]
        clear(kinds.Kind.OWNER_DISABLED, str(user.pk), now=now)
        _go_on(paused, now)
    else:
        pause_with_owner(user, now)


def pause_with_owner(user: User, now: datetime) -> None:
    """Switch off what *user* owns and is on, with the reason, and tell the administrators; in the caller's transaction."""
    running = [schedule for schedule in queries.lock_owned_by(user.pk) if schedule.enabled]
    if not running:
        return
    reason = f'Its owner "{user.username}" is switched off. It goes on when it is handed over to somebody else.'
    for schedule in running:
        schedule.enabled, schedule.paused_with_owner = False, True
        schedule.next_run_at = schedule.watch_at = None
        schedule.paused_at, schedule.paused_reason, schedule.updated_at = now, reason, now
        queries.save(schedule)
    count = f"{len(running)} schedule{'' if len(running) == 1 else 's'}"
    raise_alert(
        kinds.Kind.OWNER_DISABLED,
        str(user.pk),
        title=f'{count} of "{user.username}" {"is" if len(running) == 1 else "are"} paused: the owner is switched off',
        # Without their names: a group may hide them from some of those who see alerts.
        detail="Their page says which. Hand them over to somebody who stays; they go on with the new owner.",
        link=f"/users/{user.pk}",
        now=now,
    )
    for schedule in running:
        audited.paused(schedule, reason, now)
    transaction.on_commit(partial(log.error, "%s of %s paused: the owner is switched off", count, user.username))


def hand_over(schedule: Schedule, owner: User, now: datetime) -> None:
    """Make *owner* the one who answers for *schedule*, locked by the caller; what waited for that goes on."""
    before = audited.kept(schedule)
    schedule.owner, schedule.updated_at = owner, now
    queries.save(schedule)
    audited.handed_over(schedule, before, now)
    if schedule.paused_with_owner and owner.is_active:
        _go_on([schedule], now)


def hand_over_all(leaving: User, to: User, now: datetime) -> int:
    """Make *to* the owner of every schedule of *leaving*, in the caller's transaction; how many."""
    schedules = queries.lock_owned_by(leaving.pk)
    with sight.of(to):
        unseen = [schedule.name for schedule in schedules if schedule.report_id in sight.hidden("report")]
    if unseen:
        listed = ", ".join(f'"{name}"' for name in unseen)
        raise Invalid.of(
            "to", f'"{to.username}" may not see the reports of {listed}. Add them to a group of these first.'
        )
    clear(kinds.Kind.OWNER_DISABLED, str(leaving.pk), now=now)
    for schedule in schedules:
        hand_over(schedule, to, now)
    return len(schedules)


def _go_on(schedules: Sequence[Schedule], now: datetime) -> None:
    for schedule in schedules:
        before = audited.kept(schedule)
        pausing.forget(schedule)
        schedule.enabled, schedule.updated_at = True, now
        schedule.next_run_at = schedule.watch_at = firing.next_run_at(schedule, now)
        queries.save(schedule)
        audited.changed(schedule, before, now)


def _note(schedule: Schedule) -> str:
    return "paused" if schedule.paused_at else "off"


KIND = Kind("schedule", owned_by, hand_over_all, after_switching)
