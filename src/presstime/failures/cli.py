"""`presstime errors`: what fails how often, and how fast it is mended."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from presstime.base import clock
from presstime.executions.states import Category
from presstime.failures import presentation, service
from presstime.failures.service import OfSchedule
from presstime.failures.states import By, Range, range_of
from presstime.web.wording import duration

app = typer.Typer(help="What fails how often, and how fast it is mended.", no_args_is_help=True)

Each = Annotated[By, typer.Option("--by", help="The periods.")]
Since = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="A day or a moment; the last 30 days or 24 hours without.")
]
Until = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="This day, or before this moment; now without.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("trend")
def trend(by: Each = By.DAY, since: Since = None, until: Until = None, as_json: Json = False) -> None:
    """Count failed attempts by period, in UTC, and category."""
    within = range_of(by, since, until, clock.now())
    if as_json:
        typer.echo(json.dumps(presentation.trend(within), indent=2))
        return
    width = len(presentation.name_of(by, within.since))
    typer.echo(f"{'':<{width}}" + "".join(f"{category.value:>15}" for category in Category))
    for period in service.trend(within):
        counts = "".join(f"{period.counts[category]:>15,}" for category in Category)
        typer.echo(presentation.name_of(by, period.starts_at) + counts)


@app.command("summary")
def summary(by: Each = By.DAY, since: Since = None, until: Until = None, as_json: Json = False) -> None:
    """Tell which schedules failed most, which ran into their limit, the mean time to recovery, what fails now."""
    within = range_of(by, since, until, clock.now())
    if as_json:
        typer.echo(json.dumps(presentation.summary(within), indent=2, ensure_ascii=False))
    else:
        _tell(within)


def _tell(within: Range) -> None:
    found = service.errors(within)
    total = sum(period.total for period in found.periods)
    typer.echo(f"Failed attempts: {total:,}")
    typer.echo(f"Mean time to recovery: {duration(found.recovery.mean)} ({found.recovery.count:,} recoveries)")
    _tell_schedules("Schedules that fail most", found.top)
    _tell_schedules("Stopped at the time limit", found.timeouts)
    typer.echo("Failing now" if found.broken else "Failing now: none")
    for outage in found.broken:
        typer.echo(f"  {outage.failures:>7,}  {outage.schedule.name}  since {outage.began_at:%Y-%m-%dT%H:%M:%SZ}")


def _tell_schedules(title: str, counts: list[OfSchedule]) -> None:
    typer.echo(title if counts else f"{title}: none")
    for each in counts:
        typer.echo(f"  {each.count:>7,}  {each.name}")
