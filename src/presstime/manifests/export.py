"""Writes an installation's sources, reports and schedules as files that `apply` makes again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from pressroom.schema import dump
from presstime.base.errors import Conflict
from presstime.manifests import audited, described, secrets
from presstime.manifests.folder import REPORTS, SCHEDULES, SOURCES, SUFFIXES
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
        texts = dict(_texts(result))
    except ValueError as error:
        raise Conflict(str(error)) from None
    try:
        with transaction.atomic():
            audited.exported(len(texts))
            for file, text in texts.items():
                _write(folder / file, text)
        result.files = sorted(texts)
        result.stale = sorted(set(_present(folder)) - set(texts))
        for file in result.stale if prune else ():
            (folder / file).unlink()
    except OSError as error:
        raise Conflict(f'"{error.filename}" cannot be written: {error.strerror}.') from None
    return result


def _texts(result: Exported) -> Iterator[tuple[str, str]]:
    for source in sources.list_sources():
        url, names = secrets.take_out(source_service.address_to_keep(source), source.name)
        result.variables += [(source.name, name) for name in names]
        yield f"{SOURCES}/{file_name(source.name, '.yaml')}", dump({"url": url})
    for report in reports.list_reports():
        yield f"{REPORTS}/{file_name(report.name, '.md')}", report_service.text_of(report)
    for schedule in schedules.list_schedules():
        yield f"{SCHEDULES}/{file_name(schedule.name, '.yaml')}", dump(described.essence(schedule))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_bytes() == text.encode():
        return
    unfinished = path.with_name(f".{os.getpid()}.part")
    unfinished.write_bytes(text.encode())
    unfinished.replace(path)


def _present(folder: Path) -> Iterator[str]:
    """The files that `apply` would read."""
    for kind, suffixes in SUFFIXES.items():
        found = (path for path in (folder / kind).rglob("*") if path.suffix in suffixes and path.is_file())
        yield from (str(path.relative_to(folder)) for path in found)
