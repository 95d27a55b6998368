"""`presstime asset …`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(help="Pictures, fonts and themes beside the reports.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="As reports name it, such as brand/logo.png.", show_default=False)]


@app.command("add")
def add(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The file to put there.", metavar="FILE", show_default=False)],
) -> None:
    """Check a file and put it there, new or instead of the present one."""
    from presstime.assets import service
    from presstime.base import clock

    try:
        content = file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.") from None
    checked = service.put(name, content, clock.now())
    typer.echo(f"{name}: {checked.detail}")
    for warning in checked.warnings:
        typer.echo(f"{name}: {warning}", err=True)


@app.command("list")
def list_assets(as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """List the assets and the reports that use each."""
    from presstime.assets import service
    from presstime.base import clock

    found = service.list_assets(clock.now())
    if as_json:
        typer.echo(json.dumps([_row(asset) for asset in found], indent=2))
        return
    table = Table("Name", "Kind", "Bytes", "Used by", box=None)
    for asset in found:
        table.add_row(asset.name, str(asset.kind), f"{asset.entry.bytes:,}", service.named(asset.used_by))
    Console().print(table)


@app.command("delete")
def delete(
    name: Name,
    even_if_used: Annotated[bool, typer.Option("--even-if-used", help="Although reports name it.")] = False,
) -> None:
    """Delete an asset; one that reports use only with --even-if-used."""
    from presstime.assets import service
    from presstime.base import clock

    service.delete(name, clock.now(), even_if_used=even_if_used)
    typer.echo(f"{name} is deleted.")


def _row(asset: Any) -> dict[str, Any]:
    return {
        "name": asset.name,
        "kind": asset.kind,
        "bytes": asset.entry.bytes,
        "used_by": [report.name for report in asset.used_by],
    }
