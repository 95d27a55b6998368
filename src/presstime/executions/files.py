"""Files of executions: written in a scratch folder, put into the reports folder whole or not at all.

- `reports/<yyyy>/<mm>/<execution>.<attempt>/`: finished, one folder for each attempt that finished
- `reports/published/…`: copies for schedules with an output path
- `data/scratch/<execution>.<attempt>/`: while it runs
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from presstime.base.errors import Invalid, NotFound
from presstime.executions.job import Done, files_in
from presstime.executions.models import Artifact, Execution

log = logging.getLogger("presstime.executions")

Attempt = tuple[str, int]  # the id of an execution and the number of the attempt
Wanted = Callable[[Collection[Attempt]], set[Attempt]]  # those of many whose files are to be kept

PUBLISHED = "published"
ORPHAN_AGE = timedelta(hours=1)
AT_ONCE = 500
_ATTEMPT_FOLDER = re.compile(r"[0-9a-f-]{36}\.\d+(\.[0-9a-f]{8}\.part)?")


@dataclass(frozen=True, slots=True)
class Placed:
    """What a child has done, and the folder of its files, relative to the reports folder."""

    done: Done
    folder: str


def scratch_of(execution: Execution, scratch: Path) -> Path:
    """The folder in which this attempt writes."""
    return scratch / _attempt(execution)


def _attempt(execution: Execution) -> str:
    return f"{execution.pk}.{execution.fence}"


def place(execution: Execution, done: Done, *, scratch: Path, reports: Path) -> Placed:
    """Move the files of an attempt into the reports folder, durably and in one step."""
    month = f"{execution.queued_at:%Y/%m}"
    target = reports / month / _attempt(execution)
    target.parent.mkdir(parents=True, exist_ok=True)
    _move(files_in(scratch_of(execution, scratch)), target)
    _sync_folder(target)
    _sync_folder(target.parent)
    return Placed(done, f"{month}/{target.name}")


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _move_across(source, target)


def _move_across(source: Path, target: Path) -> None:
    """As a rename, for a reports folder on another volume than the data folder; what did not fit is taken away again."""
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir()
        for file in sorted(source.iterdir()):
            _copy(file, part / file.name)
        part.rename(target)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        raise


def discard(placed: Placed, reports: Path) -> None:
    """Remove the files of an attempt that may no longer speak."""
    shutil.rmtree(reports / placed.folder, ignore_errors=True)


def publish(execution: Execution, placed: Placed, reports: Path) -> None:
    """Copy the files to the schedule's output path, each replaced in one step; Invalid when the path leads outside."""
    folder = published_folder(execution.output_path, reports)
    folder.mkdir(parents=True, exist_ok=True)
    for file in placed.done.files:
        draft = folder / f".{file.name}.{secrets.token_hex(4)}"
        try:
            _copy(reports / placed.folder / file.name, draft)
            draft.replace(folder / file.name)
        finally:
            draft.unlink(missing_ok=True)
    _sync_folder(folder)


def published_folder(output_path: str, reports: Path) -> Path:
    """The folder that *output_path* means, inside `published` of the reports folder, links resolved."""
    root = (reports / PUBLISHED).resolve()
    folder = None if "\0" in output_path else (root / output_path).resolve()
    if folder is None or not folder.is_relative_to(root):
        raise Invalid.of("output_path", f'"{output_path}" leads outside the folder {PUBLISHED} of the reports.')
    return folder


def resolve(path: str, reports: Path) -> Path:
    """The file at *path* relative to the reports folder; NotFound when it is gone or lies outside."""
    root = reports.resolve()
    file = (root / path).resolve()
    if not file.is_relative_to(root) or not file.is_file():
        raise NotFound("The file is no longer there.")
    return file


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reader, target.open("xb") as writer:
        shutil.copyfileobj(reader, writer, 1024 * 1024)
        writer.flush()
        os.fsync(writer.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ---- tidying --------------------------------------------------------------------------------------------------------


def remove_orphans(reports: Path, wanted: Wanted, now: datetime) -> int:
    """Remove folders older than an hour whose attempt neither runs nor has succeeded; how many.

    A worker that dies between the rename and the commit leaves one.
    """
    orphans = unwanted(settled_attempts(reports, now), wanted)
    for folder in orphans:
        log.info("removing the files of an attempt that was never finished: %s", folder.name)
        shutil.rmtree(folder, ignore_errors=True)
    return len(orphans)


def unwanted(folders: Sequence[Path], wanted: Wanted) -> list[Path]:
    """Those of *folders* whose attempt is not among the *wanted*, asked for 500 at a time."""
    found: list[Path] = []
    for start in range(0, len(folders), AT_ONCE):
        attempts = {folder: attempt_of(folder) for folder in folders[start : start + AT_ONCE]}
        kept = wanted(list(attempts.values()))
        found += [folder for folder, attempt in attempts.items() if attempt not in kept]
    return found


def settled_attempts(reports: Path, now: datetime) -> list[Path]:
    """The folders of attempts in the reports folder that nobody has written to for an hour."""
    return [folder for folder in _attempt_folders(reports) if _is_older(folder, now - ORPHAN_AGE)]


def settled_scratch(scratch: Path, now: datetime) -> list[Path]:
    """The scratch folders of attempts that nobody has written to for an hour."""
    old = [folder for folder in scratch.glob("*.*") if _is_older(folder, now - ORPHAN_AGE)]
    return [folder for folder in old if _ATTEMPT_FOLDER.fullmatch(folder.name)]


def folder_of(artifact: Artifact, reports: Path) -> Path:
    """The folder of the attempt that made *artifact*; Invalid when its path leads anywhere else."""
    root = reports.resolve()
    folder = (root / artifact.path).resolve().parent
    if not folder.is_relative_to(root) or not _ATTEMPT_FOLDER.fullmatch(folder.name):
        raise Invalid.of("path", f'"{artifact.path}" is not the path of a file of an execution.')
    return folder


def _attempt_folders(reports: Path) -> Iterator[Path]:
    for folder in reports.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/*"):
        if _ATTEMPT_FOLDER.fullmatch(folder.name) and folder.is_dir():
            yield folder


def remove_scratch(scratch: Path, wanted: Wanted, now: datetime) -> int:
    """Remove scratch folders older than an hour of other attempts; how many."""
    gone = unwanted(settled_scratch(scratch, now), wanted)
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return len(gone)


def attempt_of(folder: Path) -> Attempt:
    """The id of the execution and the number of the attempt whose folder it is."""
    execution, fence, *_ = folder.name.split(".")
    return execution, int(fence)


def _is_older(folder: Path, moment: datetime) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return folder.stat().st_mtime < moment.timestamp()
    return False
