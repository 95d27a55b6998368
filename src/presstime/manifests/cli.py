"""`presstime apply DIR` and `presstime export DIR`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from presstime.base import clock
from presstime.manifests import folder, service
from presstime.manifests.export import export as write
from presstime.manifests.folder import Refused
from presstime.manifests.plans import Action, Change, Plan

SIGNS = {Action.ADD: "+", Action.CHANGE: "~", Action.DELETE: "-", Action.KEEP: "="}
LONGEST_VALUE = 100
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def apply(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Holds reports/, schedules/, sources/, groups/ or assets/.", show_default=False
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and change nothing.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Also delete what is not in the folder.")] = False,
    as_json: Json = False,
) -> None:
    """Make sources, reports, schedules, limits and assets what the files of a folder say: all of them, or none."""
    try:
        content = folder.read(path, os.environ)
        plan = service.apply(content, None, clock.now(), dry_run=dry_run, prune=prune)
    except Refused as error:
        if not as_json:
            raise
        typer.echo(json.dumps({"applied": False, "errors": [_flaw(flaw) for flaw in error.flaws]}, indent=2))
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(_as_json(plan, applied=not dry_run), indent=2, default=str))
    else:
        _print(plan, dry_run=dry_run)


def export(
    path: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.", show_default=False)],
    prune: Annotated[bool, typer.Option("--prune", help="Remove files of what is not here any more.")] = False,
    as_json: Json = False,
) -> None:
    """Write sources, reports, schedules, limits and assets as files, secrets as names of variables."""
    done = write(path, prune=prune)
    if as_json:
        variables = [{"source": source, "name": name} for source, name in done.variables]
        told = {"files": done.files, "variables": variables, "stale": done.stale, "pruned": done.is_pruned}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{len(done.files)} files written below {path}.")
    for source, name in done.variables:
        typer.echo(f"The secret of the source {source} is read from the variable {name} when the folder is applied.")
    for file in done.stale:
        typer.echo(f"{file}: {'removed' if done.is_pruned else 'of nothing here; --prune removes it'}", err=True)


def _print(plan: Plan, *, dry_run: bool) -> None:
    for change in plan.changes:
        typer.echo(f"{SIGNS[change.action]} {change.kind} {change.name}")
        for name, before, after in change.details:
            typer.echo(f"    {name}: {_told(change, before, after)}")
    for warning in plan.warnings:
        typer.echo(f"warning: {warning}", err=True)
    for kind, name in plan.left_alone:
        typer.echo(f"The {kind} {name} is not in the folder and is left alone; --prune deletes it.", err=True)
    counts = (
        f"{plan.count(Action.ADD)} to add, {plan.count(Action.CHANGE)} to change, {plan.count(Action.DELETE)} to delete"
    )
    end = "Nothing was changed: a dry run." if dry_run else "Applied."
    typer.echo(f"{counts}, {plan.count(Action.KEEP)} as they are. {end}")


def _told(change: Change, before: Any, after: Any) -> str:
    return _short(after) if change.action is Action.ADD else f"{_short(before)} → {_short(after)}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _as_json(plan: Plan, *, applied: bool) -> dict[str, Any]:
    return {
        "applied": applied,
        "changes": [
            {
                "kind": change.kind,
                "name": change.name,
                "action": change.action.value,
                "details": [{"field": name, "old": before, "new": after} for name, before, after in change.details],
            }
            for change in plan.changes
        ],
        "warnings": plan.warnings,
        "left_alone": [{"kind": kind, "name": name} for kind, name in plan.left_alone],
    }


def _flaw(flaw: folder.Flaw) -> dict[str, Any]:
    return {"file": flaw.file, "line": flaw.line, "field": flaw.field, "message": flaw.message}
