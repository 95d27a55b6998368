"""`presstime config`: what is in force and where it came from."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from presstime.base.configuration import load
from presstime.base.shown_settings import shown, text

app = typer.Typer(help="The settings.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """The settings."""


@app.command()
def show(
    origin: Annotated[bool, typer.Option("--origin", help="Also print where each value came from.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print every setting with its value, secrets masked."""
    settings = shown(load())
    if as_json:
        typer.echo(json.dumps({"settings": [setting._asdict() for setting in settings]}, indent=2))
        return
    width = max(len(setting.name) for setting in settings)
    for setting in settings:
        suffix = f"  ({setting.origin})" if origin else ""
        typer.echo(f"{setting.name:<{width}}  {text(setting.value)}{suffix}".rstrip())
