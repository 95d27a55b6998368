"""The last executions of many schedules, in one query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Case, F, OuterRef, TextField, When
from django.db.models.functions import Cast

from presstime.database.joined import JoinedText
from presstime.database.periods import Seconds
from presstime.executions.history import RECENT_RUNS, RUNS_LOOKED_AT
from presstime.executions.models import Execution
from presstime.executions.states import Status
from presstime.schedules.models import Schedule

_LENGTH = When(status=Status.SUCCEEDED, then=Cast(Seconds("started_at", "finished_at"), TextField()))


def latest_statuses(schedules: Iterable[UUID], count: int) -> dict[UUID, list[str]]:
    """Of each schedule the statuses of its last *count* executions, newest first."""
    return _latest(schedules, F("status"), count)


def recent_runs(schedules: Iterable[UUID]) -> dict[UUID, list[float]]:
    """As `presstime.executions.history.recent_runs`, of each schedule."""
    found = _latest(schedules, Case(_LENGTH), RUNS_LOOKED_AT)
    return {key: [float(length) for length in lengths[:RECENT_RUNS]] for key, lengths in found.items()}


def _latest(schedules: Iterable[UUID], item: Any, count: int) -> dict[UUID, list[str]]:
    newest = Execution.objects.filter(schedule=OuterRef("pk")).order_by("-queued_at")
    joined = JoinedText(newest.annotate(item=item).values("item")[:count])
    rows = Schedule.objects.filter(pk__in=list(schedules)).order_by().annotate(joined=joined)
    return {key: text.split(",") if text else [] for key, text in rows.values_list("pk", "joined")}
