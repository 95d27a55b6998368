"""`presstime source …`"""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(help="Data sources that reports query.", no_args_is_help=True)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Letters, digits, - and _; reports name it so.")],
    url: Annotated[
        str,
        typer.Argument(
            help="sqlite:///file.db, files:///folder, postgresql://…, mysql://… or - to read it from stdin."
        ),
    ],
) -> None:
    """Add a source. A URL with a password is better read from stdin, where no other user of the machine can see it."""
    from presstime.base import clock
    from presstime.sources import service

    text = sys.stdin.readline().strip() if url == "-" else url
    source = service.add(name=name, url=text, by=None, now=clock.now())
    typer.echo(f"Added the source {source.name}: {service.shown_url(source)}")
    if url != "-" and service.shown_url(source) != text:
        hint = "The password stands in the shell's history now. Next time: presstime source add NAME - < file"
        typer.echo(hint, err=True)


@app.command("test")
def test(name: str) -> None:
    """Connect to a source and read something; exit code 1 when that fails."""
    from presstime.sources import queries, service

    trial = service.test(queries.get_source(name))
    if trial.error is not None:
        typer.echo(f"{name}: {trial.error}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{name}: works")
    for warning in trial.warnings:
        typer.echo(f"{name}: {warning}", err=True)


@app.command("limit")
def limit(
    name: str,
    group: Annotated[list[str] | None, typer.Option(help="A group; may be repeated. None for everybody.")] = None,
) -> None:
    """Let only reports by members of groups query a source."""
    from presstime.accounts import groups
    from presstime.sources import service

    source = service.limit(name, groups.named(group or []))
    typer.echo(f"{source.name} may be queried by reports of: {', '.join(group) if group else 'everybody'}.")


@app.command("list")
def list_sources(as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """List the sources; secrets are masked."""
    from presstime.sources import queries, service

    rows = [(source.name, source.kind, service.shown_url(source)) for source in queries.list_sources()]
    if as_json:
        typer.echo(json.dumps([dict(zip(("name", "kind", "url"), row, strict=True)) for row in rows], indent=2))
        return
    table = Table("Name", "Kind", "URL", box=None)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
