"""`presstime dead-letters`: the queue for those on call."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from presstime.base import clock
from presstime.deadletters import queries, service
from presstime.deadletters.presentation import present_all
from presstime.deadletters.queries import Filter
from presstime.deadletters.service import Chosen, Done
from presstime.deadletters.states import Status
from presstime.executions.states import Category

app = typer.Typer(help="Executions that gave up.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of dead letters.", show_default=False)]
Schedule = Annotated[str | None, typer.Option(help="Only of this schedule, by id or name.")]
OfCategory = Annotated[Category | None, typer.Option("--category", help="Only errors of this category.")]
OfCode = Annotated[str | None, typer.Option("--code", help="Only errors with this code.")]
Note = Annotated[str, typer.Option(help="What was done about it.")]


@app.command("list")
def list_dead_letters(
    status: Annotated[Status | None, typer.Option(help="Only those in this state.")] = None,
    schedule: Schedule = None,
    category: OfCategory = None,
    code: OfCode = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest first."""
    narrowed = Filter(schedule=schedule, status=status, error_category=category, error_code=code)
    rows = present_all(list(queries.list_dead_letters(narrowed)[:limit]), clock.now())
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        of = (row["schedule"] or row["report"])["name"]
        error = row["error"]
        typer.echo(
            f"{row['id']}  {row['dead_at'][:19]}Z  {row['status']:<9}{of}  {error['category']}/{error['code']}  {error['message']}"
        )
    typer.echo(f"{len(rows)} shown.", err=True)


@app.command("retry")
def retry(
    ids: Ids = None,
    all_open: Annotated[bool, typer.Option("--all", help="All open ones, narrowed by the options.")] = False,
    schedule: Schedule = None,
    category: OfCategory = None,
    code: OfCode = None,
    as_json: Json = False,
) -> None:
    """Run the same planned instants again; exit code 1 when any of those named could not be."""
    narrowed = Filter(schedule=schedule, status=Status.OPEN, error_category=category, error_code=code)
    chosen = _named(ids, narrowed, everything=all_open)
    _tell(service.retry_many(chosen, None, clock.now()), "queued", as_json=as_json)


@app.command("resolve")
def resolve(
    ids: Ids = None,
    all_open: Annotated[bool, typer.Option("--all", help="All open ones, narrowed by the options.")] = False,
    schedule: Schedule = None,
    category: OfCategory = None,
    code: OfCode = None,
    note: Note = "",
    as_json: Json = False,
) -> None:
    """Mark dead letters as dealt with; exit code 1 when any of those named could not be."""
    narrowed = Filter(schedule=schedule, status=Status.OPEN, error_category=category, error_code=code)
    chosen = _named(ids, narrowed, everything=all_open)
    _tell(service.resolve_many(chosen, note, None, clock.now()), "resolved", as_json=as_json)


@app.command("delete")
def delete(
    ids: Annotated[list[str], typer.Argument(help="Ids of dead letters.", show_default=False)], as_json: Json = False
) -> None:
    """Take dead letters off the list; their executions stay."""
    _tell(service.delete_many(Chosen(ids=ids), clock.now()), "deleted", as_json=as_json)


def _named(ids: list[str] | None, narrowed: Filter, *, everything: bool) -> Chosen:
    if bool(ids) == everything:
        raise typer.BadParameter("Name dead letters by their ids, or give --all.")
    if ids and (narrowed.schedule or narrowed.error_category or narrowed.error_code):
        raise typer.BadParameter("--schedule, --category and --code go with --all.")
    if ids:
        return Chosen(ids=ids)
    return Chosen(ids=[str(key) for key in queries.list_dead_letters(narrowed).values_list("pk", flat=True)])


def _tell(result: Done, what: str, *, as_json: bool) -> None:
    if as_json:
        skipped = [{"id": key, "reason": reason} for key, reason in result.skipped]
        typer.echo(json.dumps({"done": result.done, "skipped": skipped}))
    else:
        typer.echo(f"{result.done} {what}.")
        for key, reason in result.skipped:
            typer.echo(f"{key}: {reason}", err=True)
    if result.skipped:
        raise typer.Exit(1)
