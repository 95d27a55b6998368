"""`presstime check`, and the same before a start."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from presstime.base import clock
from presstime.base.configuration import Problem
from presstime.cli.shell import set_up_django
from presstime.database import driver
from presstime.preflight.inspection import Inspection, Result, Wish, inspect_all

MARKS = {"pass": "ok", "warn": "warning", "fail": "problem", "skipped": "skipped"}


def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    no_environment: Annotated[
        bool, typer.Option("--no-environment", help="Look at the settings alone: at no folder and no server.")
    ] = False,
    start: Annotated[bool, typer.Option("--start", hidden=True, help="As `presstime serve` does.")] = False,
) -> None:
    """Check the configuration: every setting, folders, database, mail server, keys, clock. Exit code 1 on any problem.

    Nothing is changed and no mail is sent; small files are written and deleted again.
    """
    if start:
        refuse_unless_sound(migrates=True)
        _migrate()
        return
    inspection = _inspect(Wish(touch=not no_environment), show=not as_json)
    if as_json:
        typer.echo(json.dumps(_document(inspection), indent=2, ensure_ascii=False))
    else:
        _print_end(inspection)
    if inspection.problems:
        raise typer.Exit(1)


def refuse_unless_sound(*, migrates: bool = False) -> None:
    """End with 1 and a list of all problems when there is any; warnings are told and nothing else."""
    inspection = _inspect(Wish(is_start=True, migrates=migrates), show=False)
    for problem in inspection.warnings:
        typer.echo(f"presstime: warning: {problem}", err=True)
    if inspection.problems:
        typer.echo(f"presstime: it cannot start: {_count(len(inspection.problems))} in the configuration:", err=True)
        for problem in inspection.problems:
            typer.echo(f"  - {problem}", err=True)
        typer.echo("`presstime check` looks at it again.", err=True)
        raise typer.Exit(1)


def _migrate() -> None:
    set_up_django()
    from presstime.database.upgrade import upgrade

    for sentence in upgrade(clock.now()):
        typer.echo(sentence)


def _inspect(wish: Wish, *, show: bool) -> Inspection:
    driver.install()
    is_terminal = show and sys.stdout.isatty()

    def before(name: str) -> None:
        if is_terminal:
            typer.echo(f"…  {name}", nl=False)

    def on_result(result: Result) -> None:
        if show:
            start = "\r\x1b[K" if is_terminal else ""
            typer.echo(f"{start}{MARKS[result.status]:<8} {result.name}")
            for problem in result.problems:
                _print(problem)

    return inspect_all(clock.now(), wish, set_up_django=set_up_django, on_result=on_result, before=before)


def _print(problem: Problem) -> None:
    typer.echo(f"  {problem.severity}: {problem.name} ({problem.origin}): {problem.message}")
    for label, text in (("read", problem.read), ("allowed", problem.allowed), ("mend", problem.remedy)):
        if text:
            typer.echo(f"      {label + ':':<9}{text}")


def _print_end(inspection: Inspection) -> None:
    problems, warnings = len(inspection.problems), len(inspection.warnings)
    if not problems and not warnings:
        typer.echo("The configuration is sound.")
        return
    warned = f"{warnings} warning{'' if warnings == 1 else 's'}"
    typer.echo(f"{_count(problems)}, {warned}.")


def _count(number: int) -> str:
    return f"{number} problem{'' if number == 1 else 's'}"


def _document(inspection: Inspection) -> dict[str, object]:
    return {
        "ok": not inspection.problems,
        "problems": [asdict(problem) for problem in inspection.problems],
        "warnings": [asdict(problem) for problem in inspection.warnings],
        "checks": [
            {"name": result.name, "status": result.status, "seconds": result.seconds} for result in inspection.results
        ],
    }
