"""Backups: who can read them, the programs that make them, and their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from presstime.backups import keys, postgresql, store
from presstime.backups.address import S3, SFTP, read_address, shown
from presstime.backups.errors import BackupFailed
from presstime.base.configuration import HIDDEN, Problem
from presstime.database.address import django_database
from presstime.disk.volumes import database_file
from presstime.preflight.context import Context
from presstime.preflight.folders import WHO, why_not

EXTRAS = {**dict.fromkeys(S3, "s3"), **dict.fromkeys(SFTP, "sftp")}
SECRET_KEY = "SECRET-KEY"  # noqa: S105 - what marks a private key that was given where a public one belongs


def check_keys(context: Context) -> list[Problem]:
    """Whether backups can be encrypted to the keys that are named, and their place has a driver; nothing is asked."""
    return [*_check_recipients(context), *_check_private_key(context), *_check_driver(context)]


def _check_recipients(context: Context) -> Iterator[Problem]:
    named = context.configuration.backup_recipient.strip()
    for recipient in re.split(r"[\s,]+", named) if named else []:
        try:
            keys.recipients(keys.Pair((recipient,), None))
        except BackupFailed:
            is_private = SECRET_KEY in recipient.upper()
            yield context.about(
                "backup_recipient",
                "It is a private key; here belongs the public one." if is_private else "It is no age public key.",
                read=HIDDEN if is_private else recipient,
                allowed="age public keys, age1…, separated by commas.",
                remedy="Make a pair with `presstime backup key` and give its public half.",
            )


def _check_private_key(context: Context) -> Iterator[Problem]:
    given = context.configuration.backup_key
    if given is None or not given.get_secret_value():
        return
    try:
        keys.identities(context.configuration)
    except BackupFailed:
        yield context.about(
            "backup_key",
            "It holds no age private key.",
            read=HIDDEN,
            allowed="an age private key, AGE-SECRET-KEY-1…, or the file that holds it as PRESSTIME_BACKUP_KEY_FILE.",
            remedy="Give the line of the identity file that begins so, or leave the setting away.",
        )


def _check_driver(context: Context) -> Iterator[Problem]:
    import fsspec

    if context.configuration.backup_url is None:
        return
    url = context.configuration.backup_url.get_secret_value()
    try:
        read_address(url)
    except BackupFailed as error:
        remedy = "Write it so, or name another place."
        yield context.about(
            "backup_url",
            error.message,
            read=HIDDEN,
            allowed="s3://KEY:SECRET@bucket/path, sftp://USER:PASSWORD@host/path and the like.",
            remedy=remedy,
        )
        return
    protocol = urlsplit(url).scheme
    try:
        fsspec.get_filesystem_class(protocol or "file")
    except (ImportError, ValueError) as error:
        how = (
            f'Run pip install "presstime[{EXTRAS[protocol]}]"'
            if protocol in EXTRAS
            else "Install the Python package that it names beside Presstime"
        )
        yield context.about(
            "backup_url",
            f'Addresses that begin with "{protocol}:" cannot be used: {error}.'.replace("..", "."),
            read=HIDDEN,
            allowed="any address that fsspec knows, such as file:///mnt/backup or s3://bucket/path.",
            remedy=f"{how}, or name another place.",
        )


def check_folder(context: Context) -> list[Problem]:
    """The place of the backups when it is on this machine: written to, read from, deleted from."""
    folder = store.local_folder(context.configuration)
    if folder is None or "backup_url" in context.wrong:
        return []
    # A folder that is not there yet is not made by a look.
    reasons = [store.probe_location(context.configuration)] if folder.is_dir() else list(why_not(folder))
    return [_about_place(context, reason, str(folder)) for reason in reasons if reason]


def check_remote_place(context: Context) -> list[Problem]:
    """The place of the backups when it is elsewhere: a small file is written, read and deleted there."""
    if store.local_folder(context.configuration) is not None or list(_check_driver(context)):
        return []
    reason = store.probe_location(context.configuration)
    return [_about_place(context, reason, shown(store.address_of(context.configuration)))] if reason else []


def _about_place(context: Context, reason: str, place: str) -> Problem:
    return context.about(
        "backup_url",
        f"The place of the backups cannot be used: {reason}.".replace("..", "."),
        read=place,
        allowed=f"a place that {WHO} may write to, read and delete from.",
        remedy="Mount it, mend the address or the credentials, or give that user the right to write there.",
    )


def check_programs(context: Context) -> list[Problem]:
    """On PostgreSQL, whether the programs that back it up are there and not older than the server."""
    if database_file(context.configuration) is not None or "database_url" in context.wrong:
        return []
    try:
        postgresql.check_programs(django_database(context.configuration.database_address))
    except postgresql.Unreachable:
        return []  # said already
    except BackupFailed as error:
        remedy = "Until then there are no backups of this database."
        return [context.about("database_url", error.message, read=HIDDEN, remedy=remedy)]
    return []


def check_safety(context: Context) -> list[Problem]:
    """Warn of what would be lost together: backups on the database's volume, their private key beside them."""
    configuration = context.configuration
    found = []
    if store.on_same_volume(configuration, database_file(configuration)):
        text = "Backups lie on the volume of the database: a lost disk takes both."
        remedy = "Set PRESSTIME_BACKUP_URL to another place."
        place = shown(store.address_of(configuration))
        found.append(context.about("backup_url", text, read=place, remedy=remedy, is_error=False))
    identity = configuration.keys_path / keys.IDENTITY_FILE
    if identity.exists():
        text = "The private key of the backups lies on this machine: whoever breaks in reads them all."
        remedy = f"Move {identity} to a safe place elsewhere; restoring needs it, making backups does not."
        problem = context.about("backup_key", text, read=HIDDEN, remedy=remedy, is_error=False)
        found.append(replace(problem, name=keys.IDENTITY_FILE, origin="data folder"))
    return found
