"""Queries of executions that wait for a source or for space, beside `queries`; they write no status."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from presstime.executions.models import Execution
from presstime.executions.queries import claimable
from presstime.executions.states import WaitingFor
from presstime.reports.models import Revision


def hold(reason: WaitingFor, now: datetime) -> int:
    """Let everything that could start at *now* wait for *reason*; how many."""
    return claimable(now).update(waiting_for=reason)


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
