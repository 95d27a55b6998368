"""The API of executions: watch them, stop them, fetch their files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest
from ninja import Query, Router
from ninja import Status as Answer
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.api.paging import page
from presstime.api.schemas import ANSWERS_A_FILE, Out, Page, Paging, Reference, Strict
from presstime.base import clock
from presstime.executions import artifact_queries, queries, service
from presstime.executions.downloads import attachment
from presstime.executions.presentation import present, present_all
from presstime.executions.states import Category, Status, Trigger

router = Router(tags=["executions"])


class Filters(Paging):
    schedule: str | None = Field(None, max_length=200, description="Id or name.")
    status: list[Status] = Field([], description="One or several.")
    error_category: Category | None = None
    trigger: Trigger | None = None
    from_: datetime | None = Field(None, alias="from", description="Queued at or after this moment.")
    to: datetime | None = Field(None, description="Queued before this moment.")


class TimeoutIn(Strict):
    timeout_seconds: int = Field(ge=1, le=int(service.LONGEST_TIMEOUT.total_seconds()))


class ErrorOut(Out):
    category: str
    code: str
    summary: str
    message: str
    detail: str
    hint: str


class AttemptOut(Out):
    number: int
    status: str
    node: str
    started_at: str | None
    finished_at: str | None
    timeout_seconds: int | None
    timings: dict[str, float]
    error: ErrorOut | None


class ArtifactOut(Out):
    name: str
    format: str
    media_type: str
    bytes: int
    sha256: str
    rows: int | None
    link_downloads: int
    url: str
    removed_at: str | None = Field(description="When the file was removed to free space; the address answers 404.")


class EmailOut(Out):
    id: str
    to: str
    status: str
    uncertain: bool
    sent_at: str | None
    error: str | None


class WarningOut(Out):
    field: str
    message: str


class ExecutionOut(Out):
    id: str
    schedule: Reference | None
    report: Reference
    trigger: str
    status: str
    waiting_for: str | None
    stage: str | None
    scheduled_for: str
    timezone: str
    queued_at: str
    run_at: str
    next_attempt_at: str | None
    started_at: str | None
    finished_at: str | None
    duration_seconds: float | None
    timeout_seconds: int
    warnings: list[WarningOut] = Field(description="What should be known while it has not ended, as a very long limit.")
    cancel_requested_at: str | None
    parameters: dict[str, Any]
    formats: list[str]
    test: bool
    origin: str | None
    note: str
    attempts: list[AttemptOut]
    error: ErrorOut | None
    artifacts: list[ArtifactOut]
    emails: list[EmailOut]


@router.get("", response=Page[ExecutionOut])
@requires(Right.EXECUTIONS_READ)
def list_executions(request: HttpRequest, filters: Query[Filters]) -> dict[str, Any]:
    """Executions, the newest first."""
    found = page(
        queries.list_executions(_filter(filters)), order="-queued_at", limit=filters.limit, cursor=filters.cursor
    )
    return found | {"items": present_all(found["items"])}


@router.get("/{execution}", response=ExecutionOut)
@requires(Right.EXECUTIONS_READ)
def get_execution(request: HttpRequest, execution: str) -> dict[str, Any]:
    return present(queries.get_execution(execution))


@router.post("/{execution}/cancel", response={200: ExecutionOut, 202: ExecutionOut})
@requires(Right.EXECUTIONS_CANCEL)
def cancel(request: HttpRequest, execution: str) -> Answer[dict[str, Any]]:
    """Cancel a waiting execution at once (200), or ask a running one to stop (202)."""
    cancelled = service.cancel(execution, clock.now())
    return Answer(200 if cancelled.status == Status.CANCELLED else 202, present(cancelled))


@router.post("/{execution}/retry", response={202: ExecutionOut})
@requires(Right.EXECUTIONS_RETRY)
def retry(request: HttpRequest, execution: str) -> Answer[dict[str, Any]]:
    """Begin the next attempt of a retrying execution at once; 409 for any other. Dead ones have a dead letter."""
    return Answer(202, present(service.retry_now(execution, clock.now())))


@router.patch("/{execution}", response=ExecutionOut)
@requires(Right.EXECUTIONS_OVERRIDE)
def change(request: HttpRequest, execution: str, change: TimeoutIn) -> dict[str, Any]:
    """Give an unfinished execution another time limit; a running one follows within a second or two."""
    return present(service.change_timeout(execution, change.timeout_seconds))


@router.get("/{execution}/artifacts/{name}", response={200: None}, openapi_extra=ANSWERS_A_FILE, url_name="artifact")
@requires(Right.EXECUTIONS_READ)
def download(request: HttpRequest, execution: str, name: str) -> FileResponse:
    """The file, as an attachment."""
    artifact = artifact_queries.get_artifact(execution, name)
    response = attachment(artifact)
    service.note_download(artifact, clock.now())
    return response


def _filter(filters: Filters) -> queries.Filter:
    return queries.Filter(
        schedule=filters.schedule,
        status=filters.status,
        error_category=filters.error_category,
        trigger=filters.trigger,
        since=filters.from_,
        until=filters.to,
    )
