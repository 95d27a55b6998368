"""`presstime audit`: verify, export, sign."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import connection, transaction

from presstime.audit import checkpoints, duties, epochs, exporting, grants, offline, queries
from presstime.audit.findings import Outcome
from presstime.audit.notes import Unreadable, Verifier
from presstime.audit.searching import Filters
from presstime.base import clock
from presstime.base.errors import Conflict, Invalid

app = typer.Typer(help="The audit log: verify, export, sign.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Checkpoints = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", metavar="FILE", help="A checkpoint that was kept elsewhere; may be given again."),
]


@app.command()
def verify(
    checkpoint: Checkpoints = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Verify this export, without the database.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="The log's public key, as `audit key` prints it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify the log, or an export of it. Ends with 1 and names the first broken entry when something was changed."""
    given = {str(path): _text(path) for path in checkpoint or ()}
    if export is None and key is None:
        outcome = duties.verify(settings.CONFIGURATION, clock.now(), given)
    elif export is None:
        raise Invalid.of("key", "A key is for an export; the database is verified with the installation's own key.")
    else:
        outcome = offline.verify(_existing(export), _verifiers(key), given)
    _print_json(outcome) if as_json else _print(outcome)
    raise typer.Exit(0 if outcome.is_valid else 1)


@app.command(name="grants")
def print_grants(
    owner: Annotated[
        str, typer.Option("--owner", metavar="ROLE", help="The role that is to own the log; nobody signs in with it.")
    ] = grants.OWNER,
) -> None:
    """On PostgreSQL: print the SQL that gives the log to another role, so that the server cannot switch its guards off."""
    if connection.vendor != "postgresql":
        raise Conflict("The database is SQLite: there whoever may write the file owns all of it.")
    for statement in grants.statements(connection, owner):
        typer.echo(f"{statement};")


def _print(outcome: Outcome) -> None:
    for note in outcome.notes:
        typer.echo(f"note: {note}")
    if outcome.is_valid:
        typer.echo(
            f"The audit log is whole: {outcome.size} entries, root {outcome.root}, {outcome.checkpoints} checkpoint(s)."
        )
        return
    for problem in outcome.problems:
        typer.echo(str(problem), err=True)
    if outcome.first_broken is not None:
        typer.echo(f"First broken entry: {outcome.first_broken}.", err=True)
    typer.echo("presstime: the audit log is not what was written.", err=True)


def _print_json(outcome: Outcome) -> None:
    shown: dict[str, Any] = {
        "valid": outcome.is_valid,
        "entries": outcome.size,
        "root": outcome.root,
        "checkpoints": outcome.checkpoints,
        "first_broken": outcome.first_broken,
        "problems": [{"sequence": each.sequence, "text": str(each)} for each in outcome.problems],
        "notes": outcome.notes,
    }
    typer.echo(json.dumps(shown, indent=2))


def _verifiers(key: str | None) -> list[Verifier]:
    if key is None:
        return []
    try:
        return [Verifier.parse(key)]
    except Unreadable as error:
        raise Invalid.of("key", str(error)) from None


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise Invalid.of("export", f"There is no file {path}.")
    return path


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid.of("checkpoint", f"{path} cannot be read: {error}.") from None


@app.command("export")
def export_log(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to; .csv for a table, else JSON Lines.")],
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="A day or a moment (UTC).")] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Up to this day or before this moment (UTC).")
    ] = None,
    user: Annotated[str | None, typer.Option(help="Only what this user did.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action; `schedule.*` for a kind.")] = None,
    target: Annotated[str | None, typer.Option(help="Only what was done to this.")] = None,
) -> None:
    """Write the log to a file, with its checkpoint beside it; this itself is an entry."""
    format_ = "csv" if out.suffix.lower() == ".csv" else "jsonl"
    filters = Filters(user, action, target, _moment("from", since), _moment("to", until, is_end=True))
    with transaction.atomic():
        made = exporting.begin(settings.CONFIGURATION, filters, format_, clock.now())
    lines = exporting.csv_lines(made) if format_ == "csv" else exporting.json_lines(made)
    beside = out.with_name(f"{out.name}.checkpoint")
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        beside.write_text(made.checkpoint.note, encoding="utf-8")
    except OSError as error:
        raise Invalid.of("out", f"{out} cannot be written: {error.strerror}.") from None
    typer.echo(f"Wrote {made.entries} entries to {out}, their checkpoint to {beside}.")


def _moment(name: str, text: str | None, *, is_end: bool = False) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid.of(name, f'"{text}" is no time. Write 2026-11-24 or 2026-11-24T09:00:00Z.') from None
    if "T" not in text and " " not in text and is_end:
        at = datetime.combine(at, time.max)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@app.command()
def checkpoint() -> None:
    """Sign how far the log goes now, and print that; keep it elsewhere."""
    with transaction.atomic():
        made = checkpoints.fresh(settings.CONFIGURATION, clock.now())
    typer.echo(made.note, nl=False)


@app.command()
def key() -> None:
    """Print the public key with which anybody can check checkpoints."""
    with transaction.atomic():
        queries.lock_head()
        epoch = epochs.current(settings.CONFIGURATION, clock.now())
    typer.echo(str(epochs.verifier_of(epoch)))
