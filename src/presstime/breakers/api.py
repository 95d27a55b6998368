"""The API of breakers: which sources and mail servers are cut off, and letting everything pass again."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.api.paging import page
from presstime.api.schemas import Out, Page, Paging
from presstime.base import clock
from presstime.breakers import queries, service
from presstime.breakers.presentation import present
from presstime.breakers.states import Kind, State

router = Router(tags=["breakers"])


class Filters(Paging):
    """The filters of the list, and its page."""

    kind: Kind | None = None
    state: State | None = None


class TargetOut(Out):
    kind: str
    id: str = Field(description="The source's id; of a mail server a digest of its address.")
    name: str


class StandingOut(Out):
    state: str = Field(description="`closed`: all pass; `open`: all wait; `half_open`: one trial is under way.")
    failures: int = Field(description="In a row, until it opened.")
    opened_at: str | None
    next_trial_at: str | None = Field(description="Null while a trial is under way.")
    last_error: str | None


class BreakerOut(StandingOut):
    id: str
    target: TargetOut
    last_error_at: str | None


@router.get("", response=Page[BreakerOut])
@requires(Right.BREAKERS_READ)
def list_breakers(request: HttpRequest, filters: Query[Filters]) -> dict[str, Any]:
    """Breakers by name; a source that has never failed has none, and all pass."""
    found = queries.list_breakers(kind=filters.kind, state=filters.state)
    return page(found, order="name", limit=filters.limit, cursor=filters.cursor, present=present)


@router.get("/{breaker}", response=BreakerOut)
@requires(Right.BREAKERS_READ)
def get_breaker(request: HttpRequest, breaker: str) -> dict[str, Any]:
    return present(queries.get_breaker(breaker))


@router.post("/{breaker}/reset", response=BreakerOut)
@requires(Right.BREAKERS_WRITE)
def reset(request: HttpRequest, breaker: str) -> dict[str, Any]:
    """Let all pass at once, without a trial; 409 when it is closed."""
    return present(service.reset(breaker, clock.now()))
