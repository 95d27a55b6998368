"""Looks for planned runs that did not happen, and says so: a person must hear of what nobody notices.

A run that the catch-up policy left out is no alarm, nor is one of a schedule that was changed or switched off meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from django.db import transaction

from presstime.alerts import queries as alerts
from presstime.alerts.kinds import Kind
from presstime.alerts.service import clear, raise_alert
from presstime.executions import history
from presstime.executions import queries as executions
from presstime.schedules import firing, queries, watching
from presstime.schedules.models import MissedRun, Schedule

BATCH = 100
MOST_SETTLED = 2000
KEEP = timedelta(days=90)
QUEUE = "queue"
NAMED = 3

log = logging.getLogger("presstime.schedules")


class Watchdog:
    """The step of one worker; after its start it first gives the scheduler the time to make up for what passed."""

    def __init__(self, began_at: datetime) -> None:
        self._began_at = began_at

    def step(self, now: datetime) -> bool:
        """Judge what was planned up to two minutes ago; True when there is more."""
        self._began_at = min(self._began_at, now)  # a clock may go back
        if now - self._began_at < watching.TOLERANCE:
            return False
        _mend_after_clock(now)
        with transaction.atomic():
            schedules = queries.claim_to_watch(now - watching.TOLERANCE, BATCH)
            is_behind = [_judge(schedule, now) for schedule in schedules]
        with transaction.atomic():
            _settle(now)
        with transaction.atomic():
            _watch_queue(now)
        return len(schedules) == BATCH or any(is_behind)


def forget(now: datetime) -> None:
    """Remove what has been over for 90 days."""
    queries.forget_missed(now - KEEP)


# ---- planned instants -----------------------------------------------------------------------------------------------


def _judge(schedule: Schedule, now: datetime) -> bool:
    """Look at the instants that are due for it; True when some are left for the next look."""
    assert schedule.watch_at is not None
    until = now - watching.TOLERANCE
    found = watching.look(schedule, schedule.watch_at, until)
    missed = _missing(schedule.pk, found.expected)
    queries.watch_on(schedule.pk, found.watch_at)
    if found.broken:
        missed = [schedule.watch_at]
    if missed:
        queries.add_missed(schedule.pk, missed, now)
        _alarm(schedule, missed, found.broken, now)
    return found.watch_at is not None and found.watch_at <= until


def _missing(schedule_id: UUID, instants: Sequence[datetime]) -> list[datetime]:
    if not instants:
        return []
    fired = history.fired_instants(schedule_id, instants[0], instants[-1])
    if len(fired) == len(instants):  # nearly always
        return []
    return watching.missing(instants, fired, queries.passed_over_between(schedule_id, instants[0], instants[-1]))


def _alarm(schedule: Schedule, missed: Sequence[datetime], broken: str, now: datetime) -> None:
    named = ", ".join(f"{at:%Y-%m-%d %H:%M} UTC" for at in missed[:NAMED])
    more = f" and {len(missed) - NAMED:,} more" if len(missed) > NAMED else ""
    why = f" The schedule cannot be read: {broken}" if broken else ""
    detail = f"Nothing ran that was planned for {named}{more}.{why}"
    log.error("schedule %s: planned runs did not happen: %s", schedule.name, detail)
    raise_alert(
        Kind.RUN_MISSED,
        str(schedule.pk),
        title=f"“{schedule.name}” did not run as planned",
        detail=detail,
        link=f"/schedules/{schedule.pk}",
        now=now,
    )


def _settle(now: datetime) -> None:
    """Take back what has run after all, what a person knows of, and what is no longer wanted."""
    rows = queries.open_missed(MOST_SETTLED)
    for schedule, missed in groupby(rows, lambda row: row.schedule):
        done = _settled(schedule, list(missed))
        if done:
            settle(schedule.pk, done, now)


def settle(schedule_id: UUID, instants: Collection[datetime] | None, now: datetime) -> None:
    """Take back missed runs of a schedule, all of them with None; with the last of them the alert is over. In the caller's transaction."""
    if queries.settle_missed(schedule_id, now, instants) and not queries.has_open_missed(schedule_id):
        clear(Kind.RUN_MISSED, str(schedule_id), now=now)


def _settled(schedule: Schedule, missed: Sequence[MissedRun]) -> list[datetime]:
    instants = [each.planned_for for each in missed]
    is_wanted = schedule.enabled and schedule.deleted_at is None
    if not is_wanted or alerts.is_acknowledged(Kind.RUN_MISSED, str(schedule.pk)):
        return instants
    left = set(_missing(schedule.pk, instants))
    by_hand = {each.planned_for for each in missed if history.has_run_by_hand(schedule.pk, each.noted_at)}
    return [at for at in instants if at not in left or at in by_hand]


def give_up(schedule_id: UUID, now: datetime) -> None:
    """Take back what was missed of a schedule that is changed, switched off or deleted; last in a transaction."""
    if queries.settle_missed(schedule_id, now):
        clear(Kind.RUN_MISSED, str(schedule_id), now=now)


# ---- the queue ------------------------------------------------------------------------------------------------------


def _watch_queue(now: datetime) -> None:
    """Say once that executions could start and none does, and that it is over."""
    count, first = executions.unclaimed(now, now - watching.STUCK_AFTER)
    if first is None:
        clear(Kind.RUN_MISSED, QUEUE, now=now)
    elif not alerts.is_active(Kind.RUN_MISSED, QUEUE):
        name = first.schedule.name if first.schedule is not None else first.report.name
        waits = "1 execution waits" if count == 1 else f"{count:,} executions wait"
        minutes = int(watching.STUCK_AFTER.total_seconds()) // 60
        detail = (
            f"{waits} for a slot for more than {minutes} minutes, “{name}” since {first.run_at:%Y-%m-%d %H:%M} UTC. "
            "See that workers run, and whether PRESSTIME_CONCURRENCY is enough."
        )
        log.error("the queue: %s", detail)
        title = "Executions wait and do not start"
        raise_alert(Kind.RUN_MISSED, QUEUE, title=title, detail=detail, link="/executions?status=queued", now=now)


# ---- a clock that went back -----------------------------------------------------------------------------------------


def _mend_after_clock(now: datetime) -> None:
    """Plan anew what a clock that was ahead has put off; what has run already is not run again."""
    with transaction.atomic():
        seen_at = queries.mark(now)
    if not watching.clock_went_back(seen_at, now):
        return
    log.error("the clock went back from %s to %s: the schedules are planned anew", seen_at.isoformat(), now.isoformat())
    for schedule in queries.list_schedules(enabled=True).filter(next_run_at__isnull=False):
        try:
            at = firing.next_run_at(schedule, now)
        except (ValueError, ZoneInfoNotFoundError):  # it cannot be read, which the next look says
            continue
        if at is not None:
            queries.replan(schedule, at)
