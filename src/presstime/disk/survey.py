"""What could be freed and what uses space, looked up by a worker now and then: with many files that takes a while.

Whoever asks gets the last look with its moment; before the first one nothing is known, which is not the same as nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from presstime.backups.store import local_folder
from presstime.base.configuration_fields import Configuration
from presstime.disk import cleaning, queries
from presstime.disk.cleaning import Found, size_on_disk
from presstime.disk.states import Action
from presstime.disk.volumes import database_file

OLD = timedelta(hours=1)  # workers look every ten minutes


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found at a moment: what cleanups would free, and what of Presstime's uses space, in words and bytes."""

    at: datetime
    found: list[Found]
    usage: list[tuple[str, int]]

    def is_old(self, now: datetime) -> bool:
        """Whether workers should long have looked again."""
        return now - self.at > OLD


def look(configuration: Configuration, now: datetime) -> Looked:
    """Look now."""
    return Looked(now, cleaning.find(configuration, now), list(_usage(configuration)))


def latest() -> Looked | None:
    """The last look of a worker; None before the first."""
    kept = queries.find_survey()
    if kept is None:
        return None
    found = [replace(Found(**each), action=Action(each["action"])) for each in kept.found]
    return Looked(kept.at, found, [(str(label), int(size)) for label, size in kept.usage])


def keep(configuration: Configuration, now: datetime) -> None:
    """Look now and keep what was seen; the step of a worker."""
    seen = look(configuration, now)
    with transaction.atomic():
        queries.save_survey(now, [asdict(each) for each in seen.found], [list(each) for each in seen.usage])


def _usage(configuration: Configuration) -> Iterator[tuple[str, int]]:
    """Backups elsewhere are not counted."""
    database, backups = database_file(configuration), local_folder(configuration)
    yield "Files of executions", queries.reports_bytes()
    yield "Messages", queries.messages_bytes()
    if database is not None:
        yield "Database", _of_database(database)
        yield "Copies of the database", sum(path.stat().st_size for path in cleaning.copies_beside(database))
    if backups is not None and backups.is_dir():
        yield "Backups", size_on_disk(backups)


def _of_database(file: Path) -> int:
    """The file with what is not merged into it yet."""
    parts = [file, file.with_name(f"{file.name}-wal")]
    return sum(part.stat().st_size for part in parts if part.exists())
