"""Previews for the editor: all views of an unsaved text at once, kept for a while, and ended when nobody waits any more."""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from presstime.base.errors import Conflict, Invalid, NotFound
from presstime.executions import faults, look, nursery, preview
from presstime.executions.isolation import GRACE, Child
from presstime.executions.job import Done, Failed, Job
from presstime.executions.states import Category
from presstime.reports import definitions

TIMEOUT = timedelta(seconds=30)
KEPT = timedelta(minutes=30)
KEPT_OF_A_PERSON = 4
# A message of the child is heard at once; a cancellation, which comes from another thread, within this.
_LISTENING = timedelta(milliseconds=100)
_FILE = "report.md"
_PLACED = re.compile(rf"{re.escape(_FILE)}:(\d+): (.*)", re.DOTALL)
_running: dict[tuple[UUID, UUID], threading.Event] = {}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is wrong with a text, at a line counted from 1 or, with 0, in general."""

    line: int
    message: str


class Unmade(Exception):  # noqa: N818 - reads as a state
    """There is no preview; `remarks` say why."""

    def __init__(self, remarks: list[Remark]) -> None:
        super().__init__(remarks[0].message if remarks else "")
        self.remarks = remarks


def make(
    text: str,
    *,
    person: UUID,
    key: UUID,
    parameters: Mapping[str, Any],
    at: datetime,
    timeout: timedelta = TIMEOUT,
) -> dict[str, Any]:
    """Make the views of *text* and keep them under *key*; gives what it has cost, Unmade says why there are none."""
    try:
        definition = definitions.read(text)
        folder = _folder(person, key)
        job = preview.job_of(definition, text, _FILE, "html", parameters, at, folder)
    except Invalid as error:
        raise Unmade([remark(problem.message) for problem in error.problems]) from error
    _tidy(at)
    since = time.monotonic()
    with _Registered(person, key) as cancelled:
        _run(job, timeout, cancelled)
    facts: dict[str, Any] = json.loads((job.files / look.FACTS_FILE).read_text("utf-8"))
    return facts | {"seconds": round(time.monotonic() - since, 3)}


def cancel(person: UUID, key: UUID) -> bool:
    """End the preview that *person* waits for under *key*; whether there was one."""
    event = _running.get((person, key))
    if event is not None:
        event.set()
    return event is not None


def view_of(person: UUID, key: UUID, view: str) -> bytes:
    """One view that was made for *person*, an HTML file; NotFound when it is gone."""
    path = _folder(person, key) / "files" / f"{view}.html"
    if view not in look.VIEWS or not path.is_file():
        raise NotFound("This preview is gone. Make it again.")
    return path.read_bytes()


def remark(message: str) -> Remark:
    """A problem of a field, whose line stands at its beginning: "line 12: …"."""
    match = re.fullmatch(r"line (\d+): (.*)", message, re.DOTALL) or _PLACED.fullmatch(message)
    return Remark(int(match[1]), match[2]) if match else Remark(0, message)


class _Registered:
    """A preview that can be cancelled while the context lasts."""

    def __init__(self, person: UUID, key: UUID) -> None:
        self._name = (person, key)
        self._event = threading.Event()

    def __enter__(self) -> threading.Event:
        _running[self._name] = self._event
        return self._event

    def __exit__(self, *_: object) -> None:
        _running.pop(self._name, None)


def _run(job: Job, timeout: timedelta, cancelled: threading.Event) -> None:
    """Do *job* in a process of its own; Unmade when it fails, takes too long or is cancelled."""
    if not preview.PLACES.acquire(timeout=preview.PATIENCE_SECONDS):
        raise Unmade([Remark(0, "Other previews are being made. Try again in a moment.")])
    try:
        ended = _heard(job, timeout, cancelled)
    finally:
        preview.PLACES.release()
        shutil.rmtree(job.work, ignore_errors=True)
    if isinstance(ended, Failed):
        shutil.rmtree(job.folder, ignore_errors=True)
        reason = preview.refusal(ended.fault)
        raise Unmade([remark(_sentence(reason))])


def _sentence(reason: Invalid | Conflict) -> str:
    return reason.problems[0].message if isinstance(reason, Invalid) else reason.message


def _heard(job: Job, timeout: timedelta, cancelled: threading.Event) -> Done | Failed:
    deadline = time.monotonic() + timeout.total_seconds()
    with Child(job, start_method=nursery.start_method(), entry=look.main) as process:
        while (left := deadline - time.monotonic()) > 0 and not cancelled.is_set():
            said = process.hear(min(timedelta(seconds=left), _LISTENING))
            if isinstance(said, Done | Failed):
                return said
        process.end(GRACE)
    return Failed(_cancelled() if cancelled.is_set() else _late(timeout))


def _late(timeout: timedelta) -> faults.Fault:
    seconds = int(timeout.total_seconds())
    return faults.Fault(
        Category.SYSTEM,
        "timeout",
        f"The preview was stopped after {seconds} seconds.",
        "Let a parameter choose a shorter period while you write; a scheduled run has more time.",
    )


def _cancelled() -> faults.Fault:
    return faults.Fault(Category.SYSTEM, "cancelled", "The preview was cancelled.")


# ---- where they are kept --------------------------------------------------------------------------------------------


def _folder(person: UUID, key: UUID) -> Path:
    return _root() / str(person) / str(key)


def _root() -> Path:
    return preview.scratch() / "previews"


def _tidy(now: datetime) -> None:
    """Remove what is old, and of each person all but the latest."""
    for person in _root().glob("*"):
        folders = sorted(person.glob("*"), key=_made_at, reverse=True)
        for number, folder in enumerate(folders):
            if number >= KEPT_OF_A_PERSON or _made_at(folder) < (now - KEPT).timestamp():
                shutil.rmtree(folder, ignore_errors=True)


def _made_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
