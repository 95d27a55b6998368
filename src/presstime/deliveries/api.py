"""What was sent to whom on a day."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from ninja import Query, Router
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.api.paging import page
from presstime.api.schemas import Page, Paging, Reference, Strict
from presstime.base import clock
from presstime.deliveries import service
from presstime.deliveries.downloads import download
from presstime.deliveries.service import Form

router = Router(tags=["audit"])


class OfDay(Paging):
    date: str = Field(description="A day in the installation's time zone: 2026-11-24.")


class AsFile(Strict):
    date: str = Field(description="A day in the installation's time zone: 2026-11-24.")
    format: Form = Field(Form.JSONL, description="csv or jsonl")


class FileOut(Strict):
    name: str
    format: str
    bytes: int
    sha256: str
    rows: int | None
    link_downloads: int


class DeliveryOut(Strict):
    id: str
    status: str
    recipient: str
    role: str
    created_at: str
    sent_at: str | None
    attempts: int
    server_reply: str | None
    error: str | None
    message_id: str
    subject: str
    message_bytes: int
    message_sha256: str
    execution: str | None
    trigger: str | None
    planned_for: str | None
    requested_by: Reference | None
    schedule: Reference | None
    report: Reference | None
    revision: int | None
    files: list[FileOut]


@router.get("/deliveries", response=Page[DeliveryOut])
@requires(Right.AUDIT_READ)
def deliveries(request: HttpRequest, of: Query[OfDay]) -> dict[str, Any]:
    """What was sent to whom on a day, and what was to be sent and was not. Reading it stands in the audit log."""
    day = service.day_of(of.date)
    service.note_export(day, "json", clock.now())
    return page(service.deliveries(day), order="created_at", limit=of.limit, cursor=of.cursor, present=service.present)


@router.get("/deliveries/file", response={200: None})
@requires(Right.AUDIT_READ)
def deliveries_file(request: HttpRequest, of: Query[AsFile]) -> HttpResponseBase:
    """The same as one file, CSV or JSON Lines."""
    return download(service.day_of(of.date), of.format, clock.now())
