"""An execution as the API and the commands show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from django.db.models import prefetch_related_objects

from presstime.api.schemas import identifier, instant, reference
from presstime.executions.codes import summary
from presstime.executions.models import Artifact, Attempt, Execution
from presstime.executions.states import Status
from presstime.mail import queries as mail
from presstime.mail.models import Email


def present(execution: Execution) -> dict[str, Any]:
    """One execution with its attempts, artifacts and mails."""
    return present_all([execution])[0]


def present_all(executions: list[Execution]) -> list[dict[str, Any]]:
    """As `present`, with three queries for all of them."""
    prefetch_related_objects(executions, "attempts", "artifacts")
    emails: dict[UUID | None, list[Email]] = {}
    for email in mail.list_of_executions([execution.pk for execution in executions]):
        emails.setdefault(email.message.execution_id, []).append(email)
    return [_present(execution, emails.get(execution.pk, [])) for execution in executions]


def _present(execution: Execution, emails: Iterable[Email]) -> dict[str, Any]:
    return {
        "id": identifier(execution.pk),
        "schedule": reference(execution.schedule),
        "report": reference(execution.report),
        "trigger": execution.trigger,
        "status": execution.status,
        "waiting_for": execution.waiting_for or None,
        "stage": execution.stage or None,
        "scheduled_for": instant(execution.scheduled_for),
        "timezone": execution.timezone,
        "queued_at": instant(execution.queued_at),
        "run_at": instant(execution.run_at),
        "next_attempt_at": instant(execution.run_at) if execution.status == Status.RETRYING else None,
        "started_at": instant(execution.started_at),
        "finished_at": instant(execution.finished_at),
        "duration_seconds": _duration(execution),
        "timeout_seconds": execution.timeout_seconds,
        "cancel_requested_at": instant(execution.cancel_requested_at),
        "parameters": execution.parameters,
        "formats": execution.formats,
        "test": execution.is_test,
        "origin": identifier(execution.origin_id) if execution.origin_id else None,
        "note": execution.note,
        "attempts": [present_attempt(attempt) for attempt in execution.attempts.all()],
        "error": present_error(execution),
        "artifacts": [_artifact(artifact) for artifact in execution.artifacts.all()],
        "emails": [_email(email) for email in emails],
    }


def _email(email: Email) -> dict[str, Any]:
    return {
        "id": identifier(email.pk),
        "to": email.address,
        "status": email.status,
        "uncertain": email.uncertain,
        "sent_at": instant(email.sent_at),
        "error": email.error_message or None,
    }


def _duration(execution: Execution) -> float | None:
    if execution.started_at is None or execution.finished_at is None:
        return None
    return (execution.finished_at - execution.started_at).total_seconds()


def present_attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "status": attempt.status,
        "node": attempt.node,
        "started_at": instant(attempt.started_at),
        "finished_at": instant(attempt.finished_at),
        "timeout_seconds": attempt.timeout_seconds,
        "timings": attempt.timings,
        "error": present_error(attempt),
    }


class Failing(Protocol):
    """What carries the columns of an error."""

    error_category: str
    error_code: str
    error_message: str
    error_hint: str
    error_detail: str


def present_error(of: Failing) -> dict[str, str] | None:
    if not of.error_category:
        return None
    return {
        "category": of.error_category,
        "code": of.error_code,
        "summary": summary(of.error_category, of.error_code),
        "message": of.error_message,
        "detail": of.error_detail,
        "hint": of.error_hint,
    }


def _artifact(artifact: Artifact) -> dict[str, Any]:
    return {
        "name": artifact.name,
        "format": artifact.format,
        "media_type": artifact.media_type,
        "bytes": artifact.bytes,
        "sha256": artifact.sha256,
        "rows": artifact.rows,
        "link_downloads": artifact.link_downloads,
        "url": f"/api/executions/{artifact.execution_id}/artifacts/{artifact.name}",
        "removed_at": instant(artifact.removed_at),
    }
