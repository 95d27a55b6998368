"""Use cases of dead letters: one transaction each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from presstime.accounts.models import User
from presstime.alerts import queries as alerts
from presstime.alerts.kinds import Kind
from presstime.alerts.service import clear, raise_alert
from presstime.base.errors import Conflict, Invalid
from presstime.deadletters import audited, queries
from presstime.deadletters.models import DeadLetter
from presstime.deadletters.queries import Filter
from presstime.deadletters.states import ALERT_AT, OPEN_LIMIT, Removal, Status, fingerprint
from presstime.executions import service as executions
from presstime.executions.endings import Ending
from presstime.executions.faults import Fault
from presstime.executions.models import Execution
from presstime.executions.service import NewExecution, check_timeout
from presstime.executions.states import PRIORITY_MANUAL, PRIORITY_SCHEDULED, Trigger
from presstime.executions.states import Status as Ended

log = logging.getLogger("presstime.deadletters")

KEPT_AFTER_REMOVAL: Final = timedelta(days=30)
NOTE_LENGTH: Final = 2_000
LATEST_START: Final = timedelta(days=7)
# What a bulk request touches among all that match; the pages count the same.
AMONG: Final = {
    "retry": frozenset({Status.OPEN}),
    "resolve": frozenset(queries.UNSETTLED),
    "delete": frozenset(Status),
}


@dataclass(frozen=True, slots=True)
class Done:
    """What a bulk request has done, and why it left some out: "not_found", "retrying" or "resolved"."""

    done: int
    skipped: list[tuple[str, str]] = field(default_factory=list)


# ---- what executions say --------------------------------------------------------------------------------------------


def follow(ending: Ending, **_: Any) -> None:
    """Keep the queue in step with an execution that has ended, inside its transaction."""
    letter = queries.waiting_on(ending.execution) if ending.execution.origin_id else None
    if ending.status == Ended.DEAD:
        assert ending.fault is not None
        if letter is None or not _reopen(letter, ending.now, _error(ending.fault)):
            _bury(ending.execution, ending.fault, ending.now)
    elif letter is not None and ending.status == Ended.SUCCEEDED:
        _resolve(letter, f"Retried with success: execution {ending.execution.pk}.", None, ending.now)
    elif letter is not None and ending.status == Ended.CANCELLED:
        _reopen(letter, ending.now)
    if letter is not None or ending.status == Ended.DEAD:
        _watch(ending.now)


def _bury(execution: Execution, fault: Fault, now: datetime) -> None:
    queries.hold_lock()
    queries.add(DeadLetter(execution=execution, dead_at=now, **_error(fault)))
    for removed in queries.remove_beyond_limit(now):
        audited.removed(removed, Removal.LIMIT, now)
        log.warning(
            "dead letter %s (execution %s, dead since %s) was removed: there are more than %d open ones",
            removed.pk, removed.execution_id, removed.dead_at.isoformat(), OPEN_LIMIT,
        )  # fmt: skip


def _watch(now: datetime) -> None:
    """Alert once when a hundred are unsettled, and say when they are fewer again; last in a transaction."""
    if queries.count_unsettled() < ALERT_AT:
        clear(Kind.DEAD_LETTERS, now=now)
    elif not alerts.is_active(Kind.DEAD_LETTERS, ""):
        detail = f"{ALERT_AT} executions are out of retries and wait in the dead letter queue."
        raise_alert(Kind.DEAD_LETTERS, detail=detail, link="/dead-letters", now=now)


def _error(fault: Fault) -> dict[str, str]:
    return {
        "error_category": fault.category.value,
        "error_code": fault.code[:40],
        "error_message": fault.message,
        "error_hint": fault.hint,
        "error_detail": fault.detail,
        "fingerprint": fingerprint(fault.category, fault.code, fault.message),
    }


# ---- one item -------------------------------------------------------------------------------------------------------


def retry(
    reference: str | UUID,
    by: User | None,
    now: datetime,
    *,
    timeout_seconds: int | None = None,
    at: datetime | None = None,
) -> Execution:
    """Run the same planned instant again, with the parameters and the report's text of then; Conflict unless it is open.

    It starts at once or not before *at*; *timeout_seconds* replaces the limit, see `executions.service.check_timeout`.
    """
    if timeout_seconds is not None:
        check_timeout(timeout_seconds, by)
    if at is not None and not now <= at <= now + LATEST_START:
        raise Invalid.of("at", f"{at.isoformat()} is not within the next {LATEST_START.days} days.")
    with transaction.atomic():
        letter = queries.get_dead_letter(reference)
        execution = _retry(letter, by, now, timeout_seconds=timeout_seconds, at=at)
        if execution is None:
            raise _conflict(letter, "retried")
    return execution


def resolve(reference: str | UUID, note: str, by: User | None, now: datetime) -> DeadLetter:
    """Mark it as dealt with; Conflict when it is already."""
    note = check_note(note)
    with transaction.atomic():
        letter = queries.get_dead_letter(reference)
        if not _resolve(letter, note, by, now):
            raise _conflict(letter, "resolved")
        _watch(now)
    return queries.get_dead_letter(letter.pk)


def delete(reference: str | UUID, now: datetime) -> DeadLetter:
    """Take it off the list; it can be brought back for 30 days. Its execution stays in the history."""
    with transaction.atomic():
        letter = queries.get_dead_letter(reference)
        _delete(letter, now)
        _watch(now)
    return letter


def take_back(act: str, moment: datetime, by: User, now: datetime) -> int:
    """Undo what *by* resolved, or what was deleted, at exactly *moment*; how many. Conflict when that was nothing."""
    with transaction.atomic():
        found = queries.unresolve(moment, by.pk) if act == "resolve" else queries.undelete(moment)
        if not found:
            raise Conflict("There is nothing to take back any more.")
        for letter in found:
            audited.reopened(letter, now) if act == "resolve" else audited.brought_back(letter, now)
        _watch(now)
    return len(found)


def check_note(note: str) -> str:
    """*note* without space around it; Invalid when it is too long."""
    if len(note) > NOTE_LENGTH:
        raise Invalid.of("note", f"The note has {len(note):,} characters; at most {NOTE_LENGTH:,} are kept.")
    return note.strip()


def purge(now: datetime) -> bool:
    """A step: drop what was removed more than 30 days ago."""
    with transaction.atomic():
        for letter in queries.purge(now - KEPT_AFTER_REMOVAL):
            audited.purged(letter, now)
    return False


# ---- many items -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which items a bulk request means: those named, or all that a filter lets through and how many the caller saw."""

    ids: Sequence[str] = ()
    narrowed: Filter | None = None
    expected: int = 0


def retry_many(chosen: Chosen, by: User | None, now: datetime) -> Done:
    """Retry these, behind what is scheduled, so that a thousand of them keep nothing else waiting."""

    def act(letter_id: UUID) -> bool:
        letter = queries.get_dead_letter(letter_id)
        return _retry(letter, by, now, priority=PRIORITY_SCHEDULED) is not None

    return _each(chosen, AMONG["retry"], act, now)


def resolve_many(chosen: Chosen, note: str, by: User | None, now: datetime) -> Done:
    note = check_note(note)
    return _each(chosen, AMONG["resolve"], lambda key: _resolve(queries.get_dead_letter(key), note, by, now), now)


def delete_many(chosen: Chosen, now: datetime) -> Done:
    return _each(chosen, AMONG["delete"], lambda key: _delete(queries.get_dead_letter(key), now), now)


def _each(chosen: Chosen, among: frozenset[Status], act: Callable[[UUID], bool], now: datetime) -> Done:
    """Do *act* to the chosen items whose status is *among*; a filter means exactly those, and counts them first."""
    with transaction.atomic():
        wanted = _expected(chosen.narrowed, among, chosen.expected) if chosen.narrowed is not None else chosen.ids
        statuses = queries.statuses_of(_uuids(wanted))
        done, skipped = 0, []
        for identity in dict.fromkeys(text.lower() for text in wanted):
            reason = _reason(identity, statuses, among)
            if not reason and act(UUID(identity)):
                done += 1
            else:
                skipped.append((identity, reason or "changed"))
        _watch(now)
    return Done(done, skipped)


def _expected(narrowed: Filter, among: frozenset[Status], expected: int) -> list[str]:
    found = queries.list_dead_letters(narrowed).filter(status__in=sorted(among)).values_list("pk", flat=True)
    ids = [str(key) for key in found]
    if len(ids) != expected:
        raise Conflict(f"{_such(len(ids))} now, not {expected:,}.", actual=len(ids))
    return ids


def _such(count: int) -> str:
    return "There is 1 such dead letter" if count == 1 else f"There are {count:,} such dead letters"


def _reason(identity: str, statuses: dict[UUID, str], among: frozenset[Status]) -> str:
    """Why an item is left out; empty when it is not."""
    found: str | None = None
    with suppress(ValueError):
        found = statuses.get(UUID(identity))
    if found is None:
        return "not_found"
    return "" if found in among else found


def _uuids(ids: Iterable[str]) -> list[UUID]:
    found = []
    for identity in ids:
        with suppress(ValueError):
            found.append(UUID(identity))
    return found


# ---- parts ----------------------------------------------------------------------------------------------------------


def _retry(
    letter: DeadLetter,
    by: User | None,
    now: datetime,
    *,
    timeout_seconds: int | None = None,
    at: datetime | None = None,
    priority: int = PRIORITY_MANUAL,
) -> Execution | None:
    """The new execution, in the caller's transaction; None when the item is not open."""
    if letter.status != Status.OPEN:
        return None
    of = letter.execution
    execution = executions.enqueue(
        NewExecution(
            report=of.report,
            revision=of.revision,
            trigger=Trigger.RETRY,
            scheduled_for=of.scheduled_for,
            timezone=of.timezone,
            timeout_seconds=timeout_seconds or of.timeout_seconds,
            parameters=of.parameters,
            formats=of.formats,
            recipients=of.recipients,
            reply_to=of.reply_to,
            is_test=of.is_test,
            send_when=of.send_when,
            schedule_id=of.schedule_id,
            output_path=of.output_path,
            retries=of.retries,
            requested_by_id=_id_of(by),
            origin_id=of.pk,
            run_at=at,
            priority=priority,
        ),
        now,
    )
    assert execution is not None  # only planned firings can be there already
    queries.mark_retrying(letter, execution)
    audited.retried(letter, execution, now)
    return execution


def _resolve(letter: DeadLetter, note: str, by: User | None, now: datetime) -> bool:
    if not queries.resolve(letter.pk, note, _id_of(by), now):
        return False
    audited.resolved(letter, note, now)
    return True


def _reopen(letter: DeadLetter, now: datetime, error: dict[str, str] | None = None) -> bool:
    if not queries.reopen(letter, error):
        return False
    audited.reopened(letter, now)
    return True


def _delete(letter: DeadLetter, now: datetime) -> bool:
    if not queries.remove([letter.pk], Removal.DELETED, now):
        return False
    audited.removed(letter, Removal.DELETED, now)
    return True


def _conflict(letter: DeadLetter, what: str) -> Conflict:
    return Conflict(f"This dead letter is {letter.status}; it cannot be {what}.")


def _id_of(by: User | None) -> UUID | None:
    return by.pk if by is not None else None
