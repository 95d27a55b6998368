"""Queries of executions that wait for a source or for space, beside `queries`; they write no status."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from presstime.database.guard import bookkeeping
from presstime.executions.models import Execution
from presstime.executions.queries import claimable
from presstime.executions.states import UNFINISHED, Status, WaitingFor
from presstime.reports.models import Revision

_COUNTED = "the disk guard lets executions wait"


@bookkeeping(_COUNTED)
def hold(reason: WaitingFor, now: datetime) -> int:
    """Let everything that could start at *now* wait for *reason*; how many."""
    return claimable(now).update(waiting_for=reason)


def unfinished_by_status() -> dict[Status, int]:
    """How many executions are in each status that is not the end."""
    rows = Execution.objects.filter(status__in=sorted(UNFINISHED)).order_by().values_list("status")
    return dict.fromkeys(sorted(UNFINISHED), 0) | {Status(s): n for s, n in rows.annotate(number=Count("*"))}


def by_reason(now: datetime) -> dict[str, int]:
    """How many executions wait for what; for a slot those that could start, "later" those whose moment has not come."""
    waiting = Execution.objects.filter(lease_until__isnull=True, finished_at__isnull=True).order_by()
    rows = dict(waiting.values_list("waiting_for").annotate(number=Count("*")))
    due = claimable(now).count()
    free = rows.pop(WaitingFor.NOTHING, 0)
    named = {reason.value: rows.get(reason, 0) for reason in WaitingFor if reason}
    return named | {WaitingFor.SLOT.value: named[WaitingFor.SLOT] + due, "later": max(0, free - due)}


def oldest_due_at(now: datetime) -> datetime | None:
    """Since when the execution has been due that could start longest."""
    return claimable(now).order_by("run_at").values_list("run_at", flat=True).first()


@bookkeeping(_COUNTED)
def release(reason: WaitingFor = WaitingFor.BREAKER) -> int:
    """Let all go on that wait for *reason*; how many."""
    return _held(reason).update(waiting_for=WaitingFor.NOTHING)


def is_any_held(reason: WaitingFor) -> bool:
    return _held(reason).exists()


def _held(reason: WaitingFor) -> QuerySet[Execution]:
    return Execution.objects.filter(lease_until__isnull=True, finished_at__isnull=True, waiting_for=reason)


def definition_of(revision_id: UUID) -> str:
    """The text of a revision."""
    return Revision.objects.values_list("definition", flat=True).get(pk=revision_id)
