"""`presstime audit deliveries`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from presstime.audit.cli import app
from presstime.base import clock
from presstime.base.errors import Conflict
from presstime.deliveries import service
from presstime.deliveries.service import Day, Form


@app.command()
def deliveries(
    date: Annotated[str, typer.Option(help="A day in the installation's time zone, such as 2026-11-24.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Standard output when left out.")] = None,
    form: Annotated[Form, typer.Option("--format", help="csv or jsonl.")] = Form.CSV,
) -> None:
    """Write what was sent to whom on a day: files with their hashes, recipients, the mail server's replies."""
    day = service.day_of(date)
    count = service.note_export(day, form, clock.now())
    if out is None:
        sys.stdout.writelines(service.lines(day, form))
    else:
        _write(out, day, form)
    typer.echo(f"{count:,} lines.", err=True)


def _write(out: Path, day: Day, form: Form) -> None:
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            file.writelines(service.lines(day, form))
    except OSError as error:
        raise Conflict(f"{out} cannot be written: {error.strerror}.") from None
