"""The API of the e-mail queue: what waits, what went out, what the server said; sending again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import Body, Query, Router
from ninja import Status as Answer
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.api.paging import page
from presstime.api.schemas import ANSWERS_A_FILE, Out, Page, Paging, Reference, Strict
from presstime.base import clock
from presstime.base.errors import FieldProblem, Invalid
from presstime.breakers.api import StandingOut
from presstime.mail import queries, reading, resending, service
from presstime.mail.models import Email
from presstime.mail.presentation import present, present_queue, presenter
from presstime.mail.states import QUEUE_LIMIT, Priority, Status

router = Router(tags=["emails"])


class Chosen(Strict):
    """Which e-mails are meant."""

    status: Status | None = None
    execution: UUID | None = None
    to: str = Field("", max_length=320, description="An address or a part of it.")
    priority: Priority | None = None
    created_from: datetime | None = Field(None, description="Enqueued at or after this moment.")
    created_to: datetime | None = Field(None, description="Enqueued before this moment.")
    code: str | None = Field(None, max_length=40, description="The code of the last error.")
    uncertain: bool | None = None


class Filters(Chosen, Paging):
    """The filters of the list, and its page."""


class Bulk(Strict):
    """Either `ids`, or `all` with an optional `filter` and the number of failed e-mails that the caller has seen."""

    ids: list[str] | None = Field(None, max_length=QUEUE_LIMIT)
    all: bool = False
    filter: Chosen = Chosen()
    expected: int | None = Field(None, ge=0)


class ErrorOut(Out):
    code: str
    message: str


class EmailOut(Out):
    id: str
    execution: str | None
    to: str
    role: str
    subject: str
    priority: str
    status: str
    waiting_for: str | None = Field(description='`"breaker"` or `"paused"`, while it is pending.')
    attempts: int
    uncertain: bool
    next_attempt_at: str | None
    last_reply: str
    error: ErrorOut | None
    message_id: str
    resend_of: str | None = Field(description="The e-mail that this one repeats.")
    message_bytes: int
    created_at: str
    sent_at: str | None


class PauseIn(Strict):
    note: str = Field("", max_length=500, description="Why, for those who see the queue stand still.")


class QueueOut(Out):
    """The queue as a whole."""

    paused: bool
    paused_at: str | None
    paused_by: Reference | None
    note: str
    pending: int
    sending: int
    limit: int
    breaker: StandingOut = Field(description="Of the mail server: whether it is cut off.")
    oldest_pending_at: str | None


class Skipped(Out):
    id: str
    reason: str


class DoneOut(Out):
    done: int
    skipped: list[Skipped]


@router.get("", response=Page[EmailOut])
@requires(Right.EMAILS_READ)
def list_emails(request: HttpRequest, filters: Query[Filters]) -> dict[str, Any]:
    """E-mails, one for each recipient, the newest first."""
    return page(_select(filters), order="-created_at", limit=filters.limit, cursor=filters.cursor, present=presenter())


_WITHOUT_NOTE = PauseIn()


@router.get("/queue", response=QueueOut)
@requires(Right.EMAILS_READ)
def queue(request: HttpRequest) -> dict[str, Any]:
    """How much waits, and whether sending is paused."""
    return present_queue()


@router.post("/pause", response=QueueOut)
@requires(Right.EMAILS_WRITE)
def pause(request: HttpRequest, wish: Body[PauseIn] = _WITHOUT_NOTE) -> dict[str, Any]:
    """Send nothing until it is resumed; mail is still queued."""
    service.pause(request.user if isinstance(request.user, User) else None, clock.now(), wish.note)
    return present_queue()


@router.post("/resume", response=QueueOut)
@requires(Right.EMAILS_WRITE)
def resume(request: HttpRequest) -> dict[str, Any]:
    """Send again; 409 when sending is not paused."""
    service.resume()
    return present_queue()


@router.post("/retry", response=DoneOut)
@requires(Right.EMAILS_WRITE)
def retry_many(request: HttpRequest, bulk: Bulk) -> dict[str, Any]:
    """Send several again: those named, or all failed ones that the filter lets through."""
    if bulk.ids is not None and not bulk.all:
        result = service.retry_many(bulk.ids, clock.now())
    elif bulk.all and bulk.ids is None and bulk.expected is not None:
        result = service.retry_all(_select(bulk.filter), bulk.expected, clock.now())
    else:
        raise Invalid(
            [FieldProblem("ids", 'Give either "ids", or "all": true with "expected", the number you have seen.')]
        )
    return {"done": result.done, "skipped": [{"id": key, "reason": reason} for key, reason in result.skipped]}


@router.get("/{email}", response=EmailOut)
@requires(Right.EMAILS_READ)
def get_email(request: HttpRequest, email: str) -> dict[str, Any]:
    return present(queries.get_email(email))


@router.post("/{email}/retry", response=EmailOut)
@requires(Right.EMAILS_WRITE)
def retry(request: HttpRequest, email: str) -> dict[str, Any]:
    """Make a waiting or failed e-mail due at once; 409 when it was sent."""
    return present(service.retry(email, clock.now()))


@router.post("/{email}/resend", response={201: EmailOut})
@requires(Right.EMAILS_WRITE)
def resend(request: HttpRequest, email: str) -> Answer[dict[str, Any]]:
    """Send what was sent once more, as a message of its own; 409 when it was not sent or its file is gone."""
    return Answer(201, present(resending.resend(email, clock.now())))


@router.get("/{email}/source", response={200: None}, openapi_extra=ANSWERS_A_FILE)
@requires(Right.EMAILS_READ)
def source(request: HttpRequest, email: str) -> HttpResponse:
    """The whole message as it was sent, as an .eml file."""
    found = queries.get_email(email)
    of = found.message
    message = reading.read(of.path, settings.CONFIGURATION.reports_path, is_confidential=of.is_confidential)
    service.note_download(found, clock.now())
    response = HttpResponse(message.raw, content_type="message/rfc822")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{found.pk}.eml")
    response["Cache-Control"] = "private, no-store"
    return response


def _select(chosen: Chosen) -> QuerySet[Email]:
    return queries.list_emails(
        status=chosen.status,
        execution=chosen.execution,
        to=chosen.to,
        priority=chosen.priority,
        created_from=chosen.created_from,
        created_to=chosen.created_to,
        code=chosen.code,
        uncertain=chosen.uncertain,
    )
