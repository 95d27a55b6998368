"""Planned runs that did not happen: see them, run one now, or say that somebody knows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Body, Query, Router, Status
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.api.paging import page
from presstime.api.schemas import Page, Paging, Reference, Strict, instant, reference
from presstime.base import clock
from presstime.base.errors import Invalid
from presstime.base.moments import check_moment
from presstime.executions.api import ExecutionOut
from presstime.executions.presentation import present as present_execution
from presstime.schedules import missed, queries
from presstime.schedules.models import MissedRun

router = Router(tags=["schedules"])
NEWEST = 100


class MissedOut(Strict):
    planned_for: str
    noted_at: str


class MissedOfAllOut(MissedOut):
    schedule: Reference


class LeftOutOut(Strict):
    first: str = Field(alias="from")
    until: str = Field(alias="to", description="This instant itself was not left out.")
    policy: str
    max_age_seconds: int
    noted_at: str


class MissedRuns(Strict):
    missed: list[MissedOut]
    left_out: list[LeftOutOut]


class AcknowledgedOut(Strict):
    acknowledged: list[str] = Field(description="For when they were planned.")


class Wanted(Strict):
    planned_for: datetime = Field(description="The instant of a missed run.")


class Known(Strict):
    planned_for: list[datetime] | None = Field(
        None, min_length=1, max_length=NEWEST, description="Instants of missed runs; all of the schedule by default."
    )


_ALL = Known()


@router.get("/missed-runs", response=Page[MissedOfAllOut])
@requires(Right.SCHEDULES_READ)
def list_missed_runs(request: HttpRequest, filters: Query[Paging]) -> dict[str, Any]:
    """What should have run and did not, of all schedules, the newest first; settled ones are left out."""
    return page(
        queries.list_missed(), order="-planned_for", limit=filters.limit, cursor=filters.cursor, present=present_of_all
    )


@router.get("/schedules/{schedule}/missed-runs", response=MissedRuns, by_alias=True)
@requires(Right.SCHEDULES_READ)
def missed_runs(request: HttpRequest, schedule: str) -> dict[str, Any]:
    """What should have run and did not, and what the catch-up policy left out on purpose; the newest hundred each."""
    found = queries.get_schedule(schedule)
    return {
        "missed": [_present(run) for run in queries.missed_of(found.pk, NEWEST)],
        "left_out": [
            {
                "from": instant(span.first),
                "to": instant(span.until),
                "policy": span.policy,
                "max_age_seconds": span.max_age_seconds,
                "noted_at": instant(span.noted_at),
            }
            for span in queries.passed_over(found.pk, NEWEST)
        ],
    }


@router.post("/schedules/{schedule}/missed-runs/run", response={202: ExecutionOut})
@requires(Right.SCHEDULES_RUN)
def run_missed(request: HttpRequest, schedule: str, wanted: Wanted) -> Status[dict[str, Any]]:
    """Run a missed instant now, evaluated at that instant; 404 when it is not missed, 409 when it has begun meanwhile."""
    _check("planned_for", wanted.planned_for)
    by = request.user if isinstance(request.user, User) else None
    return Status(202, present_execution(missed.run(schedule, wanted.planned_for, by, clock.now())))


@router.post("/schedules/{schedule}/missed-runs/acknowledge", response=AcknowledgedOut)
@requires(Right.ALERTS_WRITE)
def acknowledge_missed(request: HttpRequest, schedule: str, known: Body[Known] = _ALL) -> dict[str, Any]:
    """Say that somebody knows of missed runs: they are not run, and the alert is over with the last of them."""
    for number, at in enumerate(known.planned_for or ()):
        _check(f"planned_for.{number}", at)
    done = missed.acknowledge(schedule, known.planned_for, clock.now())
    return {"acknowledged": [instant(at) for at in done]}


def present_of_all(run: MissedRun) -> dict[str, Any]:
    return {"schedule": reference(run.schedule)} | _present(run)


def _present(run: MissedRun) -> dict[str, Any]:
    return {"planned_for": instant(run.planned_for), "noted_at": instant(run.noted_at)}


def _check(field: str, at: datetime) -> None:
    if wrong := check_moment(at):
        raise Invalid.of(field, wrong)
