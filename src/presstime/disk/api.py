"""The API of the disks: how they are, the thresholds, and cleaning up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router
from ninja import Status as Answer
from pydantic import Field

from presstime.accounts.confirmation import confirmed
from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.api.paging import page
from presstime.api.schemas import Out, Page, Paging, Parameters, Reference, Strict
from presstime.base import clock
from presstime.disk import cleaning, cleanups, queries, service
from presstime.disk.presentation import disks, present, present_cleanup, present_found
from presstime.disk.states import Action

router = Router(tags=["disk"])


class VolumeOut(Out):
    name: str = Field(description="Items of the same name share a volume.")
    path_kind: str = Field(description="database, reports, scratch or backup.")
    total_bytes: int
    free_bytes: int
    total_inodes: int = Field(description="0 where the file system makes them as needed.")
    free_inodes: int
    status: str = Field(description="pass, warn or fail.")


class ThresholdsOut(Out):
    warning_bytes: int
    critical_bytes: int
    origins: dict[str, str]


class PointOut(Out):
    time: str
    free_bytes: int


class UsageOut(Out):
    name: str
    bytes: int


class Recommendation(Out):
    action: str
    bytes: int
    count: int
    detail: str


class DiskOut(Out):
    status: str
    volumes: list[VolumeOut]
    thresholds: ThresholdsOut
    trend_volume: str
    trend: list[PointOut]
    days_left: float | None = Field(description="Until the critical threshold; null when it does not shrink.")
    average_report_bytes: int | None
    estimated_next_execution_bytes: int | None
    estimated_next_24h_bytes: int
    usage: list[UsageOut] | None = Field(description="What uses space; null until a worker has measured it first.")
    recommendations: list[Recommendation]
    recommendations_at: str | None = Field(
        description="When these and `usage` were looked up; workers do so every ten minutes. Null before the first time."
    )


class Shown(Parameters):
    volume: str = Field("", max_length=40, description="Whose trend; that of the reports by default.")


class ThresholdChange(Strict):
    warning_bytes: int | None = Field(None, description="null gives it back to the settings.")
    critical_bytes: int | None = Field(None, description="null gives it back to the settings.")


class CleanupWish(Strict):
    dry_run: bool = Field(description="Only say what would be freed.")
    actions: list[Action] = Field(list(Action), min_length=1, description="Everything by default.")


class CleanupOut(Out):
    id: str
    status: str
    actions: list[str]
    remaining: list[str]
    requested_by: Reference | None
    requested_at: str
    started_at: str | None
    finished_at: str | None
    planned_bytes: int
    freed_bytes: int
    removed: int
    error: str


class DryRunOut(Out):
    dry_run: bool
    bytes: int
    actions: list[Recommendation]


@router.get("", response=DiskOut)
@requires(Right.STORAGE_READ)
def get_disk(request: HttpRequest, shown: Query[Shown]) -> dict[str, Any]:
    """The volumes now and before, and what would free space."""
    return present(disks(settings.CONFIGURATION, clock.now(), shown.volume))


@router.patch("/thresholds", response=ThresholdsOut)
@requires(Right.STORAGE_WRITE)
def change_thresholds(request: HttpRequest, change: ThresholdChange) -> dict[str, Any]:
    """Set the thresholds; what is stored here goes before the settings. They hold for the next execution that starts."""
    chosen = service.change_thresholds(change.model_dump(exclude_unset=True), _person(request), clock.now())
    return {
        "warning_bytes": chosen.thresholds.warning_bytes,
        "critical_bytes": chosen.thresholds.critical_bytes,
        "origins": dict(chosen.origins),
    }


@router.post("/cleanup", response={200: DryRunOut, 202: CleanupOut})
@confirmed
@requires(Right.STORAGE_WRITE)
def clean_up(request: HttpRequest, wish: CleanupWish) -> Answer[dict[str, Any]]:
    """Remove what is named, in a worker; 409 while another cleanup is under way. With `dry_run` nothing is removed."""
    now = clock.now()
    if wish.dry_run:
        found = cleaning.find(settings.CONFIGURATION, now, wish.actions)
        shown = [present_found(each) for each in found]
        return Answer(200, {"dry_run": True, "bytes": sum(each.bytes for each in found), "actions": shown})
    return Answer(202, present_cleanup(cleanups.request(wish.actions, _person(request), now)))


@router.get("/cleanups", response=Page[CleanupOut])
@requires(Right.STORAGE_READ)
def list_cleanups(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Cleanups, newest first."""
    return page(
        queries.list_cleanups(),
        order="-requested_at",
        limit=paging.limit,
        cursor=paging.cursor,
        present=present_cleanup,
    )


@router.get("/cleanups/{cleanup}", response=CleanupOut)
@requires(Right.STORAGE_READ)
def get_cleanup(request: HttpRequest, cleanup: str) -> dict[str, Any]:
    """One cleanup, with how far it is."""
    return present_cleanup(queries.get_cleanup(cleanup))


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
