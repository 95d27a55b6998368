"""What can be removed, how many bytes that frees, and the removing itself, batch by batch.

Files go first and their rows follow: on a database whose disk is full nothing can be written before there is room.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.db.models import QuerySet

from presstime.base.configuration_fields import Configuration
from presstime.disk import queries
from presstime.disk.states import Action
from presstime.disk.volumes import database_file
from presstime.executions import artifact_queries, files
from presstime.executions.models import Execution

BATCH = 50
OLD_REPORTS = timedelta(days=90)
OLD_ALERT_MAIL = timedelta(days=30)
ALERT_MAIL = "alerts/**/*.eml"
COPIES = "presstime-before-*.sqlite3"


@dataclass(frozen=True, slots=True)
class Found:
    """What an action would remove: files, or folders of executions, and the bytes that this frees."""

    action: Action
    count: int
    bytes: int
    detail: str


class Batch(NamedTuple):
    """What one batch has removed, and whether there is more."""

    removed: int
    freed: int
    more: bool


def find(configuration: Configuration, now: datetime, actions: Iterable[Action] = tuple(Action)) -> list[Found]:
    """What each of *actions* would free, the most first; those that would free nothing are left out."""
    found = [_FINDERS[action](action, configuration, now) for action in actions]
    return sorted((each for each in found if each.count), key=lambda each: -each.bytes)


def remove(action: Action, configuration: Configuration, now: datetime, limit: int = BATCH) -> Batch:
    """Remove up to *limit* things of *action*; OSError when something cannot be removed."""
    if action in (Action.EXPIRED_REPORTS, Action.OLD_REPORTS):
        return _remove_reports(_reports(action, configuration, now), configuration, now, limit)
    chosen = _paths(action, configuration, now)
    freed = sum(_remove(path) for path in chosen[:limit])
    return Batch(len(chosen[:limit]), freed, len(chosen) > limit)


# ---- reports --------------------------------------------------------------------------------------------------------


def _find_reports(action: Action, configuration: Configuration, now: datetime) -> Found:
    count, size = queries.size_of(_reports(action, configuration, now))
    return Found(action, count, size, _DETAILS[action].format(days=OLD_REPORTS.days))


def _reports(action: Action, configuration: Configuration, now: datetime) -> QuerySet[Execution]:
    if action is Action.EXPIRED_REPORTS:
        return queries.expired(now, configuration.report_retention_days)
    return queries.without_retention(now - OLD_REPORTS, now)


def _remove_reports(chosen: QuerySet[Execution], configuration: Configuration, now: datetime, limit: int) -> Batch:
    rows = list(chosen.prefetch_related("artifacts").order_by("finished_at")[: limit + 1])
    freed = 0
    for execution in rows[:limit]:
        kept = [artifact for artifact in execution.artifacts.all() if artifact.removed_at is None]
        folders = {files.folder_of(artifact, configuration.reports_path) for artifact in kept}
        freed += sum(_remove(folder) for folder in folders)
    artifact_queries.forget_files([execution.pk for execution in rows[:limit]], now)
    return Batch(len(rows[:limit]), freed, len(rows) > limit)


# ---- files that no row needs ----------------------------------------------------------------------------------------


def _find_paths(action: Action, configuration: Configuration, now: datetime) -> Found:
    chosen = _paths(action, configuration, now)
    return Found(action, len(chosen), sum(size_on_disk(path) for path in chosen), _DETAILS[action])


def _paths(action: Action, configuration: Configuration, now: datetime) -> Sequence[Path]:
    match action:
        case Action.ORPHAN_FILES:
            return files.unwanted(files.settled_attempts(configuration.reports_path, now), artifact_queries.with_files)
        case Action.SCRATCH_FILES:
            return files.unwanted(files.settled_scratch(configuration.scratch_path, now), artifact_queries.with_files)
        case Action.ALERT_MAIL:
            return _alert_mail(configuration.reports_path, now)
        case _:
            return _copies(configuration)


def _alert_mail(reports: Path, now: datetime) -> list[Path]:
    """Messages of alerts that are older than 30 days and wait for no recipient."""
    limit = (now - OLD_ALERT_MAIL).timestamp()
    old = [path for path in sorted(reports.glob(ALERT_MAIL)) if path.stat().st_mtime < limit]
    waiting = queries.paths_of_waiting_mail() if old else set()
    return [path for path in old if path.relative_to(reports).as_posix() not in waiting]


def _copies(configuration: Configuration) -> list[Path]:
    """Copies of the database from before upgrades, but for the newest one."""
    database = database_file(configuration)
    return copies_beside(database)[:-1] if database else []


def copies_beside(database: Path) -> list[Path]:
    """The copies of the database from before upgrades and restores, the newest last."""
    return sorted(database.parent.glob(COPIES), key=lambda path: path.stat().st_mtime)


def size_on_disk(path: Path) -> int:
    """The bytes of a file, or of all files below a folder."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def _remove(path: Path) -> int:
    """Remove a file, or a folder with all in it; the bytes. What is gone already freed nothing."""
    try:
        size = size_on_disk(path)
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    except FileNotFoundError:
        return 0
    return size


_FINDERS: dict[Action, Callable[[Action, Configuration, datetime], Found]] = {
    Action.EXPIRED_REPORTS: _find_reports,
    Action.OLD_REPORTS: _find_reports,
    Action.ORPHAN_FILES: _find_paths,
    Action.SCRATCH_FILES: _find_paths,
    Action.ALERT_MAIL: _find_paths,
    Action.DATABASE_COPIES: _find_paths,
}
_DETAILS = {
    Action.EXPIRED_REPORTS: "Files of executions that are past their retention; what is known of the executions stays.",
    Action.OLD_REPORTS: "Files of executions older than {days} days for which no retention is set. Set one to have that done by itself.",
    Action.ORPHAN_FILES: "Folders of attempts that never finished.",
    Action.SCRATCH_FILES: "Scratch folders of attempts that are over.",
    Action.ALERT_MAIL: "Messages about alerts, sent more than 30 days ago.",
    Action.DATABASE_COPIES: "Copies of the database from before upgrades; the newest one stays.",
}
