"""`presstime alerts`: what needs a person, for those on call, and whether the channels work."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from django.conf import settings

from presstime.alerts import messenger, queries, service
from presstime.alerts.channels import apprise_channels, channels_of
from presstime.alerts.kinds import Kind
from presstime.alerts.notices import Notice, trial
from presstime.alerts.presentation import present
from presstime.alerts.states import Delivered, Medium, Undelivered
from presstime.base import clock
from presstime.base.errors import PresstimeError

app = typer.Typer(help="Alerts: what needs a person.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_alerts(
    kind: Annotated[Kind | None, typer.Option(help="Only those of this kind.")] = None,
    with_past: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List alerts that are not over, the pressing ones first; with --all the newest first."""
    found = queries.list_alerts(kind=kind)
    rows = [present(alert) for alert in (found if with_past else queries.active(found))[:limit]]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        times = f"  (seen {row['count']:,} times)" if row["count"] > 1 else ""
        typer.echo(
            f"{row['id']}  {row['raised_at'][:19]}Z  {row['severity']:<9}{row['status']:<13}{row['title']}{times}"
        )
        if row["detail"]:
            typer.echo(f"    {row['detail']}")
    typer.echo(f"{len(rows)} shown.", err=True)


@app.command()
def acknowledge(ids: Annotated[list[str], typer.Argument(help="Ids of open alerts.")]) -> None:
    """Say that somebody knows: repeats are no longer told, the end is; exit code 1 when any is not open."""
    refused = False
    for alert_id in ids:
        try:
            alert = service.acknowledge(alert_id, None, clock.now())
        except PresstimeError as error:
            typer.echo(f"{alert_id}: {error}", err=True)
            refused = True
        else:
            typer.echo(f"{alert_id}: acknowledged: {alert.title}")
    if refused:
        raise typer.Exit(1)


@app.command("test")
def try_channels(as_json: Json = False) -> None:
    """Send a trial alert through each channel at once and tell each result; exit code 1 when any does not take it."""
    configuration = settings.CONFIGURATION
    results: list[tuple[str, str]] = []
    channels = list(channels_of(configuration, settings.SECRET_KEY))
    service.note_trial([channel.label for channel in channels], clock.now())
    for channel in channels:
        notice = trial(configuration, channel)
        results += _by_mail(notice) if channel.medium is Medium.EMAIL else [(channel.label, _by_apprise(notice))]
    if not results:
        raise PresstimeError("There is no channel: set PRESSTIME_ADMIN_EMAILS or PRESSTIME_ALERT_URLS.")
    if as_json:
        shown = [{"channel": name, "ok": not error, "error": error} for name, error in results]
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        for name, error in results:
            typer.echo(f"failed  {name}: {error}" if error else f"ok      {name}")
    if any(error for _, error in results):
        raise typer.Exit(1)


def _by_apprise(notice: Notice) -> str:
    """Why the service did not take it; nothing when it did."""
    channels = apprise_channels(settings.CONFIGURATION, settings.SECRET_KEY)
    outcome = messenger.Messenger(channels)(notice)
    assert isinstance(outcome, Delivered | Undelivered)
    return outcome.reason if isinstance(outcome, Undelivered) else ""


def _by_mail(notice: Notice) -> list[tuple[str, str]]:
    """Each recipient with the reason why the mail server did not take it."""
    from presstime.mail.alerting import try_mail

    return try_mail(notice, settings.CONFIGURATION, clock.now())
