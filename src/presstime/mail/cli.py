"""`presstime emails`: the queue for those on call."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from presstime.base import clock
from presstime.base.errors import PresstimeError
from presstime.mail import queries, resending, service
from presstime.mail.presentation import present_queue, presenter
from presstime.mail.states import Status

app = typer.Typer(help="The e-mail queue.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of e-mails.", show_default=False)]


@app.command("list")
def list_emails(
    status: Annotated[Status | None, typer.Option(help="Only those in this state.")] = None,
    to: Annotated[str, typer.Option(help="Only addresses with this in them.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """List e-mails, the newest first."""
    rows = list(map(presenter(), queries.list_emails(status=status, to=to)[:limit]))
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        reason = f"  {row['error']['message']}" if row["error"] else ""
        typer.echo(f"{row['id']}  {row['created_at'][:19]}Z  {row['status']:<8}{row['to']}  {row['subject']}{reason}")
    typer.echo(f"{len(rows)} shown.", err=True)


@app.command("pause")
def pause(note: Annotated[str, typer.Option(help="Why, for those who see the queue stand still.")] = "") -> None:
    """Send nothing until it is resumed; mail is still queued."""
    service.pause(None, clock.now(), note)
    typer.echo("Sending is paused.")


@app.command("resume")
def resume() -> None:
    """Send again; exit code 1 when sending is not paused."""
    service.resume()
    typer.echo("Mail goes out again.")


@app.command("queue")
def queue(as_json: Json = False) -> None:
    """Tell how much waits, and whether sending is paused."""
    told = present_queue()
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    typer.echo(f"{told['pending']:,} waiting, {told['sending']:,} being sent, room for {told['limit']:,}.")
    if told["paused"]:
        typer.echo(f"Sending is paused since {told['paused_at']}. {told['note']}".rstrip())


@app.command("retry")
def retry(
    ids: Ids = None,
    all_failed: Annotated[bool, typer.Option("--all", help="All that have failed.")] = False,
    as_json: Json = False,
) -> None:
    """Send failed e-mails again at once; exit code 1 when any of those named could not be."""
    if bool(ids) == all_failed:
        raise typer.BadParameter("Name e-mails by their ids, or give --all.")
    if all_failed:
        ids = [str(key) for key in queries.ids_of_failed(queries.list_emails())]
    result = service.retry_many(ids or [], clock.now())
    if as_json:
        skipped = [{"id": key, "reason": reason} for key, reason in result.skipped]
        typer.echo(json.dumps({"done": result.done, "skipped": skipped}))
    else:
        typer.echo(f"{result.done} made due.")
        for key, reason in result.skipped:
            typer.echo(f"{key}: {reason}", err=True)
    if result.skipped:
        raise typer.Exit(1)


@app.command("resend")
def resend(
    ids: Annotated[list[str], typer.Argument(help="Ids of e-mails that were sent.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Send what was sent once more, as messages of their own; exit code 1 when any could not be."""
    done, refused = [], []
    for email_id in ids:
        try:
            done.append((email_id, resending.resend(email_id, clock.now())))
        except PresstimeError as error:
            refused.append({"id": email_id, "reason": error.message})
    if as_json:
        made = [{"id": str(email.pk), "resend_of": old, "to": email.address} for old, email in done]
        typer.echo(json.dumps({"done": made, "skipped": refused}, indent=2))
    else:
        for _, email in done:
            typer.echo(f"{email.pk} to {email.address}")
        for each in refused:
            typer.echo(f"{each['id']}: {each['reason']}", err=True)
    if refused:
        raise typer.Exit(1)
