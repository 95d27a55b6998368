"""Folders, their room, and the files in them that are secret."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from presstime.backups.store import KNOWN_HOSTS
from presstime.base.configuration import PREFIX, Problem
from presstime.base.configuration_fields import SECRETS
from presstime.disk.states import Level, level
from presstime.disk.volumes import database_file, volumes_of
from presstime.preflight.context import Context
from presstime.web.wording import size

if TYPE_CHECKING:
    from presstime.disk.service import Chosen

WHO = "the user that Presstime runs as"


def check_folders(context: Context) -> list[Problem]:
    """The data folder, that of the reports and those within: there or to be made, and writable."""
    configuration = context.configuration
    problems = _check_folder(context, "data_dir", configuration.data_path, may_be_made=True)
    if problems:
        return problems  # all others would say the same
    explicit = configuration.reports_dir is not None
    problems += _check_folder(context, "reports_dir", configuration.reports_path, may_be_made=not explicit)
    for folder in (configuration.scratch_path, configuration.keys_path, configuration.data_path / "run"):
        problems += _check_folder(context, "data_dir", folder, may_be_made=True)
    return problems


def _check_folder(context: Context, name: str, folder: Path, *, may_be_made: bool) -> list[Problem]:
    if not folder.exists() and not may_be_made:
        return [
            context.about(
                name,
                "The folder does not exist.",
                read=folder,
                allowed=f"a folder that is there and that {WHO} may write to.",
                remedy="Make it, mount the volume that holds it, or name another.",
            )
        ]
    return [
        context.about(
            name,
            f"The folder {folder} cannot be written: {reason}.",
            read=folder,
            allowed=f"a folder that {WHO} may write to.",
            remedy="Give that user the right to write there, or name another folder.",
        )
        for reason in why_not(folder)
    ]


def why_not(folder: Path) -> Iterator[str]:
    """Why no file can be written to *folder*; nothing when it can. A folder that is not there yet is not made."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if not place.is_dir():
        yield f"{place} is a file"
        return
    try:
        round_trip(place)
    except OSError as error:
        yield error.strerror or str(error)


def round_trip(folder: Path) -> None:
    """Write a small file, read it and delete it; OSError says what of that is impossible."""
    probe = folder / f".presstime-check-{uuid4().hex}"
    try:
        probe.write_bytes(b"presstime")
        if probe.read_bytes() != b"presstime":
            raise OSError("what was read is not what was written")
    finally:
        probe.unlink(missing_ok=True)


def check_mail_folder(context: Context) -> list[Problem]:
    """The folder of mails that stands in the place of a mail server."""
    folder = Path(unquote(urlsplit(context.configuration.mail_address).path))
    return _check_folder(context, "smtp_url", folder, may_be_made=True)


def check_room(context: Context) -> list[Problem]:
    """Warn of volumes below a threshold: the start is no reason to refuse, executions wait for space by themselves."""
    from presstime.disk.service import STORED

    chosen = _thresholds(context)
    found = []
    for volume in volumes_of(context.configuration):
        judged = level(volume.measured, chosen.thresholds)
        if judged is not Level.PASS:
            name = "critical_bytes" if judged is Level.FAIL else "warning_bytes"
            text = f"The volume {volume.title()} has {size(volume.measured.free_bytes)} free."
            text += " No execution starts on it." if judged is Level.FAIL else ""
            read = getattr(chosen.thresholds, name)
            remedy = "Free some space or enlarge the volume; see the page Storage."
            problem = context.about(f"disk_{name}", text, read=read, remedy=remedy, is_error=False)
            origin = STORED if chosen.origins[name] == STORED else problem.origin
            found.append(replace(problem, origin=origin))
    return found


def _thresholds(context: Context) -> Chosen:
    """Those in force: an administrator's go before the settings; without a database that answers, the settings'."""
    from django.db import DatabaseError, connection

    from presstime.disk import service

    file = database_file(context.configuration)
    try:
        return service.chosen_over(None) if file is not None and not file.exists() else service.chosen()
    except DatabaseError:
        return service.chosen_over(None)
    finally:
        connection.close()


def check_secret_files(context: Context) -> list[Problem]:
    """Keys that others may read are refused; files with secrets that others may read are warned of."""
    keys = context.configuration.keys_path
    found = [_check_key(context, path) for path in sorted(keys.glob("*")) if path.is_file()] if keys.is_dir() else []
    return [problem for problem in [*found, *_check_files(context)] if problem is not None]


def _check_key(context: Context, path: Path) -> Problem | None:
    mode = stat.S_IMODE(path.stat().st_mode)
    is_public = path.name == KNOWN_HOSTS  # it holds public keys; a line that another wrote is trusted
    most = 0o644 if is_public else 0o600
    if mode & 0o077 & ~most:
        return context.about(
            "data_dir",
            f"The key file {path} has the mode {mode:04o}: other users of the machine may {'change' if is_public else 'use'} it.",
            read=f"{mode:04o}",
            allowed=f"{most:04o}",
            remedy=f"chmod {most:o} {path}",
        )
    if not os.access(path, os.R_OK):
        return context.about("data_dir", f"The key file {path} cannot be read.", remedy=f"Give it to {WHO}.")
    return None


def _check_files(context: Context) -> Iterator[Problem]:
    """Files outside our own folder often have their mode from a container's secrets: a warning, no refusal."""
    for name, path in _files_with_secrets(context):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o007:
            yield context.about(
                name,
                f"{path} holds a secret and has the mode {mode:04o}: every user of the machine may read it.",
                read=f"{mode:04o}",
                allowed="0600",
                remedy=f"chmod 600 {path}",
                is_error=False,
            )


def _files_with_secrets(context: Context) -> Iterator[tuple[str, Path]]:
    seen: set[Path] = set()
    for name in sorted(SECRETS & set(context.origins)):
        origin = context.origins[name]
        if origin.source == "environment" and origin.variable.endswith("_FILE"):
            path = Path(os.environ.get(origin.variable, ""))
        elif origin.source == "environment":
            continue
        else:
            named = os.environ.get(f"{PREFIX}CONFIG", "")
            path = Path(named) if named and origin.source == Path(named).name else Path(origin.source)
        if path.is_file() and path not in seen:
            seen.add(path)
            yield name, path
