"""What crosses the border between a worker and the child process of an execution. Pure and picklable; imports no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from presstime.executions.faults import Fault

MESSAGE_FILE = "message.eml"


@dataclass(frozen=True, slots=True)
class Links:
    """Where the files lie that are too large for the mail: their names follow *base*; `note` says what holds for these."""

    base: str = field(repr=False)  # whoever has it gets the files
    note: str
    ends_at: datetime | None = None  # until then they work without a sign-in


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What a child must know to write the message; the addresses of bcc are not among them."""

    message_id: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    date: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    reply_to: str = ""
    is_test: bool = False  # the subject says so
    attachments_bytes: int = 10_000_000  # as they travel
    links: Links | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One report to render in a process of its own. `repr` shows no addresses of sources, since these hold passwords."""

    definition: str
    file: str  # the report's name in error messages
    sources: Mapping[str, str] = field(repr=False)  # name -> URL, only those that the report names
    base: Path  # relative paths of sources begin here
    parameters: Mapping[str, Any]
    formats: tuple[str, ...]
    at: datetime  # aware; periods are evaluated at it
    zone: str  # IANA
    folder: Path  # made and filled by the child; its supervisor takes `files` and removes the rest
    memory_limit_bytes: int
    row_limit: int | None = None  # of a query; pressroom's own without one
    result_bytes: int | None = None
    mail: MailFacts | None = None  # None: nobody is written to
    link: str = ""  # the page of the execution
    assets: Path | None = None  # the folder of the pictures, themes and fonts that the report may show
    only_with_rows: bool = False  # no message when the queries gave no row
    has_charts: bool = False
    drawing: str = ""  # where a process listens that draws charts; without one the child draws itself

    @property
    def files(self) -> Path:
        """Where the finished files and the message lie."""
        return files_in(self.folder)

    @property
    def work(self) -> Path:
        """Where everything else lies while the child works: the workspace, what does not fit into memory."""
        return self.folder / "work"


def files_in(folder: Path) -> Path:
    """The part of a job's *folder* that is kept."""
    return folder / "files"


@dataclass(frozen=True, slots=True)
class File:
    """A finished file, by its name in the job's folder."""

    name: str
    format: str
    media_type: str
    bytes: int
    sha256: str
    rows: int | None


@dataclass(frozen=True, slots=True)
class ComposedMail:
    """The message that lies in the job's folder as *name*."""

    name: str
    message_id: str
    sender: str
    subject: str
    bytes: int
    sha256: str
    links_until: datetime | None = None  # of signed links that stand in it


@dataclass(frozen=True, slots=True)
class Stage:
    """The child says what it does now, in words."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The child has finished; all its files are on the disk."""

    files: tuple[File, ...]
    rows: int
    mail: ComposedMail | None
    timings: Mapping[str, float]  # seconds by step: query, render, mail
    cuts: tuple[str, ...] = ()  # a sentence for each query that a cap ended


@dataclass(frozen=True, slots=True)
class Failed:
    """The child could not finish."""

    fault: Fault
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The child has looked into the data and answers a question; it made no file."""

    value: Any


Said = Stage | Done | Failed | Answer
