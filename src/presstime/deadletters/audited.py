"""The entries of dead letters in the audit log."""

from __future__ import annotations

from datetime import datetime

from presstime.audit import journal as audit
from presstime.audit.changes import snapshot
from presstime.audit.targets import Target
from presstime.deadletters.models import DeadLetter
from presstime.executions.models import Execution

_ERROR = ("error_category", "error_code", "error_message", "dead_at")


def target_of(letter: DeadLetter) -> Target:
    of = letter.execution
    return Target("dead_letter", str(letter.pk), f"{of.schedule or of.report} {of.scheduled_for:%Y-%m-%d %H:%M} UTC")


def retried(letter: DeadLetter, execution: Execution, now: datetime) -> None:
    new = {"status": "retrying", "execution": str(execution.pk)}
    new |= snapshot(execution, ("timeout_seconds", "run_at"))
    audit.record("dead_letter.retried", target_of(letter), old={"status": letter.status}, new=new, now=now)


def resolved(letter: DeadLetter, note: str, now: datetime) -> None:
    new = {"status": "resolved", "note": note}
    audit.record("dead_letter.resolved", target_of(letter), old={"status": letter.status}, new=new, now=now)


def reopened(letter: DeadLetter, now: datetime) -> None:
    """Its retry gave up or was cancelled, or what was resolved is taken back."""
    new = {"status": "open"}
    audit.record("dead_letter.reopened", target_of(letter), old={"status": letter.status}, new=new, now=now)


def removed(letter: DeadLetter, because: str, now: datetime) -> None:
    old = snapshot(letter, _ERROR) | {"execution": str(letter.execution_id), "status": letter.status}
    audit.record("dead_letter.removed", target_of(letter), old=old, new={"because": because}, now=now)


def brought_back(letter: DeadLetter, now: datetime) -> None:
    audit.record("dead_letter.brought_back", target_of(letter), now=now)


def purged(letter: DeadLetter, now: datetime) -> None:
    """30 days after its removal it is gone for good."""
    old = snapshot(letter, _ERROR) | {"execution": str(letter.execution_id)}
    audit.record("dead_letter.purged", target_of(letter), old=old, now=now)
