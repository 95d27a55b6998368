"""Use cases of executions: one transaction each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base.errors import Conflict, Forbidden, Invalid
from presstime.executions import alarms, artifact_queries, audited, faults, holding, links, queries
from presstime.executions.dispatch import Dispatcher, local
from presstime.executions.endings import announce, announce_failure
from presstime.executions.faults import Fault
from presstime.executions.files import Placed
from presstime.executions.models import Artifact, Execution
from presstime.executions.states import (
    MAXIMUM_CRASHES,
    PRIORITY_MANUAL,
    PRIORITY_SCHEDULED,
    Retry,
    RetryPolicy,
    Status,
    Trigger,
    decide,
)
from presstime.mail import service as mail
from presstime.mail.composition import Composed
from presstime.mail.states import Priority
from presstime.reports.models import Report, Revision

LONGEST_TIMEOUT = timedelta(days=1)
USUAL_TIMEOUT_SECONDS = (300, 7200)  # beyond, administrators only

_PRIORITIES = {Trigger.MANUAL: PRIORITY_MANUAL, Trigger.RETRY: PRIORITY_MANUAL}
_NOTE_NOBODY = "Nothing was sent: there are no recipients."
_NOTE_NO_ROWS = "Nothing was sent: the queries gave no rows, and this schedule sends only when there are some."


@dataclass(frozen=True)
class NewExecution:
    """What is to be run, copied in so that later edits of the schedule do not change it."""

    report: Report
    revision: Revision
    trigger: Trigger
    scheduled_for: datetime
    timezone: str
    timeout_seconds: int
    parameters: dict[str, Any] = field(default_factory=dict)
    formats: list[str] = field(default_factory=list)
    recipients: dict[str, list[str]] = field(default_factory=dict)
    reply_to: str = ""
    is_test: bool = False
    send_when: str = "always"
    schedule_id: UUID | None = None
    output_path: str = ""
    retries: int | None = None
    requested_by_id: UUID | None = None
    origin_id: UUID | None = None
    run_at: datetime | None = None  # not before; at once when it is None
    priority: int | None = None  # that of the trigger when it is None


def dispatcher() -> Dispatcher:
    """The dispatcher of this installation."""
    return local(settings.CONFIGURATION)


def enqueue(new: NewExecution, now: datetime) -> Execution | None:
    """Queue an execution in the caller's transaction; None when this firing (schedule, instant) is there already."""
    execution = Execution(
        schedule_id=new.schedule_id,
        report=new.report,
        revision=new.revision,
        trigger=new.trigger,
        scheduled_for=new.scheduled_for,
        origin_id=new.origin_id,
        requested_by_id=new.requested_by_id,
        timezone=new.timezone,
        parameters=new.parameters,
        formats=new.formats,
        recipients=new.recipients,
        reply_to=new.reply_to,
        is_test=new.is_test,
        send_when=new.send_when,
        output_path=new.output_path,
        retries=new.retries,
        timeout_seconds=new.timeout_seconds,
        priority=_PRIORITIES.get(new.trigger, PRIORITY_SCHEDULED) if new.priority is None else new.priority,
        run_at=new.run_at or now,
        queued_at=now,
    )
    if not queries.add(execution):
        return None
    dispatcher().enqueue(execution)
    return execution


def claim(node: str, now: datetime, lease_until: datetime) -> Execution | None:
    """The next execution that is due, now running on *node*; what waits for a source is marked so and passed over."""
    return queries.claim(node, now, lease_until, holding.is_held)


def cancel(reference: str | UUID, now: datetime) -> Execution:
    """Cancel a waiting execution at once, or ask for the end of a running one; Conflict when it has ended."""
    with transaction.atomic():
        execution = queries.get_execution(reference)
        if queries.cancel_waiting(execution.pk, now):
            announce(execution, Status.CANCELLED, now)
        elif not queries.request_cancel(execution.pk, now):
            raise Conflict(f"This execution has ended already: it is {execution.status}.")
        audited.cancelled(execution, now)
    return queries.get_execution(execution.pk)


def retry_now(reference: str | UUID, now: datetime) -> Execution:
    """Begin the next attempt of an execution that waits for it at once; Conflict when it does not wait for one."""
    with transaction.atomic():
        execution = queries.get_execution(reference)
        if not queries.make_due(execution.pk, now):
            raise Conflict(_no_retry(execution))
        audited.retried(execution, now)
        dispatcher().enqueue(execution)
    return queries.get_execution(execution.pk)


def _no_retry(execution: Execution) -> str:
    hint = {
        Status.DEAD: "Retry its dead letter instead.",
        Status.QUEUED: "It begins by itself as soon as it can.",
        Status.RUNNING: "Its attempt is under way.",
    }
    advice = hint.get(Status(execution.status), "Run its schedule instead.")
    return f"This execution does not wait for another attempt: it is {execution.status}. {advice}"


def change_timeout(reference: str | UUID, seconds: int) -> Execution:
    """Give an unfinished execution another limit; a running one is stopped at once when it has used that up."""
    longest = int(LONGEST_TIMEOUT.total_seconds())
    if not 1 <= seconds <= longest:
        raise Invalid.of("timeout_seconds", f"{seconds} is not between 1 and {longest} seconds.")
    with transaction.atomic():
        execution = queries.get_execution(reference)
        if not queries.set_timeout(execution.pk, seconds):
            raise Conflict(f"This execution has ended already: it is {execution.status}.")
        audited.timeout_changed(execution, seconds)
    return queries.get_execution(execution.pk)


def check_timeout(seconds: int, by: User | None) -> None:
    """Refuse a limit that *by* may not give to a single execution; None is the command line, which may do anything.

    Invalid outside 1 second to a day; Forbidden outside 300-7200 seconds to those without the right to override.
    """
    longest = int(LONGEST_TIMEOUT.total_seconds())
    if not 1 <= seconds <= longest:
        raise Invalid.of("timeout_seconds", f"{seconds} is not a number of seconds from 1 to {longest}.")
    low, high = USUAL_TIMEOUT_SECONDS
    if not low <= seconds <= high and by is not None and not by.can(Right.EXECUTIONS_OVERRIDE):
        raise Forbidden(
            f"A limit outside {low}-{high} seconds needs the right {Right.EXECUTIONS_OVERRIDE}, which administrators have."
        )


def note_download(artifact: Artifact, now: datetime, *, by_link: bool = False) -> None:
    """Keep who has taken a file; by a link it is counted as well."""
    with transaction.atomic():
        if by_link:
            links.count(artifact, now)
        audited.downloaded(artifact, now, by_link=by_link)


# ---- what a supervisor says about the execution that it runs --------------------------------------------------------


def succeed(execution: Execution, placed: Placed, now: datetime) -> bool:
    """Keep the files, the mail and the state in one transaction; False when the fence has passed on."""
    with transaction.atomic():
        note = _note(execution, placed)
        if not queries.finish(execution, note=note, timings=dict(placed.done.timings), now=now):
            return False
        artifact_queries.add_artifacts(_artifacts(execution, placed, now), now)
        _enqueue_mail(execution, placed, now)
        announce(execution, Status.SUCCEEDED, now)
        alarms.after_success(execution, now)
        holding.after_success(execution, now)
    return True


def _note(execution: Execution, placed: Placed) -> str:
    """What history says of it: which queries a cap ended, and why nothing was sent."""
    notes = list(placed.done.cuts)
    if placed.done.mail is None:
        notes.append(_NOTE_NO_ROWS if has_recipients(execution) else _NOTE_NOBODY)
    return " ".join(notes)


def has_recipients(execution: Execution) -> bool:
    """Whether anybody is to be written to."""
    return any(execution.recipients.values())


def _artifacts(execution: Execution, placed: Placed, now: datetime) -> list[Artifact]:
    return [
        Artifact(
            execution=execution,
            name=file.name,
            format=file.format,
            media_type=file.media_type,
            path=f"{placed.folder}/{file.name}",
            bytes=file.bytes,
            sha256=file.sha256,
            rows=file.rows,
            created_at=now,
        )
        for file in placed.done.files
    ]


def _enqueue_mail(execution: Execution, placed: Placed, now: datetime) -> None:
    composed = placed.done.mail
    if composed is None:
        return
    path = f"{placed.folder}/{composed.name}"
    mail.enqueue(
        Composed(Path(path), composed.bytes, composed.sha256),
        execution.recipients,
        execution_id=execution.pk,
        subject=composed.subject,
        sender=composed.sender,
        message_id=composed.message_id,
        relative_path=path,
        priority=Priority.MANUAL if execution.trigger in _PRIORITIES else Priority.SCHEDULED,
        list_id=None if execution.is_test else execution.schedule_id,
        links_until=composed.links_until,
        now=now,
    )


def fail(
    execution: Execution,
    fault: Fault,
    *,
    policy: RetryPolicy,
    jitter: float,
    now: datetime,
    timings: dict[str, float] | None = None,
) -> Status | None:
    """Let it wait for its next attempt or die, as the table of retries says; None when the fence has passed on."""
    with transaction.atomic():
        decision = decide(
            fault.category,
            fault.code,
            failures=queries.failures(execution) + 1,
            retries=execution.retries,
            policy=policy,
            jitter=jitter,
            now=now,
        )
        if isinstance(decision, Retry):
            kept = queries.retry_later(execution, fault, at=decision.at, timings=timings or {}, now=now)
            if kept:
                announce_failure(execution, fault, now)
        else:
            kept = _bury(execution, fault, timings or {}, now)
        if not kept:
            return None
        holding.after_failure(fault, now)
    return Status.RETRYING if isinstance(decision, Retry) else Status.DEAD


def _bury(execution: Execution, fault: Fault, timings: dict[str, float], now: datetime) -> bool:
    """Let it die and tell those whom that concerns; False when the fence has passed on."""
    if not queries.bury(execution, fault, timings=timings, now=now):
        return False
    announce_failure(execution, fault, now)
    announce(execution, Status.DEAD, now, fault)
    alarms.after_death(execution, fault, now)
    return True


def stop(execution: Execution, now: datetime) -> bool:
    """Mark a running execution cancelled, as was asked; False when the fence has passed on."""
    with transaction.atomic():
        return _stop(execution, now)


def _stop(execution: Execution, now: datetime) -> bool:
    if not queries.stop(execution, now):
        return False
    announce(execution, Status.CANCELLED, now)
    return True


def cancel_unfinished(note: str, now: datetime) -> int:
    """Cancel whatever waits or runs, after a restore when no worker lives, in the caller's transaction; how many."""
    cancelled = 0
    for execution in queries.unfinished():
        if execution.status == Status.RUNNING:
            cancelled += _stop(execution, now)
        elif queries.cancel_waiting(execution.pk, now):
            announce(execution, Status.CANCELLED, now)
            cancelled += 1
        queries.set_note(execution.pk, note)
    return cancelled


def give_back(execution: Execution, now: datetime) -> bool:
    """Queue an execution again whose worker must stop; that is no crash."""
    with transaction.atomic():
        return queries.give_back(execution, faults.lost(), now)


# ---- workers that were lost -----------------------------------------------------------------------------------------


def reap(now: datetime) -> int:
    """Take executions from workers whose lease has run out; how many."""
    with transaction.atomic():
        return sum(_take_from_lost(execution, now) for execution in queries.expired(now))


def requeue_own(node: str, now: datetime) -> int:
    """Take back what the former worker of this name was running: whoever holds the name's lock knows it is dead."""
    with transaction.atomic():
        return sum(_take_from_lost(execution, now) for execution in queries.running_on(node))


def _take_from_lost(execution: Execution, now: datetime) -> bool:
    if execution.cancel_requested_at is not None:
        return _stop(execution, now)
    crashes = queries.count_crash(execution, now)
    if crashes >= MAXIMUM_CRASHES:
        return _bury(execution, faults.crashed_often(crashes), {}, now)
    return queries.give_back(execution, faults.lost(), now)
