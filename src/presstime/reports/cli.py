"""`presstime report …`: render and check report files; neither needs a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pressroom.command import FORMAT_NAMES, Request, UsageError, render_command
from pressroom.errors import SourceMisconfigured
from pressroom.sources import Source
from presstime.base import clock

app = typer.Typer(help="Report files.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The report file.", metavar="FILE", show_default=False)]


@app.command("preview")
def preview(
    file: File,
    source: Annotated[
        list[str] | None,
        typer.Option(
            help="URL of the report's source, or NAME=URL; this installation's by default.", metavar="[NAME=]URL"
        ),
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
    """Render a report file to its formats, here and now."""
    request = Request(file, source or (), param or (), format or (), out, as_of, timezone)
    try:
        code = render_command(request, now=clock.now(), named_source=source_of_installation)
    except UsageError as error:
        raise typer.BadParameter(str(error)) from None
    raise typer.Exit(code)


@app.command("limit")
def limit(
    name: Annotated[str, typer.Argument(help="The report, by name or id.", show_default=False)],
    group: Annotated[list[str] | None, typer.Option(help="A group; may be repeated. None for everybody.")] = None,
) -> None:
    """Let only members of groups see a report of this installation."""
    from presstime.cli.shell import set_up_django

    set_up_django()
    from presstime.accounts import groups
    from presstime.reports import service

    report = service.limit(name, groups.named(group or []), by=None)
    typer.echo(f"{report.name} is seen by: {', '.join(group) if group else 'everybody'}.")


@app.command("schema")
def schema(
    out: Annotated[Path | None, typer.Option(help="Write it to this file.", metavar="FILE")] = None,
) -> None:
    """Print the JSON Schema of a report's front matter and blocks, for editors."""
    from pressroom.json_schema import schema_text

    if out is None:
        typer.echo(schema_text(), nl=False)
    else:
        out.write_text(schema_text(), encoding="utf-8")


def source_of_installation(name: str) -> Source:
    """The source of that name in this installation's database, which is looked into only when no option gives the URL."""
    from presstime.cli.shell import is_installed, set_up_django

    if not is_installed():
        raise SourceMisconfigured(
            f"The report reads from the source {name}, and there is no installation here that knows it.",
            remedy=f"Add --source {name}=sqlite:///file.db, or run it where PRESSTIME_DATA_DIR is set.",
            code="unknown_source",
        )
    set_up_django()
    from presstime.sources import service

    return service.open_named(name)
