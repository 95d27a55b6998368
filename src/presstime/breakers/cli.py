"""`presstime breakers`: what is cut off, for those on call."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from presstime.base import clock
from presstime.base.errors import PresstimeError
from presstime.breakers import queries, service
from presstime.breakers.presentation import present
from presstime.breakers.states import Kind, State

app = typer.Typer(help="What is cut off because it failed again and again.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_breakers(
    kind: Annotated[Kind | None, typer.Option(help="Only those of this kind.")] = None,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    as_json: Json = False,
) -> None:
    """List the breakers of sources and mail servers that have ever failed."""
    rows = [present(breaker) for breaker in queries.list_breakers(kind=kind, state=state)]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        target = row["target"]
        typer.echo(f"{row['id']}  {row['state']:<10}{target['kind']:<12}{target['name']}")
        if row["state"] != State.CLOSED:
            trial = f"next trial {row['next_trial_at'][:19]}Z" if row["next_trial_at"] else "a trial is under way"
            typer.echo(f"    since {row['opened_at'][:19]}Z, {trial}: {row['last_error'] or 'no error is known'}")
    typer.echo(f"{len(rows)} shown.", err=True)


@app.command()
def reset(ids: Annotated[list[str], typer.Argument(help="Ids of breakers that are not closed.")]) -> None:
    """Let everything pass at once, without a trial; exit code 1 when any is closed already."""
    refused = False
    for breaker_id in ids:
        try:
            breaker = service.reset(breaker_id, clock.now())
        except PresstimeError as error:
            typer.echo(f"{breaker_id}: {error}", err=True)
            refused = True
        else:
            typer.echo(f"{breaker_id}: closed: {breaker.name}")
    if refused:
        raise typer.Exit(1)
