"""`presstime keys`: what keys there are, and another secret key, with everything that is stored brought under it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import transaction

from presstime.api.schemas import instant
from presstime.audit.journal import record
from presstime.audit.targets import Target
from presstime.base import clock, rotation
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict, Invalid
from presstime.base.keys import KEY_FILE, PREVIOUS_FILE, RENEWALS, Renewal, secret_keys
from presstime.base.occupancy import alone

app = typer.Typer(help="The installation's keys.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TARGET = Target("installation", "secret-key", "secret key")
ENDS = (
    "Links to files, unsubscribing and sessions that were signed with the previous key work until "
    "`presstime keys forget`; links expire after {days} days."
)


@app.command("list")
def list_keys(as_json: Json = False) -> None:
    """List the keys by their fingerprints, with what each is for; never the keys."""
    rows = _rows(settings.CONFIGURATION)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['name']:<28} {row['fingerprint'] or '-':<18} {row['from']}: {row['purpose']}")


@app.command()
def rotate() -> None:
    """Change the secret key and bring all stored secrets under it. Stop the server first.

    A key in the data folder is made anew. One that is set as PRESSTIME_SECRET_KEY you change yourself: put the old one into
    PRESSTIME_SECRET_KEY_PREVIOUS, the new one into PRESSTIME_SECRET_KEY, then run this.
    """
    configuration: Configuration = settings.CONFIGURATION
    with alone(configuration.data_path):
        with transaction.atomic():
            pending = _renew()
            if any(renewal.renewed for renewal in pending.values()):
                record("keys.rotated", TARGET, new=_numbers(pending))
        if any(renewal.renewed for renewal in pending.values()):
            _say(pending)  # a change that had begun: its key is in force, and no other is needed
            return
        if configuration.secret_key is not None:
            if configuration.secret_key_previous is None:
                raise Invalid.of(
                    "secret_key",
                    "The key is set as PRESSTIME_SECRET_KEY. Put it into PRESSTIME_SECRET_KEY_PREVIOUS and a new one, such as "
                    "`openssl rand -base64 48` prints, into PRESSTIME_SECRET_KEY; then run this again.",
                )
            _say(pending)
            return
        _exchange(configuration)


def _exchange(configuration: Configuration) -> None:
    before = settings.SECRET_KEY
    after = rotation.exchange(configuration)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = after, [before]
    with transaction.atomic():
        renewals = _renew()
        record("keys.rotated", TARGET, new=_numbers(renewals) | {"fingerprint": _fingerprint(after)})
    _say(renewals)


@app.command()
def forget() -> None:
    """Delete the previous secret key, once nothing needs it. Stop the server first."""
    configuration: Configuration = settings.CONFIGURATION
    if configuration.secret_key_previous is not None:
        raise Invalid.of(
            "secret_key_previous", "Remove PRESSTIME_SECRET_KEY_PREVIOUS where it is set, then start again."
        )
    with alone(configuration.data_path), transaction.atomic():
        needed = {what: renewal.renewed for what, renewal in _renew().items() if renewal.renewed}
        if needed:
            listed = ", ".join(f"{number} {what}" for what, number in needed.items())
            raise Conflict(f"The previous key is still needed by {listed}. Run `presstime keys rotate` first.")
        if not (configuration.keys_path / PREVIOUS_FILE).exists():
            typer.echo("There is no previous key.")
            return
        record("keys.forgotten", TARGET, now=clock.now())
        rotation.forget(configuration)
    typer.echo("The previous key is gone. What was signed with it no longer works.")


def _renew() -> dict[str, Renewal]:
    return {what: renew() for what, renew in RENEWALS.items()}


def _numbers(renewals: dict[str, Renewal]) -> dict[str, Any]:
    return {what.replace(" ", "_"): renewal.renewed for what, renewal in renewals.items()}


def _say(renewals: dict[str, Renewal]) -> None:
    for what, renewal in renewals.items():
        typer.echo(f"{what}: {renewal.total}, of which {renewal.renewed} were encrypted anew.")
    typer.echo(ENDS.format(days=settings.CONFIGURATION.link_days))


def _rows(configuration: Configuration) -> list[dict[str, Any]]:
    keys = secret_keys(configuration)
    named = configuration.secret_key is not None
    rows = [
        _row("secret key", keys[0], "PRESSTIME_SECRET_KEY" if named else f"keys/{KEY_FILE}", "sessions, links, secrets")
    ]
    if len(keys) > 1:
        origin = "PRESSTIME_SECRET_KEY_PREVIOUS" if configuration.secret_key_previous else f"keys/{PREVIOUS_FILE}"
        rows.append(_row("previous secret key", keys[1], origin, "what was signed before the change"))
    for path in sorted(configuration.keys_path.glob("*")):
        if path.is_file() and path.name not in (KEY_FILE, PREVIOUS_FILE) and not path.name.startswith("."):
            changed = instant(datetime.fromtimestamp(int(path.stat().st_mtime), UTC))
            rows.append(
                {"name": path.stem, "fingerprint": None, "from": f"keys/{path.name}", "purpose": f"of {changed}"}
            )
    return rows


def _row(name: str, key: str, origin: str, purpose: str) -> dict[str, Any]:
    return {"name": name, "fingerprint": _fingerprint(key), "from": origin, "purpose": purpose}


def _fingerprint(key: str) -> str:
    """Sixteen digits by which a key is told from another; 288 random bits cannot be guessed from them."""
    return hashlib.sha256(b"presstime/fingerprint/" + key.encode()).hexdigest()[:16]
