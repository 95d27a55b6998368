"""The API of the dead letter queue: look, retry, resolve, delete, one or many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Body, Query, Router
from ninja import Status as Answer
from pydantic import AwareDatetime, Field

from presstime.accounts.confirmation import confirmed
from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.api.paging import page
from presstime.api.schemas import Out, Page, Paging, Reference, Strict
from presstime.base import clock
from presstime.base.errors import FieldProblem, Invalid
from presstime.deadletters import queries, service
from presstime.deadletters.presentation import present, present_all
from presstime.deadletters.service import Chosen, Done
from presstime.deadletters.states import OPEN_LIMIT, Status
from presstime.executions.api import AttemptOut, ErrorOut, ExecutionOut
from presstime.executions.presentation import present as present_execution
from presstime.executions.states import Category

router = Router(tags=["dead letters"])


class Narrowed(Strict):
    """Which dead letters are meant."""

    schedule: str | None = Field(None, max_length=200, description="Id or name.")
    status: Status | None = None
    error_category: Category | None = None
    error_code: str | None = Field(None, max_length=40)
    fingerprint: str | None = Field(None, max_length=16, description="Errors of the same kind share it.")
    text: str | None = Field(None, max_length=200, description="In the error, or the report's or schedule's name.")
    from_: datetime | None = Field(None, alias="from", description="Dead at or after this moment.")
    to: datetime | None = Field(None, description="Dead before this moment.")


class Filters(Narrowed, Paging):
    """The filters of the list, and its page."""


class Bulk(Strict):
    """Either `ids`, or `all` with an optional `filter` and the number of items that the caller has seen."""

    ids: list[str] | None = Field(None, max_length=10 * OPEN_LIMIT)
    all: bool = False
    filter: Narrowed = Narrowed()
    expected: int | None = Field(None, ge=0)


class BulkWithNote(Bulk):
    note: str = Field("", max_length=service.NOTE_LENGTH)


class RetryWish(Strict):
    timeout_seconds: int | None = Field(None, description="Another limit; outside 300-7200 administrators only.")
    at: AwareDatetime | None = Field(None, description="Not before this moment, within seven days; at once by default.")


class Resolution(Strict):
    note: str = Field("", max_length=service.NOTE_LENGTH)


class HistoryOut(AttemptOut):
    execution: str


class DeadLetterOut(Out):
    id: str
    execution: str
    schedule: Reference | None
    report: Reference
    trigger: str
    scheduled_for: str
    parameters: dict[str, Any]
    timeout_seconds: int
    error: ErrorOut
    fingerprint: str
    attempts: list[HistoryOut]
    retry: str | None
    dead_at: str
    seconds_in_queue: float
    status: str
    resolved_at: str | None
    resolved_by: Reference | None
    note: str


class Skipped(Out):
    id: str
    reason: str


class DoneOut(Out):
    done: int
    skipped: list[Skipped]


_AT_ONCE = RetryWish()
_WITHOUT_NOTE = Resolution()


@router.get("", response=Page[DeadLetterOut])
@requires(Right.DEAD_LETTERS_READ)
def list_dead_letters(request: HttpRequest, filters: Query[Filters]) -> dict[str, Any]:
    """Dead letters, the newest first."""
    found = page(
        queries.list_dead_letters(_filter(filters)), order="-dead_at", limit=filters.limit, cursor=filters.cursor
    )
    return found | {"items": present_all(found["items"], clock.now())}


@router.post("/retry", response=DoneOut)
@requires(Right.DEAD_LETTERS_WRITE)
def retry_many(request: HttpRequest, bulk: BulkWithNote) -> dict[str, Any]:
    """Retry several open ones: those named, or all that the filter lets through."""
    return _done(service.retry_many(_chosen(bulk), _person(request), clock.now()))


@router.post("/resolve", response=DoneOut)
@requires(Right.DEAD_LETTERS_WRITE)
def resolve_many(request: HttpRequest, bulk: BulkWithNote) -> dict[str, Any]:
    """Resolve several that are open or retrying."""
    return _done(service.resolve_many(_chosen(bulk), bulk.note, _person(request), clock.now()))


@router.post("/delete", response=DoneOut)
@confirmed
@requires(Right.DEAD_LETTERS_WRITE)
def delete_many(request: HttpRequest, bulk: BulkWithNote) -> dict[str, Any]:
    """Delete several, in whatever state they are; their executions stay."""
    return _done(service.delete_many(_chosen(bulk), clock.now()))


@router.get("/{dead_letter}", response=DeadLetterOut)
@requires(Right.DEAD_LETTERS_READ)
def get_dead_letter(request: HttpRequest, dead_letter: str) -> dict[str, Any]:
    return present(queries.get_dead_letter(dead_letter), clock.now())


@router.post("/{dead_letter}/retry", response={202: ExecutionOut})
@requires(Right.DEAD_LETTERS_WRITE)
def retry(request: HttpRequest, dead_letter: str, wish: Body[RetryWish] = _AT_ONCE) -> Answer[dict[str, Any]]:
    """Run the same planned instant again as a new execution, whose `origin` is the dead one; 409 unless it is open."""
    execution = service.retry(
        dead_letter, _person(request), clock.now(), timeout_seconds=wish.timeout_seconds, at=wish.at
    )
    return Answer(202, present_execution(execution))


@router.post("/{dead_letter}/resolve", response=DeadLetterOut)
@requires(Right.DEAD_LETTERS_WRITE)
def resolve(request: HttpRequest, dead_letter: str, resolution: Body[Resolution] = _WITHOUT_NOTE) -> dict[str, Any]:
    """Mark it as dealt with; 409 when it is already."""
    now = clock.now()
    return present(service.resolve(dead_letter, resolution.note, _person(request), now), now)


@router.delete("/{dead_letter}", response={204: None})
@requires(Right.DEAD_LETTERS_WRITE)
def delete(request: HttpRequest, dead_letter: str) -> Answer[None]:
    """Take it off the list; its execution stays."""
    service.delete(dead_letter, clock.now())
    return Answer(204, None)


def _filter(given: Narrowed) -> queries.Filter:
    return queries.Filter(
        schedule=given.schedule,
        status=given.status,
        error_category=given.error_category,
        error_code=given.error_code,
        fingerprint=given.fingerprint,
        text=given.text,
        since=given.from_,
        until=given.to,
    )


def _chosen(bulk: Bulk) -> Chosen:
    if bulk.ids is not None and not bulk.all:
        return Chosen(ids=bulk.ids)
    if bulk.all and bulk.ids is None and bulk.expected is not None:
        return Chosen(narrowed=_filter(bulk.filter), expected=bulk.expected)
    raise Invalid([FieldProblem("ids", 'Give either "ids", or "all": true with "expected", the number you have seen.')])


def _done(result: Done) -> dict[str, Any]:
    return {"done": result.done, "skipped": [{"id": key, "reason": reason} for key, reason in result.skipped]}


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
