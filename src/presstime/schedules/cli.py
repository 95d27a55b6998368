"""`presstime run SCHEDULE` and `presstime schedule …`."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from pressroom.command import UsageError, read_instant, read_pairs
from presstime.api.schemas import instant
from presstime.base import clock
from presstime.executions import queries as executions
from presstime.executions.limits import warnings_of
from presstime.executions.models import Execution
from presstime.executions.presentation import present as present_execution
from presstime.executions.states import FINISHED, Status
from presstime.schedules import missed, queries, service
from presstime.schedules.api import present_all
from presstime.schedules.cron import describe, parse
from presstime.schedules.missed_api import present_of_all as present_missed
from presstime.schedules.models import Schedule

POLL_SECONDS = 0.25
MOST_MISSED = 1000
app = typer.Typer(help="Schedules.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PLANNED_FOR = "The moment for which it was planned: 2026-11-24T07:00:00Z, or without an offset on the schedule's clock."
Instant = Annotated[str, typer.Argument(help=PLANNED_FOR, metavar="T", show_default=False)]
Reference = Annotated[str, typer.Argument(help="Name or id.", metavar="SCHEDULE", show_default=False)]


@app.callback()
def schedule() -> None:
    """Schedules."""


@app.command("list")
def list_schedules(as_json: Json = False) -> None:
    """List the schedules with their next run."""
    schedules = list(queries.list_schedules().order_by("name"))
    if as_json:
        typer.echo(json.dumps(present_all(schedules), indent=2))
        return
    table = Table("Name", "Report", "Runs", "Zone", "Next run", box=None)
    for each in schedules:
        table.add_row(each.name, each.report.name, describe(parse(each.cron)), each.timezone, _next_run(each))
    Console().print(table)


@app.command()
def enable(reference: Reference) -> None:
    """Switch a schedule on; its next run is planned from now."""
    found = service.enable(reference, clock.now())
    typer.echo(f'"{found.name}" is on; it runs next {_next_run(found)}.')


@app.command()
def disable(reference: Reference) -> None:
    """Switch a schedule off; what runs goes on to its end."""
    found = service.disable(reference, clock.now())
    typer.echo(f'"{found.name}" is off.')


@app.command("missed")
def list_missed(
    reference: Annotated[str, typer.Argument(help="Name or id; all by default.", metavar="[SCHEDULE]")] = "",
    as_json: Json = False,
) -> None:
    """List planned runs that did not happen and that nobody has settled, the newest first."""
    found = queries.list_missed()
    if reference:
        found = found.filter(schedule=queries.get_schedule(reference))
    runs = list(found[:MOST_MISSED])
    if as_json:
        typer.echo(json.dumps([present_missed(run) for run in runs], indent=2))
        return
    for each in runs:
        typer.echo(
            f"{instant(each.planned_for)}  {each.schedule.name}  ({_local(each.planned_for, each.schedule.timezone)} local)"
        )
    typer.echo(f"{len(runs)} shown.", err=True)


@app.command("run-missed")
def run_missed(reference: Reference, planned_for: Instant, as_json: Json = False) -> None:
    """Run a missed run now, evaluated at the moment for which it was planned."""
    found = queries.get_schedule(reference)
    _print(missed.run(found.pk, _instant(planned_for, found), None, clock.now()), as_json=as_json)


@app.command("acknowledge")
def acknowledge(
    reference: Reference,
    planned_for: Annotated[list[str] | None, typer.Argument(help=PLANNED_FOR, metavar="[T]...")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All missed runs of the schedule.")] = False,
) -> None:
    """Say that somebody knows of missed runs: they are not run, and the alert is over."""
    if bool(planned_for) == all_:
        raise typer.BadParameter("Name the moments for which they were planned, or give --all.")
    found = queries.get_schedule(reference)
    instants = None if all_ else [_instant(text, found) for text in planned_for or ()]
    for at in missed.acknowledge(found.pk, instants, clock.now()):
        typer.echo(f"{instant(at)} acknowledged")


def _instant(text: str, schedule: Schedule) -> datetime:
    try:
        return read_instant(text, ZoneInfo(schedule.timezone), "T")
    except UsageError as error:
        raise typer.BadParameter(str(error)) from None


def run(
    reference: Reference,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the end; exit code 0 only when it succeeded.")] = False,
    timeout: Annotated[int | None, typer.Option(help="Time limit in seconds.", metavar="S")] = None,
    as_of: Annotated[
        str, typer.Option(help="Run as if it were then: 2013-08-01 or 2013-08-01T06:00:00Z.", metavar="T")
    ] = "",
    param: Annotated[list[str] | None, typer.Option(help="A parameter's value.", metavar="NAME=VALUE")] = None,
    as_json: Json = False,
) -> None:
    """Queue an execution of a schedule now; a worker runs it."""
    found = queries.get_schedule(reference)
    try:
        parameters = read_pairs(param or (), "--param")
        moment = read_instant(as_of, ZoneInfo(found.timezone)) if as_of else None
    except UsageError as error:
        raise typer.BadParameter(str(error)) from None
    execution = service.run(found.pk, None, clock.now(), timeout_seconds=timeout, parameters=parameters, as_of=moment)
    for warning in warnings_of(timeout) if timeout is not None else ():
        typer.echo(f"presstime: warning: {warning.message}", err=True)
    if wait:
        execution = _wait(execution.pk)
    _print(execution, as_json=as_json)
    if wait and execution.status != Status.SUCCEEDED:
        raise typer.Exit(1)


def _wait(execution_id: UUID) -> Execution:
    """The execution when it has ended; meanwhile the terminal says how it stands."""
    pause = threading.Event()
    with Console(stderr=True).status("queued") as status:
        while (execution := executions.get_execution(execution_id)).status not in FINISHED:
            status.update(_standing(execution))
            pause.wait(POLL_SECONDS)
    return execution


def _standing(execution: Execution) -> str:
    reason = execution.stage if execution.status == Status.RUNNING else execution.waiting_for
    return f"{execution.status}: {reason}" if reason else execution.status


def _print(execution: Execution, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(present_execution(execution), indent=2))
        return
    typer.echo(f"{execution.pk} {execution.status}")
    if execution.note:
        typer.echo(execution.note)
    if execution.error_message:
        typer.echo(f"{execution.error_message} {execution.error_hint}".rstrip(), err=True)


def _next_run(schedule: Schedule) -> str:
    return _local(schedule.next_run_at, schedule.timezone) if schedule.enabled else "off"


def _local(at: datetime | None, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if at else "never"
