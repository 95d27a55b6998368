"""Writes an installation's sources, reports, schedules, assets and limits as files that `apply` makes again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.db import transaction

from pressroom.schema import dump
from presstime.accounts import queries as accounts
from presstime.assets import service as assets
from presstime.base.errors import Conflict
from presstime.manifests import audited, described, limits, secrets
from presstime.manifests.folder import ASSETS, GROUPS, KINDS, REPORTS, SCHEDULES, SOURCES, files_of
from presstime.manifests.naming import file_name
from presstime.reports import queries as reports
from presstime.reports import service as report_service
from presstime.schedules import queries as schedules
from presstime.sources import queries as sources
from presstime.sources import service as source_service


@dataclass(slots=True)
class Exported:
    """What was written, and what a person has to know: variables for secrets, files that stand for nothing here."""

    files: list[str] = field(default_factory=list)
    variables: list[tuple[str, str]] = field(default_factory=list)  # source, name
    stale: list[str] = field(default_factory=list)
    is_pruned: bool = False


def export(folder: Path, *, prune: bool = False) -> Exported:
    """Write every file below *folder*, replacing those of the same names; with *prune* remove those of nothing here.

    Conflict when a name is too long for a file or the folder cannot be written.
    """
    result = Exported(is_pruned=prune)
    try:
        contents = dict(_contents(result))
    except ValueError as error:
        raise Conflict(str(error)) from None
    try:
        with transaction.atomic():
            audited.exported(len(contents))
            for file, content in contents.items():
                _write(folder / file, content())
        result.files = sorted(contents)
        result.stale = sorted(set(_present(folder)) - set(contents))
        for file in result.stale if prune else ():
            (folder / file).unlink()
    except OSError as error:
        raise Conflict(f'"{error.filename}" cannot be written: {error.strerror}.') from None
    return result


def _contents(result: Exported) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Each file with what gives its bytes: pictures and fonts are not held in memory all at once."""
    for file, text in _texts(result):
        yield file, text.encode
    for entry in assets.entries():
        yield f"{ASSETS}/{entry.name}", partial(assets.content_of, entry.name)


def _texts(result: Exported) -> Iterator[tuple[str, str]]:
    for group in accounts.list_groups():
        yield f"{GROUPS}/{file_name(group.name, '.yaml')}", dump(limits.essence(group))
    for source in sources.list_sources():
        url, names = secrets.take_out(source_service.address_to_keep(source), source.name)
        result.variables += [(source.name, name) for name in names]
        yield f"{SOURCES}/{file_name(source.name, '.yaml')}", dump({"url": url})
    for report in reports.list_reports():
        yield f"{REPORTS}/{file_name(report.name, '.md')}", report_service.text_of(report)
    for schedule in schedules.list_schedules():
        yield f"{SCHEDULES}/{file_name(schedule.name, '.yaml')}", dump(described.essence(schedule))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_bytes() == content:
        return
    unfinished = path.with_name(f".{os.getpid()}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _present(folder: Path) -> Iterator[str]:
    """The files that `apply` would read."""
    for kind in KINDS:
        yield from (str(path.relative_to(folder)) for path in files_of(folder, kind))
