"""`presstime disk`: how much room there is, and cleaning up without a worker."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from django.conf import settings

from presstime.base import clock
from presstime.disk import cleaning
from presstime.disk.presentation import Disks, disks, present, present_found, recommendations
from presstime.disk.states import Action
from presstime.web.wording import size

app = typer.Typer(help="Disk space.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def show(as_json: Json = False) -> None:
    """Show the volumes, how long they last, and what would free space."""
    found = disks(settings.CONFIGURATION, clock.now(), looks=True)
    if as_json:
        typer.echo(json.dumps(present(found), indent=2, ensure_ascii=False))
        return
    for each in found.volumes:
        measured = each.volume.measured
        room = f"{size(measured.free_bytes)} free of {size(measured.total_bytes)}"
        typer.echo(f"{each.level.value:<5} {each.volume.title()}: {room}  {each.volume.mount}")
    for line in _lines(found):
        typer.echo(line)


def _lines(found: Disks) -> list[str]:
    limits, estimate = found.chosen.thresholds, found.estimate
    left = found.history.days_left
    origins = found.chosen.origins
    lines = [
        f"Warning below {size(limits.warning_bytes)} ({origins['warning_bytes']}).",
        f"No execution starts below {size(limits.critical_bytes)} ({origins['critical_bytes']}).",
        f"An execution takes {size(estimate.average_bytes)} on average, the next 24 hours {size(estimate.next_24h_bytes)}.",
        f"The volume {found.history.volume} reaches the critical threshold in about {left:g} days." if left else "",
    ]
    advised = [f"{each['action']}: {size(each['bytes'])}. {each['detail']}" for each in recommendations(found)]
    return [line for line in [*lines, *advised] if line]


@app.command()
def cleanup(
    action: Annotated[list[Action] | None, typer.Option(help="Only this; may be given again.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be freed.")] = False,
    as_json: Json = False,
) -> None:
    """Remove what can be removed, at once and without a worker; exit code 1 when something could not be."""
    now = clock.now()
    found = cleaning.find(settings.CONFIGURATION, now, dict.fromkeys(action or Action))
    if as_json and dry_run:
        typer.echo(json.dumps([present_found(each) for each in found], indent=2, ensure_ascii=False))
        return
    freed = 0
    for each in found:
        typer.echo(f"{each.action.value}: {each.count:,}, {size(each.bytes)}. {each.detail}", err=as_json)
        freed += 0 if dry_run else _remove(each.action)
    if as_json:
        typer.echo(json.dumps({"freed_bytes": freed}))
    elif not found:
        typer.echo("There is nothing to remove.")
    elif not dry_run:
        typer.echo(f"Freed {size(freed)}.")


def _remove(action: Action) -> int:
    """Batch after batch; the bytes."""
    freed, more = 0, True
    while more:
        try:
            removed, some, more = cleaning.remove(action, settings.CONFIGURATION, clock.now())
        except OSError as error:
            typer.echo(f"{action.value}: {error.filename} could not be removed: {error.strerror}.", err=True)
            raise typer.Exit(1) from None
        freed += some
        if more:
            typer.echo(f"  {removed} more removed, {size(freed)} so far", err=True)
    return freed
