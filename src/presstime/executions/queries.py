"""Every query of executions, and the only place that writes their status: compare-and-set from the TRANSITIONS table.

A worker speaks for an execution only under the fence (the attempt's number) that its claim gave it. What it writes
counts when the execution is still running under that fence; otherwise nothing is written and False comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from presstime.accounts import sight
from presstime.base.errors import NotFound
from presstime.database.guard import bookkeeping
from presstime.executions import tallies
from presstime.executions.faults import Fault
from presstime.executions.models import Attempt, Execution
from presstime.executions.states import (
    CLAIMABLE,
    PRIORITY_REQUEUED,
    UNFINISHED,
    AttemptStatus,
    Status,
    Trigger,
    WaitingFor,
    before,
)
from presstime.reports.models import Report

_OWN_WORK = "what the worker that runs an execution says of it"

HELD_AT_ONCE = 50  # in one transaction, which keeps others waiting
NAMED = ("schedule", "report")
_RELATED = (*NAMED, "revision")
_NO_ERROR = {
    "error_category": "",
    "error_code": "",
    "error_message": "",
    "error_hint": "",
    "error_detail": "",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of executions is narrowed to; None leaves a field open. `schedule` is an id or a name."""

    schedule: str | None = None
    status: Sequence[Status] = ()
    error_category: str | None = None
    trigger: Trigger | None = None
    since: datetime | None = None  # of queued_at, inclusive
    until: datetime | None = None  # exclusive


@dataclass(frozen=True, slots=True)
class Orders:
    """What a supervisor must know about the execution that it watches."""

    cancel_requested: bool
    timeout_seconds: int


# ---- reading --------------------------------------------------------------------------------------------------------


def get_execution(reference: str | UUID) -> Execution:
    """The execution with that id, with its schedule, report and revision; NotFound when there is none."""
    try:
        return _visible().select_related(*_RELATED).get(pk=reference)
    except (Execution.DoesNotExist, ValidationError, ValueError):
        raise NotFound.of("execution", reference) from None


def _visible() -> QuerySet[Execution]:
    """The executions of reports that whoever looks may see."""
    return sight.seen(Execution.objects.all(), "report", "report")


def list_executions(narrowed: Filter) -> QuerySet[Execution]:
    """Executions that *narrowed* lets through, newest first; a page adds `select_related(*NAMED)`, see also `names_of`."""
    found = _visible()
    if narrowed.schedule is not None:
        found = found.filter(schedule__in=_schedules(narrowed.schedule))
    if narrowed.status:
        found = found.filter(status__in=list(narrowed.status))
    if narrowed.error_category is not None:
        found = found.filter(error_category=narrowed.error_category)
    if narrowed.trigger is not None:
        found = found.filter(trigger=narrowed.trigger)
    if narrowed.since is not None:
        found = found.filter(queued_at__gte=narrowed.since)
    if narrowed.until is not None:
        found = found.filter(queued_at__lt=narrowed.until)
    return found


def _schedule_rows() -> QuerySet[Any]:
    schedules: Any = apps.get_model("schedules", "Schedule")  # by name: the package lies above this one
    rows: QuerySet[Any] = schedules.objects.all()
    return rows


def _schedules(reference: str) -> list[UUID]:
    """The schedules of that id or name, deleted ones too; asked first, since the index on executions needs their ids."""
    wanted = Q(name=reference)
    with suppress(ValueError):
        wanted |= Q(pk=UUID(reference))
    return list(_schedule_rows().filter(wanted).values_list("pk", flat=True))


def orders(execution: Execution) -> Orders | None:
    """What is asked of a running execution now; None when this fence no longer speaks for it."""
    row = _held(execution).values_list("cancel_requested_at", "timeout_seconds").first()
    return None if row is None else Orders(cancel_requested=row[0] is not None, timeout_seconds=row[1])


def names_of(executions: Collection[Execution]) -> dict[UUID | None, str]:
    """The names of their schedules and reports, by id."""
    # Hundreds of joined rows take longer to become objects than all the rest of a long list.
    schedules = _schedule_rows().filter(pk__in={each.schedule_id for each in executions})
    reports = Report.objects.filter(pk__in={each.report_id for each in executions})
    return dict(schedules.values_list("pk", "name")) | dict(reports.values_list("pk", "name"))


def attempts_of(executions: Collection[UUID]) -> list[Attempt]:
    """The attempts of these executions, the first ones first."""
    return list(Attempt.objects.filter(execution__in=executions).order_by("number"))


def failures(execution: Execution) -> int:
    """How many attempts failed; those that were lost with their worker do not count."""
    return Attempt.objects.filter(execution=execution, status=AttemptStatus.FAILED).count()


def unclaimed(now: datetime, since: datetime) -> tuple[int, Execution | None]:
    """How many executions could start and have been due since *since* or longer, and the one that waits longest."""
    stuck = claimable(now).filter(run_at__lte=since)
    return stuck.count(), stuck.select_related("schedule", "report").order_by("run_at").first()


def schedule_names() -> list[str]:
    """Names of the schedules that have executions."""
    named = _visible().filter(schedule__isnull=False).order_by("schedule__name")
    return list(named.values_list("schedule__name", flat=True).distinct())


# ---- queueing and claiming ------------------------------------------------------------------------------------------


def add(execution: Execution) -> bool:
    """Queue *execution*; False when the same firing is there already."""
    try:
        with transaction.atomic():  # a savepoint: a refused row must not end the caller's transaction
            execution.save(force_insert=True)
    except IntegrityError:
        if not _is_fired(execution):
            raise
        return False
    return True


def _is_fired(execution: Execution) -> bool:
    return Execution.objects.filter(
        schedule=execution.schedule_id,
        scheduled_for=execution.scheduled_for,
        trigger__in=[Trigger.SCHEDULE, Trigger.CATCH_UP],
    ).exists()


@bookkeeping(_OWN_WORK)
def claim(
    node: str, now: datetime, lease_until: datetime, is_held: Callable[[Execution], bool] = lambda _: False
) -> Execution | None:
    """The next execution that is due, now running on *node* under a new fence; None when nothing waits.

    One claimer wins: PostgreSQL skips rows that another has locked; SQLite knows no row locks, but its transactions
    begin IMMEDIATE and let one in at a time. Those for which *is_held* says so wait for a breaker from here on.
    """
    ready = claimable(now)
    while ready.exists():  # a look takes no lock; most looks find nothing
        with transaction.atomic():
            row, held = _first_free(ready, is_held)
            if row is not None and _start(row, node, now, lease_until):
                return get_execution(row.pk)
        if not held:
            return None
    return None


def _first_free(ready: QuerySet[Execution], is_held: Callable[[Execution], bool]) -> tuple[Execution | None, int]:
    """The first that is not held, locked, and how many were on the way to it; after some without it is None."""
    rows = ready.select_for_update(skip_locked=True).order_by("priority", "run_at", "id")
    for held in range(HELD_AT_ONCE):
        row = rows.first()
        if row is None or not is_held(row):
            return row, held
        Execution.objects.filter(pk=row.pk).update(waiting_for=WaitingFor.BREAKER)
    return None, HELD_AT_ONCE


def claimable(now: datetime) -> QuerySet[Execution]:
    """What could start at *now*, in any order.

    The two NULLs say queued or retrying, and lead to the index `execution_ready`; with the status in words SQLite takes
    the index of the status and sorts the whole backlog at every claim.
    """
    at_rest = Execution.objects.filter(lease_until__isnull=True, finished_at__isnull=True)
    return at_rest.filter(run_at__lte=now, waiting_for="")


def _start(row: Execution, node: str, now: datetime, lease_until: datetime) -> bool:
    fence = row.fence + 1
    started = _move(
        Execution.objects.filter(pk=row.pk, fence=row.fence),
        Status.RUNNING,
        fence=fence,
        node=node,
        lease_until=lease_until,
        started_at=now,
        finished_at=None,
        stage="",
    )
    if started:
        Attempt.objects.create(
            execution=row, number=fence, node=node, started_at=now, timeout_seconds=row.timeout_seconds
        )
        tallies.count_start(row, now)
    return started


# ---- speaking for a running execution -------------------------------------------------------------------------------


@bookkeeping(_OWN_WORK)
def renew(execution: Execution, lease_until: datetime) -> bool:
    """Hold the lease until *lease_until*; False when it is no longer ours."""
    return _held(execution).update(lease_until=lease_until) == 1


@bookkeeping(_OWN_WORK)
def set_stage(execution: Execution, stage: str) -> None:
    """Say what a running execution is doing."""
    _held(execution).update(stage=stage[:100])


@bookkeeping(_OWN_WORK)
def finish(execution: Execution, *, note: str, timings: dict[str, float], now: datetime) -> bool:
    """Mark it succeeded; inside the transaction that also keeps its artifacts and its mail."""
    if not _move(_held(execution), Status.SUCCEEDED, finished_at=now, note=note, **_at_rest(), **_NO_ERROR):
        return False
    _close(execution, AttemptStatus.SUCCEEDED, now, timings)
    return True


@bookkeeping(_OWN_WORK)
def retry_later(execution: Execution, fault: Fault, *, at: datetime, timings: dict[str, float], now: datetime) -> bool:
    """Mark the attempt failed and the execution waiting for its next one."""
    if not _move(_held(execution), Status.RETRYING, run_at=at, **_at_rest(), **_error(fault)):
        return False
    _close(execution, AttemptStatus.FAILED, now, timings, fault)
    return True


@bookkeeping(_OWN_WORK)
def bury(execution: Execution, fault: Fault, *, timings: dict[str, float], now: datetime) -> bool:
    """Mark the attempt failed and the execution dead."""
    if not _move(_held(execution), Status.DEAD, finished_at=now, **_at_rest(), **_error(fault)):
        return False
    _close(execution, AttemptStatus.FAILED, now, timings, fault)
    return True


@bookkeeping(_OWN_WORK)
def stop(execution: Execution, now: datetime) -> bool:
    """Mark a running execution cancelled."""
    if not _move(_held(execution), Status.CANCELLED, finished_at=now, **_at_rest()):
        return False
    _close(execution, AttemptStatus.CANCELLED, now, {})
    return True


@bookkeeping(_OWN_WORK)
def give_back(execution: Execution, fault: Fault, now: datetime) -> bool:
    """Queue a running execution again, ahead of scheduled ones; its attempt is lost."""
    priority = min(execution.priority, PRIORITY_REQUEUED)
    if not _move(_held(execution), Status.QUEUED, run_at=now, priority=priority, **_at_rest()):
        return False
    _close(execution, AttemptStatus.LOST, now, {}, fault)
    return True


# ---- asking for something -------------------------------------------------------------------------------------------


def cancel_waiting(execution_id: UUID, now: datetime) -> bool:
    """Cancel an execution that does not run."""
    waiting = Execution.objects.filter(pk=execution_id, status__in=sorted(CLAIMABLE))
    return _move(waiting, Status.CANCELLED, finished_at=now, waiting_for=WaitingFor.NOTHING)


def unfinished() -> list[Execution]:
    """Whatever waits or runs, locked for the transaction."""
    found = Execution.objects.filter(status__in=sorted(UNFINISHED)).select_related("schedule")
    return list(found.select_for_update(of=("self",)).order_by("pk"))


def set_note(execution_id: UUID, note: str) -> None:
    Execution.objects.filter(pk=execution_id).update(note=note)


def request_cancel(execution_id: UUID, now: datetime) -> bool:
    """Ask the supervisor of a running execution to stop it; asking twice keeps the first moment."""
    running = Execution.objects.filter(pk=execution_id, status=Status.RUNNING)
    running.filter(cancel_requested_at__isnull=True).update(cancel_requested_at=now)
    return running.exists()


def set_timeout(execution_id: UUID, seconds: int) -> bool:
    """Give an unfinished execution another time limit."""
    return Execution.objects.filter(pk=execution_id, status__in=sorted(UNFINISHED)).update(timeout_seconds=seconds) == 1


def make_due(execution_id: UUID, now: datetime) -> bool:
    """Let an execution that waits for its next attempt be due at *now*; False when it does not wait for one."""
    waiting = Execution.objects.filter(pk=execution_id, status=Status.RETRYING)
    waiting.filter(run_at__gt=now).update(run_at=now)
    return waiting.exists()


# ---- workers that were lost -----------------------------------------------------------------------------------------


def expired(now: datetime) -> QuerySet[Execution]:
    """Running executions whose lease has run out, locked for the transaction."""
    return _running().filter(lease_until__lt=now)


def running_on(node: str) -> QuerySet[Execution]:
    """Running executions of *node*, locked for the transaction."""
    return _running().filter(node=node)


def _running() -> QuerySet[Execution]:
    leased = Execution.objects.filter(lease_until__isnull=False, status=Status.RUNNING)
    return leased.select_for_update(skip_locked=True)


@bookkeeping(_OWN_WORK)
def count_crash(execution: Execution, now: datetime) -> int:
    """Count a lost worker against *execution*; the number so far."""
    tallies.count_loss(now)
    _held(execution).update(crashes=F("crashes") + 1)
    return execution.crashes + 1


# ---- compare-and-set ------------------------------------------------------------------------------------------------


def _held(execution: Execution) -> QuerySet[Execution]:
    return Execution.objects.filter(pk=execution.pk, fence=execution.fence, status=Status.RUNNING)


def _move(rows: QuerySet[Execution], status: Status, **changes: Any) -> bool:
    """Move one row to *status* if the table allows it from where the row is now."""
    return rows.filter(status__in=sorted(before(status))).update(status=status, **changes) == 1


def _at_rest() -> dict[str, Any]:
    return {"lease_until": None, "stage": "", "cancel_requested_at": None}


def _error(fault: Fault) -> dict[str, str]:
    return {
        "error_category": fault.category.value,
        "error_code": fault.code[:40],
        "error_message": fault.message,
        "error_hint": fault.hint,
        "error_detail": fault.detail,
    }


def _close(
    execution: Execution, status: AttemptStatus, now: datetime, timings: dict[str, float], fault: Fault | None = None
) -> None:
    changes: dict[str, Any] = _error(fault) if fault else {}
    Attempt.objects.filter(execution=execution, number=execution.fence).update(
        status=status, finished_at=now, timings=timings, timeout_seconds=execution.timeout_seconds, **changes
    )
