"""Data sources: named databases and folders that reports query."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from presstime.accounts import groups
from presstime.accounts.confirmation import confirmed
from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.api.paging import page
from presstime.api.schemas import Page, Paging, Reference, Strict, instant, reference
from presstime.base import clock
from presstime.breakers import queries as breakers
from presstime.breakers.api import StandingOut
from presstime.breakers.models import Breaker
from presstime.breakers.presentation import present_standing
from presstime.breakers.states import Kind
from presstime.sources import queries, service
from presstime.sources.models import Source

router = Router(tags=["sources"])


class SourceOut(Strict):
    id: str
    name: str
    kind: str
    url: str = Field(description="Its secrets are masked.")
    groups: list[Reference] = Field(description="Whose members' reports may query it; everybody's when empty.")
    breaker: StandingOut = Field(description="Whether executions may use it at the moment.")
    created_at: str
    updated_at: str


class NewSource(Strict):
    name: str
    url: str = Field(
        description="`sqlite:///file.db`, `duckdb:///file.duckdb`, `files:///folder`, `postgresql://…`, `mysql://…`"
    )
    groups: list[str] = Field([], description="Groups by id or name, whose members' reports alone may query it.")


class SourceChange(Strict):
    name: str | None = None
    url: str | None = None
    groups: list[str] | None = Field(None, description="All groups of the source, by id or name; none for everybody.")


class Fault(Strict):
    code: str
    message: str
    hint: str


class Tested(Strict):
    status: str = Field(description='"pass" or "fail"')
    error: Fault | None
    warnings: list[str] = Field(description="What should be mended although it works, such as a user who may write.")


@router.get("/sources", response=Page[SourceOut])
@requires(Right.SOURCES_READ)
def list_sources(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    known = breakers.by_key(Kind.SOURCE)

    def shown(source: Source) -> dict[str, Any]:
        return _present(source, known.get(str(source.pk)))

    return page(
        queries.list_sources().prefetch_related("groups"),
        order="name",
        limit=paging.limit,
        cursor=paging.cursor,
        present=shown,
    )


@router.post("/sources", response={201: SourceOut})
@confirmed
@requires(Right.SOURCES_WRITE)
def create_source(request: HttpRequest, new: NewSource) -> Status[dict[str, Any]]:
    by = request.user if isinstance(request.user, User) else None
    wanted = groups.named(new.groups)
    with transaction.atomic():
        source = service.add(name=new.name, url=new.url, by=by, now=clock.now())
        service.limit(source.pk, wanted)
    return Status(201, present(source))


@router.get("/sources/{source}", response=SourceOut)
@requires(Right.SOURCES_READ)
def get_source(request: HttpRequest, source: str) -> dict[str, Any]:
    return present(queries.get_source(source))


@router.patch("/sources/{source}", response=SourceOut)
@confirmed
@requires(Right.SOURCES_WRITE)
def change_source(request: HttpRequest, source: str, change: SourceChange) -> dict[str, Any]:
    """Change what is named. A source that reports use keeps its name."""
    wanted = None if change.groups is None else groups.named(change.groups)
    with transaction.atomic():
        found = service.change(source, name=change.name, url=change.url, now=clock.now())
        if wanted is not None:
            service.limit(found.pk, wanted)
    return present(found)


@router.delete("/sources/{source}", response={204: None})
@confirmed
@requires(Right.SOURCES_WRITE)
def delete_source(request: HttpRequest, source: str) -> Status[None]:
    service.delete(source, clock.now())
    return Status(204, None)


@router.post("/sources/{source}/test", response=Tested)
@requires(Right.SOURCES_WRITE)
def test_source(request: HttpRequest, source: str) -> dict[str, Any]:
    """Connect and read something; the answer says what went wrong."""
    trial = service.test(queries.get_source(source))
    if trial.error is None:
        return {"status": "pass", "error": None, "warnings": list(trial.warnings)}
    fault = {"code": trial.error.code, "message": trial.error.message, "hint": trial.error.remedy}
    return {"status": "fail", "error": fault, "warnings": []}


def present(source: Source) -> dict[str, Any]:
    return _present(source, breakers.find_breaker(Kind.SOURCE, str(source.pk)))


def _present(source: Source, breaker: Breaker | None) -> dict[str, Any]:
    return {
        "id": str(source.pk),
        "name": source.name,
        "kind": source.kind,
        "url": service.shown_url(source),
        "groups": [reference(group) for group in source.groups.all()],
        "breaker": present_standing(breaker),
        "created_at": instant(source.created_at),
        "updated_at": instant(source.updated_at),
    }
