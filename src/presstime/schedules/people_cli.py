"""`presstime recipients`: who gets what, and one replaced everywhere."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from presstime.base import clock
from presstime.schedules import people
from presstime.schedules.people import Change
from presstime.schedules.people_api import present_all, present_change

app = typer.Typer(help="Who gets what.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_recipients(
    address: Annotated[str, typer.Option(help="Only addresses with this in them.")] = "", as_json: Json = False
) -> None:
    """List everybody whom a schedule writes to, and the schedules."""
    found = people.list_people(address)
    if as_json:
        typer.echo(json.dumps(present_all(found), indent=2, ensure_ascii=False))
        return
    for person in found:
        listed = ", ".join(f"{place.schedule.name} ({'+'.join(place.roles)})" for place in person.places)
        typer.echo(f"{person.address}  {listed}")
    typer.echo(f"{len(found)} shown.", err=True)


@app.command("replace")
def replace(
    old: Annotated[str, typer.Argument(help="The address that is to be replaced.", metavar="OLD", show_default=False)],
    new: Annotated[str, typer.Argument(help="The one that takes its place.", metavar="[NEW]", show_default=False)] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take it off instead.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Replace a person on every schedule at once, or take them off; shows first what will change."""
    if bool(new) == remove:
        raise typer.BadParameter("Name the new address, or give --remove.")
    planned = people.plan(old, new or None)
    if not as_json:
        _show(planned)
    if not yes and not typer.confirm(f"Change {len(planned)}?", err=True):
        raise typer.Exit(1)
    done = people.replace(old, new or None, expected=len(planned), now=clock.now())
    if as_json:
        answer = {"done": len(done), "schedules": [present_change(change) for change in done]}
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        typer.echo(f"{len(done)} changed.")


def _show(planned: list[Change]) -> None:
    for change in planned:
        empty = "  nobody is left" if change.is_left_empty else ""
        typer.echo(f"{change.schedule.name}  {', '.join(change.roles)}{empty}")
