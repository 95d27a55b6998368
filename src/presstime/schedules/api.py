"""Schedules: when a report runs and who gets it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Body, Query, Router, Status
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.api import body
from presstime.api.paging import page
from presstime.api.schemas import Page, Paging, Reference, Strict, instant, reference
from presstime.base import clock
from presstime.base.errors import FieldProblem, Invalid
from presstime.executions.api import ExecutionOut
from presstime.executions.presentation import present as present_execution
from presstime.reports import queries as reports
from presstime.schedules import queries, service
from presstime.schedules.models import Schedule
from presstime.schedules.outlook import Outlook
from presstime.schedules.recurrence import Run
from presstime.schedules.states import CatchUp, SendWhen

router = Router(tags=["schedules"])


class Recipients(Strict):
    to: list[str] = []
    cc: list[str] = []
    bcc: list[str] = []


class ScheduleFields(Strict):
    """What may be given; a change names only what it changes."""

    timezone: str = Field("", description="An IANA zone such as Europe/Berlin; the installation's by default.")
    enabled: bool = True
    recipients: Recipients = Recipients()
    reply_to: str | None = Field(None, description="Where answers go; to the sender of all mail by default.")
    formats: list[str] = Field([], description="pdf, html, xlsx, csv, json, parquet, png; the report's by default.")
    parameters: dict[str, Any] = Field({}, description="They override the report's defaults.")
    timeout_seconds: int = Field(1800, description="300 to 7200; above 3600 there is a warning.")
    catch_up: CatchUp = Field(CatchUp.LATEST, description="What is done about instants that passed while nothing ran.")
    catch_up_max_age_seconds: int = Field(
        86400, description="60 to 2678400 (31 days): older instants are not made up for; a day by default."
    )
    send_when: SendWhen = Field(SendWhen.ALWAYS, description='"rows": only when the queries gave any.')
    output_path: str | None = Field(
        None, description='A folder below "published" of the reports for a copy of the files.'
    )
    retries: int | None = Field(
        None, description="0 to 10, for network, system and unknown; the installation's by default."
    )
    retention_days: int | None = Field(
        None, description="How long files are kept, 1 to 3650 days; the installation's setting by default."
    )
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class NewSchedule(ScheduleFields):
    name: str
    report: str = Field(description="Id or name.")
    cron: str = Field(description="Five fields: minute, hour, day of the month, month, day of the week.")


class ScheduleChange(ScheduleFields):
    name: str = ""
    report: str = Field("", description="Id or name.")
    cron: str = ""


class RunOut(Strict):
    at: str
    local: str
    note: str | None = None


class Problem(Strict):
    field: str
    message: str


class ScheduleOut(Strict):
    id: str
    name: str
    report: Reference
    owner: Reference | None
    cron: str
    cron_description: str
    timezone: str
    enabled: bool
    recipients: dict[str, list[str]]
    reply_to: str | None
    formats: list[str]
    parameters: dict[str, Any]
    timeout_seconds: int
    catch_up: str
    catch_up_max_age_seconds: int
    send_when: str
    output_path: str | None
    retries: int | None
    retention_days: int | None
    starts_at: str | None
    ends_at: str | None
    next_run_at: str | None
    consecutive_failures: int
    paused_at: str | None
    paused_reason: str | None
    next_runs: list[RunOut]
    warnings: list[Problem]
    created_at: str
    updated_at: str


class Validated(Strict):
    valid: bool
    errors: list[Problem]
    warnings: list[Problem]
    cron_description: str | None
    next_runs: list[RunOut]


class RunWish(Strict):
    timeout_seconds: int | None = Field(None, description="For this run; outside 300-7200 administrators only.")
    parameters: dict[str, Any] | None = Field(None, description="They override the schedule's one by one.")
    recipients: Recipients | None = Field(None, description="Instead of the schedule's.")
    as_of: datetime | None = Field(None, description="Periods are evaluated at this moment; now by default.")


_AS_IT_IS = RunWish()


class Filters(Paging):
    report: str | None = Field(None, description="Id or name.")
    enabled: bool | None = None


@router.get("/schedules", response=Page[ScheduleOut], exclude_unset=True)
@requires(Right.SCHEDULES_READ)
def list_schedules(request: HttpRequest, filters: Query[Filters]) -> dict[str, Any]:
    report = reports.get_report(filters.report).pk if filters.report else None
    found = queries.list_schedules(report=report, enabled=filters.enabled).select_related(None)
    # Not joined: many schedules share a report, whose text can be long, and an owner.
    found = found.prefetch_related("report__current", "owner")
    shown = page(found, order="name", limit=filters.limit, cursor=filters.cursor)
    return shown | {"items": present_all(shown["items"])}


@router.post("/schedules", response={201: ScheduleOut}, exclude_unset=True)
@requires(Right.SCHEDULES_WRITE)
def create_schedule(request: HttpRequest, new: NewSchedule) -> Status[dict[str, Any]]:
    return Status(201, present(service.create(new.model_dump(exclude_unset=True), _caller(request), clock.now())))


@router.post(
    "/schedules/validate",
    response=Validated,
    exclude_unset=True,
    openapi_extra={
        "requestBody": {
            "content": {
                "application/json": {
                    "schema": {"anyOf": [{"$ref": "#/components/schemas/NewSchedule"}, {"type": "object"}]}
                }
            }
        }
    },
)
@requires(Right.SCHEDULES_WRITE)
def validate(request: HttpRequest) -> dict[str, Any]:
    """Say what would become of a new schedule. Everything that is wrong is in the answer, types and names as well."""
    try:
        given = body.read(request)
    except Invalid as error:  # a text that no database keeps
        verdict = service.Verdict(error.problems, None)
    else:
        if not isinstance(given, dict):
            raise Invalid.of("", "The body is not an object of fields and values.")
        verdict = service.validate(given, clock.now())
    outlook = verdict.outlook
    return {
        "valid": verdict.is_valid,
        "errors": _problems(verdict.errors),
        "warnings": _problems(outlook.warnings) if outlook else [],
        "cron_description": outlook.cron_description if outlook else None,
        "next_runs": [_present_run(run) for run in outlook.next_runs] if outlook else [],
    }


@router.get("/schedules/{schedule}", response=ScheduleOut, exclude_unset=True)
@requires(Right.SCHEDULES_READ)
def get_schedule(request: HttpRequest, schedule: str) -> dict[str, Any]:
    return present(queries.get_schedule(schedule))


@router.patch("/schedules/{schedule}", response=ScheduleOut, exclude_unset=True)
@requires(Right.SCHEDULES_WRITE)
def change_schedule(request: HttpRequest, schedule: str, change: ScheduleChange) -> dict[str, Any]:
    """Change what is named; the rest stays as it is."""
    return present(service.change(schedule, change.model_dump(exclude_unset=True), clock.now()))


@router.delete("/schedules/{schedule}", response={204: None})
@requires(Right.SCHEDULES_WRITE)
def delete_schedule(request: HttpRequest, schedule: str) -> Status[None]:
    """Delete a schedule; its executions stay."""
    service.delete(schedule, clock.now())
    return Status(204, None)


@router.post("/schedules/{schedule}/enable", response=ScheduleOut, exclude_unset=True)
@requires(Right.SCHEDULES_ENABLE)
def enable(request: HttpRequest, schedule: str) -> dict[str, Any]:
    """Switch it on. What passed while it was off is not made up for."""
    return present(service.enable(schedule, clock.now()))


@router.post("/schedules/{schedule}/disable", response=ScheduleOut, exclude_unset=True)
@requires(Right.SCHEDULES_ENABLE)
def disable(request: HttpRequest, schedule: str) -> dict[str, Any]:
    """Switch it off. What is queued already runs."""
    return present(service.disable(schedule, clock.now()))


@router.post("/schedules/{schedule}/run", response={202: ExecutionOut})
@requires(Right.SCHEDULES_RUN)
def run(request: HttpRequest, schedule: str, wish: Body[RunWish] = _AS_IT_IS) -> Status[dict[str, Any]]:
    """Queue an execution now, whether the schedule is on or off; the schedule stays as it is."""
    execution = service.run(
        schedule,
        _caller(request),
        clock.now(),
        timeout_seconds=wish.timeout_seconds,
        parameters=wish.parameters,
        recipients=wish.recipients.model_dump() if wish.recipients else None,
        as_of=wish.as_of,
    )
    return Status(202, present_execution(execution))


@router.post("/schedules/{schedule}/test", response={202: ExecutionOut})
@requires(Right.SCHEDULES_RUN)
def send_test(request: HttpRequest, schedule: str) -> Status[dict[str, Any]]:
    """Run it now and send the mail to the caller alone, its subject marked as a test."""
    return Status(202, present_execution(service.test(schedule, _caller(request), clock.now())))


def present(schedule: Schedule) -> dict[str, Any]:
    return present_all([schedule])[0]


def present_all(schedules: Sequence[Schedule]) -> list[dict[str, Any]]:
    """As `present`, with one query for all of them."""
    outlooks = service.outlooks_of(schedules, clock.now())
    return [_present_fields(each) | _present_outlook(outlooks[each.pk]) for each in schedules]


def _present_fields(schedule: Schedule) -> dict[str, Any]:
    return {
        "id": str(schedule.pk),
        "name": schedule.name,
        "report": reference(schedule.report),
        "owner": reference(schedule.owner),
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "enabled": schedule.enabled,
        "recipients": {role: list(schedule.recipients.get(role, [])) for role in ("to", "cc", "bcc")},
        "reply_to": schedule.reply_to or None,
        "formats": schedule.formats,
        "parameters": schedule.parameters,
        "timeout_seconds": schedule.timeout_seconds,
        "catch_up": schedule.catch_up,
        "catch_up_max_age_seconds": schedule.catch_up_max_age_seconds,
        "send_when": schedule.send_when,
        "output_path": schedule.output_path or None,
        "retries": schedule.retries,
        "retention_days": schedule.retention_days,
        "starts_at": instant(schedule.starts_at),
        "ends_at": instant(schedule.ends_at),
        "next_run_at": instant(schedule.next_run_at),
        "consecutive_failures": schedule.failures_in_a_row,
        "paused_at": instant(schedule.paused_at),
        "paused_reason": schedule.paused_reason or None,
        "created_at": instant(schedule.created_at),
        "updated_at": instant(schedule.updated_at),
    }


def _present_outlook(outlook: Outlook) -> dict[str, Any]:
    return {
        "cron_description": outlook.cron_description,
        "next_runs": [_present_run(run) for run in outlook.next_runs],
        "warnings": _problems(outlook.warnings),
    }


def _present_run(run: Run) -> dict[str, str | None]:
    shown: dict[str, str | None] = {"at": instant(run.at), "local": run.local.isoformat()}
    return shown | {"note": run.note} if run.note else shown


def _problems(problems: list[FieldProblem]) -> list[dict[str, str]]:
    return [{"field": problem.field, "message": problem.message} for problem in problems]


def _caller(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
