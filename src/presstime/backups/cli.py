"""`presstime backup`: make, list, verify, restore, prune."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings

from presstime.audit.actors import acting, system
from presstime.backups import keys, queries, service, verifying
from presstime.backups import restore as restoring
from presstime.backups.errors import BackupFailed, Damaged, Unreachable
from presstime.backups.making import Workshop
from presstime.backups.models import Backup
from presstime.backups.presentation import local, present
from presstime.backups.restorations import resume as resume_after_restore
from presstime.backups.states import Task
from presstime.base import clock
from presstime.base.errors import NotFound, PresstimeError

app = typer.Typer(help="Backups: make, list, verify, restore.", no_args_is_help=True)

PR_SET_PDEATHSIG = 1

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
IdentityFile = Annotated[
    Path | None,
    typer.Option(
        "--identity", metavar="FILE", help="The age private key; else PRESSTIME_BACKUP_KEY or the data folder's."
    ),
]


@app.command()
def create(
    full: Annotated[bool, typer.Option("--full", help="A full one, also when an incremental one would do.")] = False,
    as_json: Json = False,
) -> None:
    """Make a backup now, read it back and verify it, then remove what retention lets go."""
    with _shop() as shop, service.alone(settings.CONFIGURATION, wait=True):
        _warn()
        now = clock.now()
        backup = service.perform(service.begin(full=full, now=now), shop)
        service.prune(shop, clock.now())
    if as_json:
        typer.echo(json.dumps(present(backup), indent=2))
        return
    typer.echo(f"{backup.pk}  {backup.kind}, {_size(backup.bytes)} of {_size(backup.uncompressed_bytes)}, verified")
    typer.echo(f"  {backup.location}")


@app.command("list")
def list_backups(as_json: Json = False) -> None:
    """List the backups that lie in their place, newest first; without a database as well."""
    rows = _rows()
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        size = _size(row["bytes"])
        typer.echo(
            f"{row['id']}  {row['created_at'][:19]}  {row['kind']:<12}{size:>10}  {row['status']:<9}{row['name']}"
        )
        if row["error"]:
            typer.echo(f"    {row['error']}")
    typer.echo(f"{len(rows)} shown.", err=True)


def _rows() -> list[dict[str, Any]]:
    """What the tables know and what lies in the store, each once."""
    known = [present(backup) for backup in queries.list_backups()[:10_000]] if queries.has_table() else []
    names = {row["name"] for row in known}
    with closing(service.workshop()) as shop:
        stored = verifying.catalogue(shop, keys.trusted_signers(shop.configuration))
    found = [each for each in stored if each.name not in names]
    return sorted(known + [_found(each) for each in found], key=lambda row: str(row["created_at"]), reverse=True)


def _found(each: verifying.Found) -> dict[str, Any]:
    """A backup that only the store knows."""
    manifest = each.manifest
    if manifest is None:
        return {
            "id": "", "created_at": "", "bytes": None, "uncompressed_bytes": None, "kind": "", "name": each.name,
            "location": each.name, "sha256": None, "verified_at": None, "status": "failed", "error": each.problem,
        }  # fmt: skip
    return {
        "id": str(manifest.id),
        "created_at": local(manifest.created_at),
        "bytes": manifest.bytes,
        "uncompressed_bytes": manifest.uncompressed_bytes,
        "kind": manifest.kind.value,
        "name": manifest.name,
        "location": manifest.name,
        "sha256": manifest.sha256,
        "verified_at": local(manifest.verified_at),
        "status": "verified",
        "error": None,
    }


@app.command()
def verify(
    reference: Annotated[str, typer.Argument(metavar="[ID]", help="Id or file name; all of them when left out.")] = "",
    identity: IdentityFile = None,
    thoroughly: Annotated[
        bool, typer.Option("--thorough", help="Also compare every index, as the drill does.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read backups and say whether they are whole, genuine and ours; exit code 1 when any is not.

    With the private key they are also decrypted and the database in them is checked.
    """
    with _shop() as shop, service.alone(settings.CONFIGURATION, wait=True):
        results = [_verified(shop, name, identity, thoroughly) for name in _names(shop, reference, identity)]
    if as_json:
        typer.echo(json.dumps(results, indent=2))
    else:
        for row in results:
            typer.echo(f"{'failed' if row['error'] else 'ok':<7} {row['name']}: {row['error'] or row['verified_how']}")
    if not results:
        raise PresstimeError("There is no backup yet. Make one: presstime backup create.")
    if any(row["error"] for row in results):
        raise typer.Exit(1)


def _names(shop: Workshop, reference: str, identity: Path | None) -> list[str]:
    """The file names meant by *reference*: what the tables call so, else what the store does."""
    trusted = keys.trusted_signers(shop.configuration, identity)
    if not reference:
        stored = [each.name for each in verifying.catalogue(shop, trusted)]
        missing = [name for name in _known_names() if name not in stored]
        return stored + missing
    known = _known(reference)
    if known is not None:
        if not known.name:
            raise BackupFailed(f"This backup was not made: {known.error or 'it is not finished'}")
        return [known.name]
    try:
        return [verifying.find(shop, reference, trusted).name]
    except Damaged:
        tail = reference.replace("-", "").lower()[-8:]
        return [name for name in shop.store.names() if tail in name and name.endswith(".age")]


def _known_names() -> list[str]:
    return queries.names() if queries.has_table() else []


def _known(reference: str) -> Backup | None:
    if not _known_names():
        return None
    try:
        return queries.get_backup(reference)
    except NotFound:
        return None


def _verified(shop: Workshop, name: str, identity: Path | None, thoroughly: bool) -> dict[str, Any]:
    """How one backup was verified, or what is wrong with it; its row, where there is one, is told."""
    known = _known(name)
    error, how, is_told = "", "", known is not None
    try:
        sha256 = known.sha256 if known else ""
        how = service.verify_stored(name, shop, sha256=sha256, identity_file=identity, thoroughly=thoroughly)
    except Unreachable as failure:  # nothing is known of the backup that was not known before
        error, is_told = failure.message, False
    except BackupFailed as failure:
        error = failure.message
    if known is not None and is_told:
        service.note_verification(known, how, error, clock.now())
    return {"id": str(known.pk) if known else None, "name": name, "verified_how": how or None, "error": error or None}


@app.command()
def restore(
    reference: Annotated[str, typer.Argument(metavar="ID", help='Id or file name; "latest" for the newest.')],
    identity: IdentityFile = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Put a backup in the place of the database; Presstime must be stopped. A copy of the present one is kept."""
    with _shop() as shop:
        chosen = restoring.choose(shop, reference, identity)
        if chosen.signer:
            said = "This machine has no key that says who may sign; the backup is whole and signed by"
            typer.echo(f"{said} {chosen.signer}.", err=True)
        if not yes:
            when = f"{chosen.manifest.created_at:%Y-%m-%d %H:%M} UTC"
            typer.confirm(f"Replace the database by the backup of {when}?", abort=True, err=True)
        done = restoring.restore(shop, chosen, lambda sentence: typer.echo(sentence, err=True))
    if as_json:
        typer.echo(json.dumps(_report(done), indent=2))
        return
    typer.echo(f"Restored {done.manifest.name}.")
    if done.safety_copy:
        typer.echo(f"The database as it was is kept: {done.safety_copy}")
    for sentence in [*done.keys, *done.sealed]:
        typer.echo(sentence)
    typer.echo(
        f"{done.schedules_paused} schedule(s) are paused, {done.executions_cancelled} unfinished execution(s) are "
        f"cancelled, {done.emails_held} e-mail(s) are held."
    )
    typer.echo(
        "Start Presstime, look at what has happened since, then resume: page Backups or `presstime backup resume`."
    )


def _report(done: restoring.Restored) -> dict[str, Any]:
    return {
        "backup": str(done.manifest.id),
        "name": done.manifest.name,
        "safety_copy": done.safety_copy or None,
        "schedules_paused": done.schedules_paused,
        "executions_cancelled": done.executions_cancelled,
        "emails_held": done.emails_held,
        "keys": done.keys,
        "sealed": done.sealed,
    }


@app.command()
def resume() -> None:
    """After a restore: switch the paused schedules on again."""
    done = resume_after_restore(None, clock.now())
    typer.echo(f"{done.enabled} schedule(s) run again.")
    for problem in done.refused:
        typer.echo(problem, err=True)
    if done.refused:
        raise typer.Exit(1)


@app.command()
def prune(as_json: Json = False) -> None:
    """Remove what retention lets go; never the last three, never a full one that an incremental one needs."""
    with _shop() as shop, service.alone(settings.CONFIGURATION, wait=True):
        removed = service.prune(shop, clock.now())
    if as_json:
        typer.echo(json.dumps({"removed": removed}, indent=2))
        return
    for name in removed:
        typer.echo(f"removed {name}")
    typer.echo(f"{len(removed)} removed.")


@app.command()
def key(as_json: Json = False) -> None:
    """Make the key pair of backups, where there is none, and say where the private half lies."""
    pair = keys.pair(settings.CONFIGURATION)
    if as_json:
        file = str(pair.identity_file) if pair.identity_file else None
        typer.echo(json.dumps({"recipient": ", ".join(pair.recipients), "identity_file": file}))
        return
    typer.echo(f"public key: {', '.join(pair.recipients)}")
    if pair.identity_file is None:
        typer.echo("The private half is not on this machine. Keep it safe: without it nothing can be restored.")
    else:
        typer.echo(f"private key: {pair.identity_file}")
        typer.echo(
            "Move that file to a safe place that is not this machine: restoring needs it, making backups does not."
        )


@app.command(hidden=True)
def drill() -> None:
    """Restore the newest backup beside the database and check it thoroughly; a worker does it every week."""
    _die_with_parent()
    with acting(system("backups")), _shop() as shop:
        typer.echo(f"{service.drill(shop)}: good")


@app.command(hidden=True)
def perform(reference: str) -> None:
    """Do what a worker has taken; the worker holds the lock."""
    _die_with_parent()
    os.nice(10)
    with acting(system("backups")), _shop() as shop:
        backup = queries.get_backup(reference)
        service.perform(backup, shop)
        if backup.task == Task.CREATE:
            service.prune(shop, clock.now())


def _die_with_parent() -> None:
    """A worker that is killed takes this process along, and with it the lock of backups."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _warn() -> None:
    for sentence in service.warnings(settings.CONFIGURATION):
        typer.echo(f"Warning: {sentence}", err=True)


@contextmanager
def _shop() -> Iterator[Workshop]:
    """The workshop, with a bar on a terminal."""
    if not sys.stderr.isatty():
        with closing(service.workshop()) as shop:
            yield shop
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description:>10}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total or None)
            bars.update(tasks[stage], completed=done, total=total or None)

        with closing(service.workshop(progress=progress)) as shop:
            yield shop


def _size(count: int | None) -> str:
    if count is None:
        return "-"
    return (
        f"{count / 1e9:,.1f} GB"
        if count >= 1e9
        else f"{count / 1e6:,.1f} MB"
        if count >= 1e6
        else f"{count / 1e3:,.1f} kB"
    )
