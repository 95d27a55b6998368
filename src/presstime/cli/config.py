"""`presstime config`: what is in force and where it came from."""

from __future__ import annotations

import json
from typing import Annotated, Any, NamedTuple

import typer

from presstime.base.configuration import Loaded, load, variable_of
from presstime.base.configuration_fields import SECRETS, Configuration

MASK = "********"
app = typer.Typer(help="The settings.", no_args_is_help=True)


class Shown(NamedTuple):
    """One setting as it may be printed."""

    name: str
    value: Any
    origin: str


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
        typer.echo(f"{setting.name:<{width}}  {_text(setting.value)}{suffix}".rstrip())


def shown(loaded: Loaded) -> list[Shown]:
    """All settings in the order of their documentation; of a secret only whether it is set."""
    return [_one(loaded, field) for field in Configuration.model_fields]


def _one(loaded: Loaded, field: str) -> Shown:
    value = getattr(loaded.configuration, field)
    if field in SECRETS:
        value = MASK if value else None
    elif isinstance(value, tuple):
        value = list(value)
    elif not isinstance(value, (bool, int, float, type(None))):
        value = str(value)
    return Shown(variable_of(field), value, str(loaded.origins.get(field, "default")))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, list) else str(value)
