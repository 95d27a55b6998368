"""`presstime execution`: the executions, for those on call."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from presstime.base import clock
from presstime.base.moments import read_moment
from presstime.executions import queries, service
from presstime.executions.limits import warnings_of
from presstime.executions.models import Execution
from presstime.executions.presentation import present, present_all
from presstime.executions.queries import Filter
from presstime.executions.states import Category, Status, Trigger

app = typer.Typer(help="Executions.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Id = Annotated[str, typer.Argument(help="The execution's id.", metavar="ID", show_default=False)]


@app.command("list")
def list_executions(
    schedule: Annotated[str | None, typer.Option(help="Only of this schedule, by id or name.")] = None,
    status: Annotated[list[Status] | None, typer.Option(help="Only in this state; may be given several times.")] = None,
    category: Annotated[Category | None, typer.Option(help="Only with errors of this category.")] = None,
    trigger: Annotated[Trigger | None, typer.Option(help="Only those begun by this.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Queued since this day or moment (UTC).")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Queued up to this day or before this moment (UTC).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """List executions, the newest first."""
    narrowed = Filter(
        schedule=schedule,
        status=status or (),
        error_category=category,
        trigger=trigger,
        since=read_moment("from", since) if since else None,
        until=read_moment("to", until, is_end=True) if until else None,
    )
    found = list(queries.list_executions(narrowed).select_related(*queries.NAMED)[:limit])
    if as_json:
        typer.echo(json.dumps(present_all(found), indent=2, ensure_ascii=False))
        return
    for execution in found:
        typer.echo(_line(execution))
    typer.echo(f"{len(found)} shown.", err=True)


def _line(execution: Execution) -> str:
    name = execution.schedule.name if execution.schedule is not None else execution.report.name
    error = f"  {execution.error_category}/{execution.error_code}" if execution.error_category else ""
    return f"{execution.pk}  {execution.queued_at:%Y-%m-%dT%H:%M:%SZ}  {execution.status:<10}{name}{error}"


@app.command("show")
def show(execution_id: Id) -> None:
    """Print an execution with its attempts, files and mails as JSON."""
    typer.echo(json.dumps(present(queries.get_execution(execution_id)), indent=2, ensure_ascii=False))


@app.command("cancel")
def cancel(execution_id: Id, as_json: Json = False) -> None:
    """Cancel a waiting execution at once, or have a running one stopped."""
    execution = service.cancel(execution_id, clock.now())
    is_done = execution.status == Status.CANCELLED
    _tell(execution, "cancelled" if is_done else "is being stopped", as_json=as_json)


@app.command("retry")
def retry(execution_id: Id, as_json: Json = False) -> None:
    """Begin the next attempt of a retrying execution at once; dead ones: presstime dead-letters retry."""
    _tell(service.retry_now(execution_id, clock.now()), "is due now", as_json=as_json)


@app.command("timeout")
def timeout(
    execution_id: Id,
    seconds: Annotated[int, typer.Argument(help="The limit, 1 to 86400.", metavar="SECONDS", show_default=False)],
    as_json: Json = False,
) -> None:
    """Give an unfinished execution another time limit; a running one follows within a second or two."""
    execution = service.change_timeout(execution_id, seconds)
    for warning in warnings_of(execution.timeout_seconds):
        typer.echo(f"presstime: warning: {warning.message}", err=True)
    _tell(execution, f"has a limit of {execution.timeout_seconds} seconds now", as_json=as_json)


def _tell(execution: Execution, what: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(present(execution), indent=2) if as_json else f"{execution.pk} {what}")
