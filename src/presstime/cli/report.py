"""`presstime report …` with what needs to know schedules as well as reports: lint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pressroom.command import UsageError
from pressroom.definition import Definition
from pressroom.errors import SourceMisconfigured
from pressroom.lint import Finding, Severity
from pressroom.lint_command import LintRequest, lint_command
from pressroom.sources import Source
from presstime.base import clock
from presstime.base.errors import PresstimeError
from presstime.cli.shell import is_installed, set_up_django
from presstime.reports.cli import File, app, source_of_installation

__all__ = ["app"]


@app.command("lint")
def lint(
    file: File,
    source: Annotated[
        list[str] | None,
        typer.Option(
            help="URL of the report's source, or NAME=URL; this installation's by default.", metavar="[NAME=]URL"
        ),
    ] = None,
    param: Annotated[list[str] | None, typer.Option(help="A parameter's value.", metavar="NAME=VALUE")] = None,
    schedules: Annotated[
        Path | None, typer.Option(help="Check the schedules of this report in these YAML files too.", metavar="DIR")
    ] = None,
    name: Annotated[str, typer.Option(help="The report's name, the file's by default.", metavar="NAME")] = "",
    allow_warnings: Annotated[bool, typer.Option("--allow-warnings", help="Exit with 0 if there is no error.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is wrong with a report file, each with its line; exit code 1 when anything is.

    Queries are run for their first rows, if their sources can be reached, and the schedules of this installation that run
    the report are looked at.
    """
    request = LintRequest(file, source or (), param or (), as_json, allow_warnings)
    report = name or file.stem

    def more(definition: Definition) -> list[Finding]:
        found = [] if source else _of_installation(report, definition)
        return [*found, *_of_folder(schedules, report, definition)] if schedules else found

    try:
        code = lint_command(request, now=clock.now(), named_source=_source, more=more)
    except UsageError as error:
        raise typer.BadParameter(str(error)) from None
    raise typer.Exit(code)


def _source(name: str) -> Source:
    from django.db import DatabaseError

    try:
        return source_of_installation(name)
    except (PresstimeError, DatabaseError) as error:
        raise SourceMisconfigured(
            f"this installation could not be asked for it ({str(error).splitlines()[0]})",
            remedy=f"Give its URL: --source {name}=sqlite:///file.db.",
            code="unknown_source",
        ) from None


def _of_installation(report: str, definition: Definition) -> list[Finding]:
    from django.db import DatabaseError

    if not is_installed():
        return []
    try:
        set_up_django()
        from presstime.schedules import linting

        return linting.of_installation(report, definition, clock.now())
    except (PresstimeError, DatabaseError) as error:
        reason = str(error).splitlines()[0]
        return [Finding(Severity.NOTE, "unchecked", f"The schedules of the report were not checked: {reason}")]


def _of_folder(folder: Path, report: str, definition: Definition) -> list[Finding]:
    set_up_django()
    from presstime.schedules import linting

    return linting.of_folder(folder, report, definition, clock.now())
