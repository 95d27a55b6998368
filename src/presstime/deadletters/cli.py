"""`presstime dead-letters`: the queue for those on call."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Annotated

import typer

from presstime.base import clock
from presstime.base.moments import read_moment
from presstime.deadletters import queries, service
from presstime.deadletters.presentation import present, present_all
from presstime.deadletters.queries import Filter
from presstime.deadletters.service import AMONG, Chosen, Done
from presstime.deadletters.states import Status
from presstime.executions.limits import warnings_of
from presstime.executions.presentation import present as present_execution
from presstime.executions.states import Category
from presstime.web.wording import duration

app = typer.Typer(help="Executions that gave up.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Id = Annotated[str, typer.Argument(help="The dead letter's id.", metavar="ID", show_default=False)]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of dead letters.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="All open ones, narrowed by the options.")]
OfStatus = Annotated[Status | None, typer.Option("--status", help="Only those in this state.")]
OfSchedule = Annotated[str | None, typer.Option("--schedule", help="Only of this schedule, by id or name.")]
OfCategory = Annotated[Category | None, typer.Option("--category", help="Only errors of this category.")]
OfCode = Annotated[str | None, typer.Option("--code", help="Only errors with this code.")]
Text = Annotated[str | None, typer.Option("--text", help="Only with this in the error or the name.")]
Since = Annotated[str | None, typer.Option("--from", metavar="TIME", help="Dead since this day or moment (UTC).")]
Until = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="Dead up to this day or before this moment (UTC).")
]
Expected = Annotated[
    int | None, typer.Option(min=0, help="With --all: do nothing unless they are so many; exit code 1.")
]
Note = Annotated[str, typer.Option(help="What was done about it.")]


@app.command("list")
def list_dead_letters(
    status: OfStatus = None,
    schedule: OfSchedule = None,
    category: OfCategory = None,
    code: OfCode = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest first."""
    narrowed = _filter(status, schedule, category, code, text, since, until)
    rows = present_all(list(queries.list_dead_letters(narrowed)[:limit]), clock.now())
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        of, error = (row["schedule"] or row["report"])["name"], row["error"]
        tries, waited = len(row["attempts"]), duration(row["seconds_in_queue"])
        typer.echo(
            f"{row['id']}  {row['dead_at'][:19]}Z  {row['status']:<9}{of}  {error['category']}/{error['code']}  "
            f"{error['message']}  (tries: {tries}, in the queue: {waited})"
        )
    typer.echo(f"{len(rows)} shown.", err=True)


@app.command("show")
def show(letter_id: Id) -> None:
    """Print a dead letter with its error, every try and its time in the queue as JSON."""
    typer.echo(json.dumps(present(queries.get_dead_letter(letter_id), clock.now()), indent=2, ensure_ascii=False))


@app.command("retry")
def retry(
    ids: Ids = None,
    *,
    all_open: All = False,
    schedule: OfSchedule = None,
    category: OfCategory = None,
    code: OfCode = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    expected: Expected = None,
    timeout: Annotated[int | None, typer.Option(metavar="S", help="Another time limit; with one id.")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="Not before then, within 7 days; with one id.")] = None,
    as_json: Json = False,
) -> None:
    """Run the same planned instants again; exit code 1 when any of those named could not be."""
    narrowed = _filter(Status.OPEN, schedule, category, code, text, since, until)
    chosen = _chosen(ids, narrowed, "retry", everything=all_open, expected=expected)
    if timeout is None and at is None:
        _tell(service.retry_many(chosen, None, clock.now()), "queued", as_json=as_json)
    elif ids and len(ids) == 1:
        _retry_one(ids[0], timeout, read_moment("at", at) if at else None, as_json=as_json)
    else:
        raise typer.BadParameter("--timeout and --at go with one id.")


def _retry_one(letter_id: str, timeout: int | None, at: datetime | None, *, as_json: bool) -> None:
    execution = service.retry(letter_id, None, clock.now(), timeout_seconds=timeout, at=at)
    for warning in warnings_of(execution.timeout_seconds) if timeout is not None else ():
        typer.echo(f"presstime: warning: {warning.message}", err=True)
    typer.echo(json.dumps(present_execution(execution), indent=2) if as_json else f"{execution.pk} queued")


@app.command("resolve")
def resolve(
    ids: Ids = None,
    *,
    all_open: All = False,
    schedule: OfSchedule = None,
    category: OfCategory = None,
    code: OfCode = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    expected: Expected = None,
    note: Note = "",
    as_json: Json = False,
) -> None:
    """Mark dead letters as dealt with; exit code 1 when any of those named could not be."""
    narrowed = _filter(Status.OPEN, schedule, category, code, text, since, until)
    chosen = _chosen(ids, narrowed, "resolve", everything=all_open, expected=expected)
    _tell(service.resolve_many(chosen, note, None, clock.now()), "resolved", as_json=as_json)


@app.command("delete")
def delete(
    ids: Ids = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All, in whatever state, narrowed by the options; asks first.")
    ] = False,
    status: OfStatus = None,
    schedule: OfSchedule = None,
    category: OfCategory = None,
    code: OfCode = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    expected: Expected = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Take dead letters off the list; their executions stay. Exit code 1 when any of those named could not be."""
    narrowed = _filter(status, schedule, category, code, text, since, until)
    chosen = _chosen(ids, narrowed, "delete", everything=everything, expected=expected)
    if everything and expected is None and not yes:
        _confirm(len(chosen.ids))
    _tell(service.delete_many(chosen, clock.now()), "deleted", as_json=as_json)


def _confirm(count: int) -> None:
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"{count:,} would be deleted. Give --yes, or --expected {count}.")
    typer.confirm(f"Delete {count:,} dead letters?", abort=True)


def _filter(
    status: Status | None,
    schedule: str | None,
    category: Category | None,
    code: str | None,
    text: str | None,
    since: str | None,
    until: str | None,
) -> Filter:
    return Filter(
        schedule=schedule,
        status=status,
        error_category=category,
        error_code=code,
        text=text,
        since=read_moment("from", since) if since else None,
        until=read_moment("to", until, is_end=True) if until else None,
    )


def _chosen(ids: list[str] | None, narrowed: Filter, act: str, *, everything: bool, expected: int | None) -> Chosen:
    """Those named, or those that the filter lets through now; with *expected* the service counts them once more."""
    if bool(ids) == everything:
        raise typer.BadParameter("Name dead letters by their ids, or give --all.")
    if ids:
        if expected is not None or _is_narrowed(narrowed, act):
            raise typer.BadParameter("--expected and what narrows the list go with --all.")
        return Chosen(ids=ids)
    if expected is not None:
        return Chosen(narrowed=narrowed, expected=expected)
    among = queries.list_dead_letters(narrowed).filter(status__in=sorted(AMONG[act]))
    return Chosen(ids=[str(key) for key in among.values_list("pk", flat=True)])


def _is_narrowed(narrowed: Filter, act: str) -> bool:
    return narrowed != Filter(status=None if act == "delete" else Status.OPEN)


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
