"""An execution as the API and the commands show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar
from uuid import UUID

from presstime.api.schemas import identifier, instant
from presstime.executions import artifact_queries, queries
from presstime.executions.codes import summary
from presstime.executions.limits import warnings_of
from presstime.executions.models import Artifact, Attempt, Execution
from presstime.executions.states import UNFINISHED, Status
from presstime.mail import outcome_queries as mail
from presstime.mail.outcome_queries import Made

Row = TypeVar("Row", Attempt, Artifact, Made)


def present(execution: Execution) -> dict[str, Any]:
    """One execution with its attempts, artifacts and mails."""
    return present_all([execution])[0]


def present_all(executions: list[Execution]) -> list[dict[str, Any]]:
    """As `present`, with five queries for all of them."""
    names = queries.names_of(executions)
    keys = [execution.pk for execution in executions]
    # A prefetch would make a manager and a query for each execution before it finds the rows that it has read.
    attempts = _presented(queries.attempts_of(keys), present_attempt)
    artifacts = _presented(artifact_queries.artifacts_of(keys), _artifact)
    emails = _presented(mail.made_by(keys), _email)
    return [
        {
            **_present(each, names),
            "attempts": attempts.get(each.pk, []),
            "error": present_error(each),
            "artifacts": artifacts.get(each.pk, []),
            "emails": emails.get(each.pk, []),
        }
        for each in executions
    ]


def _presented(rows: Iterable[Row], present: Callable[[Row], dict[str, Any]]) -> dict[UUID, list[dict[str, Any]]]:
    """By execution, what *present* says of its rows."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.execution_id, []).append(present(row))
    return found


def reference_of(key: UUID | None, names: Mapping[UUID | None, str]) -> dict[str, str] | None:
    """As `reference`, for an object of which the id and the name are known."""
    return None if key is None else {"id": identifier(key), "name": names[key]}


def _present(execution: Execution, names: Mapping[UUID | None, str]) -> dict[str, Any]:
    return {
        "id": identifier(execution.pk),
        "schedule": reference_of(execution.schedule_id, names),
        "report": reference_of(execution.report_id, names),
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
        "warnings": _warnings(execution),
        "cancel_requested_at": instant(execution.cancel_requested_at),
        "parameters": execution.parameters,
        "formats": execution.formats,
        "test": execution.is_test,
        "origin": identifier(execution.origin_id) if execution.origin_id else None,
        "note": execution.note,
    }


def _warnings(execution: Execution) -> list[dict[str, str]]:
    """What should be known of one that has not ended."""
    if execution.status not in UNFINISHED:
        return []
    return [{"field": each.field, "message": each.message} for each in warnings_of(execution.timeout_seconds)]


def _email(email: Made) -> dict[str, Any]:
    return {
        "id": identifier(email.id),
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
