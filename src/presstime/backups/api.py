"""The API of backups: what there is, ask for one, have one verified again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from ninja import Status as Answer
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.api.paging import page
from presstime.api.schemas import Out, Page, Paging, Reference, Strict
from presstime.backups import queries, restorations, service
from presstime.backups.presentation import present
from presstime.backups.states import Kind, Status
from presstime.base import clock

router = Router(tags=["backups"])


class Filters(Paging):
    """The filters of the list, and its page."""

    status: Status | None = None
    kind: Kind | None = None
    from_: datetime | None = Field(None, alias="from", description="Made at or after this moment.")
    to: datetime | None = Field(None, description="Made before this moment.")


class Wish(Strict):
    full: bool = Field(default=False, description="A full one, also when an incremental one would do.")


class Progress(Out):
    stage: str = Field(description="copying, writing, verifying, reading or restoring.")
    done_bytes: int
    total_bytes: int | None


class BackupOut(Out):
    id: str
    created_at: str
    bytes: int | None
    uncompressed_bytes: int | None
    kind: str
    base: str | None
    location: str
    name: str
    sha256: str | None
    verified_at: str | None
    verified_how: str | None
    status: str
    trigger: str
    requested_by: Reference | None
    error: str | None
    progress: Progress | None = Field(description="While a process is at it, about every second.")


class ResumedOut(Out):
    enabled: int
    refused: list[str]


@router.get("", response=Page[BackupOut])
@requires(Right.BACKUPS_READ)
def list_backups(request: HttpRequest, filters: Query[Filters]) -> dict[str, Any]:
    """Backups, the newest first."""
    found = queries.list_backups(
        status=filters.status, kind=filters.kind, created_from=filters.from_, created_to=filters.to
    )
    return page(found, order="-created_at", limit=filters.limit, cursor=filters.cursor, present=present)


@router.post("", response={202: BackupOut})
@requires(Right.BACKUPS_WRITE)
def create_backup(request: HttpRequest, wish: Wish | None = None) -> Answer[dict[str, Any]]:
    """Ask for a backup; a worker makes it, `status` tells how it goes. 409 when one waits already."""
    assert isinstance(request.user, User)
    full = wish.full if wish is not None else False
    return Answer(202, present(service.ask(full=full, by=request.user, now=clock.now())))


@router.post("/resume", response=ResumedOut)
@requires(Right.BACKUPS_WRITE)
def resume(request: HttpRequest) -> dict[str, Any]:
    """After a restore: switch the paused schedules on again. 409 when nothing is paused."""
    assert isinstance(request.user, User)
    done = restorations.resume(request.user, clock.now())
    return {"enabled": done.enabled, "refused": done.refused}


@router.get("/{backup}", response=BackupOut)
@requires(Right.BACKUPS_READ)
def get_backup(request: HttpRequest, backup: str) -> dict[str, Any]:
    return present(queries.get_backup(backup))


@router.post("/{backup}/verify", response={202: BackupOut})
@requires(Right.BACKUPS_WRITE)
def verify_backup(request: HttpRequest, backup: str) -> Answer[dict[str, Any]]:
    """Have it read and verified again by a worker. 409 when it has no file or is being made."""
    return Answer(202, present(service.ask_verification(backup)))
