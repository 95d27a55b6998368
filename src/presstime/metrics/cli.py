"""`presstime metrics`: the figures of this moment, and counting them anew."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from presstime.base import clock
from presstime.metrics import exposition, registry, service
from presstime.metrics.exposition import Format

app = typer.Typer(help="Metrics.", no_args_is_help=True)


@app.command()
def show(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print every metric, as text of Prometheus or as JSON."""
    collected = registry.collect(clock.now())
    if as_json:
        typer.echo(json.dumps(exposition.as_json(collected), indent=2))
        return
    text, _ = exposition.as_text(collected, Format.PROMETHEUS)
    typer.echo(text.decode(), nl=False)


@app.command()
def rebuild(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count everything anew from the rows of the database; a running server waits for it and goes on."""
    done = service.rebuild(clock.now())
    if as_json:
        typer.echo(json.dumps(done))
        return
    for series, events in done.items():
        typer.echo(f"{series}: {events:,} events counted.")
