"""`python -m pressroom report.md`: render a report without a server; `… lint report.md` checks it, `… schema` is for editors."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pressroom.command import FORMAT_NAMES, Request, UsageError, render_command
from pressroom.lint_command import LintRequest, lint_command

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")


ALSO = """**Also:**

`python -m pressroom lint FILE` says what is wrong with a report file.

`python -m pressroom schema` prints its JSON Schema, for editors.

Each has a `--help` of its own. A report file named `lint` is given as `./lint`."""


@app.command(epilog=ALSO)
def main(
    file: Annotated[Path, typer.Argument(help="The report file.", metavar="FILE")],
    source: Annotated[
        list[str] | None, typer.Option(help="URL of the report's source, or NAME=URL.", metavar="[NAME=]URL")
    ] = None,
    param: Annotated[list[str] | None, typer.Option(help="A parameter's value.", metavar="NAME=VALUE")] = None,
    format: Annotated[  # noqa: A002 - the name of the option
        list[str] | None,
        typer.Option(help=f"{FORMAT_NAMES} (the body of the mail); the report's by default.", metavar="FORMAT"),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files.", metavar="DIR")] = Path(),
    as_of: Annotated[
        str, typer.Option(help="Render as if it were then: 2013-08-01 or 2013-08-01T06:00:00Z.", metavar="T")
    ] = "",
    timezone: Annotated[str, typer.Option(help="Zone of days and times, e.g. Europe/Berlin.", metavar="ZONE")] = "",
) -> None:
    """Render a report file to its formats."""
    request = Request(file, source or (), param or (), format or (), out, as_of, timezone)
    now = datetime.now(UTC)  # noqa: TID251 - the process boundary of the library used alone
    try:
        code = render_command(request, now=now)
    except UsageError as error:
        raise typer.BadParameter(str(error)) from None
    raise typer.Exit(code)


lint_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@lint_app.command()
def lint(
    file: Annotated[Path, typer.Argument(help="The report file.", metavar="FILE")],
    source: Annotated[
        list[str] | None, typer.Option(help="URL of the report's source, or NAME=URL.", metavar="[NAME=]URL")
    ] = None,
    param: Annotated[list[str] | None, typer.Option(help="A parameter's value.", metavar="NAME=VALUE")] = None,
    allow_warnings: Annotated[bool, typer.Option("--allow-warnings", help="Exit with 0 if there is no error.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is wrong with a report file, each with its line; exit code 1 when anything is."""
    request = LintRequest(file, source or (), param or (), as_json, allow_warnings)
    now = datetime.now(UTC)  # noqa: TID251 - as above
    try:
        code = lint_command(request, now=now)
    except UsageError as error:
        raise typer.BadParameter(str(error)) from None
    raise typer.Exit(code)


schema_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@schema_app.command()
def schema() -> None:
    """Print the JSON Schema of a report's front matter and blocks, for editors."""
    from pressroom.json_schema import schema_text

    typer.echo(schema_text(), nl=False)


COMMANDS = {"lint": lint_app, "schema": schema_app}  # a report file of that name is given as ./lint

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        COMMANDS[sys.argv[1]](args=sys.argv[2:], prog_name=f"python -m pressroom {sys.argv[1]}")
    else:
        app(prog_name="python -m pressroom")
