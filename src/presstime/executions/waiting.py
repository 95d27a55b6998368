"""Queries of executions that wait for a source, beside `queries`; they write no status."""

from __future__ import annotations

from uuid import UUID

from presstime.executions.models import Execution
from presstime.executions.states import WaitingFor
from presstime.reports.models import Revision


def release() -> int:
    """Let all go on that wait for a breaker; how many."""
    held = Execution.objects.filter(lease_until__isnull=True, finished_at__isnull=True, waiting_for=WaitingFor.BREAKER)
    return held.update(waiting_for=WaitingFor.NOTHING)


def definition_of(revision_id: UUID) -> str:
    """The text of a revision."""
    return Revision.objects.values_list("definition", flat=True).get(pk=revision_id)
