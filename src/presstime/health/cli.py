"""`presstime health`: how every part is, without a web server."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated

import typer

from presstime.health.monitor import Monitor
from presstime.health.presentation import present
from presstime.health.registry import checks
from presstime.health.states import Level

LONGEST = timedelta(seconds=15)


def health(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at every part now; exit code 1 when any of them fails."""
    report = Monitor().report(patience=LONGEST)
    if as_json:
        typer.echo(json.dumps(present(report), indent=2))
    else:
        for check in checks():
            reading = report.readings[check.name]
            typer.echo(f"{reading.level.value:<5} {check.title}: {reading.finding.output}")
            advice = check.advice.get(reading.level, "")
            if advice and reading.level is not Level.PASS:
                typer.echo(f"      {advice}")
    raise typer.Exit(1 if report.level is Level.FAIL else 0)
