"""The life of an execution's child process: render, write the mail, say how it went, end. Imports nothing of Django.

One process for each execution: a leak, an abort of native code or a query that never ends takes nothing else along.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pressroom.errors import PressroomError, SourceMisconfigured
from pressroom.writers import media_type
from presstime.executions.faults import fault_of, secrets_of
from presstime.executions.job import MESSAGE_FILE, ComposedMail, Done, Failed, File, Job, Links, MailFacts, Said, Stage
from presstime.mail.composition import Attachment, Content, compose

if TYPE_CHECKING:
    from pressroom.render import Rendered, RenderedFile
    from pressroom.sources import Source
    from pressroom.writers.email import EmailBody

PR_SET_PDEATHSIG = 1
TEST_MARK = "[Test]"
Work = Callable[[Job, "Telling"], Done]
_STEPS = {"query": "query", "rendering": "render", "writing": "mail"}  # by the first word of a stage


def main(job: Job, pipe: Connection, work: Work | None = None) -> None:
    """Do *job* and say so over *pipe*; the process ends here, without the interpreter's slow farewell."""
    confine(job.memory_limit_bytes)
    said = outcome(job, Telling(pipe), work)
    with contextlib.suppress(BrokenPipeError):  # the supervisor has lost interest
        pipe.send(said)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def confine(memory_limit_bytes: int) -> None:
    """Make this process die with its parent, be killed with all that it starts, and fail instead of eating all memory."""
    die_with_parent()
    os.setsid()  # a process group of its own: one kill reaches whatever it starts
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # RLIMIT_AS counts reserved addresses, of which native libraries take gigabytes; DATA counts what is really theirs.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_limit_bytes, memory_limit_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends, however that ends (Linux)."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent or _is_orphan():  # it ended in between, or before
        os._exit(1)


def _is_orphan() -> bool:
    """Whether the process that wanted this one has ended.

    The parent may be a fork server, which serves what a worker had asked for that died while the server was starting.
    """
    wanted_by = multiprocessing.parent_process()
    return wanted_by is not None and not wanted_by.is_alive()


class Interrupter:
    """Cancels queries when the process is told to stop: a handler does not run while a query runs in native code."""

    def __init__(self) -> None:
        self._sources: list[Source] = []
        heard, told = socket.socketpair()
        told.setblocking(False)
        self._told = told  # kept open: the interpreter writes to it
        signal.set_wakeup_fd(told.fileno())
        threading.Thread(target=self._listen, args=(heard,), name="interrupter", daemon=True).start()

    def watch(self, source: Source) -> Source:
        """*source*, whose queries will be cancelled."""
        self._sources.append(source)
        return source

    def _listen(self, heard: socket.socket) -> None:
        heard.recv(1)
        for source in self._sources:
            with contextlib.suppress(PressroomError):  # closed already, or its server is gone
                source.interrupt()


def _terminate(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the signature of a handler
    # An exception, so that open connections are closed and running queries are cancelled on the way out.
    raise SystemExit(128 + number)


class Telling:
    """Tells the supervisor what the child does, and measures how long each step takes."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._step = ""
        self._since = time.monotonic()
        self.timings: dict[str, float] = {}

    def __call__(self, text: str) -> None:
        """A new stage begins; *text* is for people, e.g. "query totals"."""
        self.end()
        self._step = _STEPS.get(text.split(" ", 1)[0].lower(), "render")
        with contextlib.suppress(BrokenPipeError):
            self._pipe.send(Stage(text))

    def end(self) -> None:
        """The stage has ended."""
        now = time.monotonic()
        if self._step:
            self.timings[self._step] = round(self.timings.get(self._step, 0.0) + now - self._since, 4)
        self._step, self._since = "", now


def outcome(job: Job, telling: Telling, work: Work | None = None) -> Said:
    """The job done, or why it cannot be done."""
    try:
        return (work or _do)(job, telling)
    except Exception as error:  # noqa: BLE001 - the process boundary: everything becomes a fault with a category
        telling.end()
        return Failed(fault_of(error, secrets_of(job.sources.values())), telling.timings)


def _do(job: Job, telling: Telling) -> Done:
    from pressroom.assets import Assets
    from pressroom.render import render

    job.files.mkdir(parents=True, exist_ok=True)
    job.work.mkdir(exist_ok=True)
    tempfile.tempdir = str(job.work)
    draw_elsewhere(job)
    rendered = render(
        job.definition,
        sources=resolver(job),
        parameters=job.parameters,
        formats=job.formats,
        at=job.at,
        zone=ZoneInfo(job.zone),
        out=job.files,
        progress=telling,
        row_limit=job.row_limit,
        byte_limit=job.result_bytes,
        file=job.file,
        email=job.mail is not None,
        link=job.link or None,
        assets=Assets(job.assets),
    )
    mail = _mail(job, rendered, telling)
    telling("writing to disk")
    for path in job.files.iterdir():
        _sync(path)
    _sync(job.files)
    telling.end()
    files = tuple(_file(artifact) for artifact in rendered.artifacts)
    return Done(files, rendered.rows, mail, telling.timings, rendered.cuts)


def draw_elsewhere(job: Job) -> None:
    """Have charts drawn by the process that stays, if the job names one."""
    from pressroom.writers import charts
    from presstime.executions.drawing import drawn_at

    if job.drawing:
        charts.ELSEWHERE.set(drawn_at(job.drawing))


def resolver(job: Job) -> Callable[[str], Source]:
    """The sources that the job may use, by name."""
    from pressroom.sources import open_source

    interrupter = Interrupter()

    def resolve(name: str) -> Source:
        if name not in job.sources:
            raise SourceMisconfigured(
                f'There is no source "{name}".',
                remedy="Name a source that there is, or add this one.",
                code="unknown_source",
            )
        return interrupter.watch(open_source(job.sources[name], base=job.base))

    return resolve


def _file(artifact: RenderedFile) -> File:
    return File(
        artifact.name,
        artifact.format,
        media_type(artifact.path),
        artifact.bytes,
        artifact.sha256,
        artifact.rows,
    )


def _mail(job: Job, rendered: Rendered, telling: Telling) -> ComposedMail | None:
    """The message written into the job's folder; None when nobody is to get one."""
    if job.mail is None or rendered.email is None or (job.only_with_rows and not rendered.rows):
        return None
    telling("writing the e-mail")
    content = _content(job.mail, rendered, rendered.email)
    composed = compose(content, path=job.files / MESSAGE_FILE)
    links = job.mail.links
    return ComposedMail(
        MESSAGE_FILE,
        content.message_id,
        content.sender,
        content.subject,
        composed.bytes,
        composed.sha256,
        links_until=links.ends_at if links and composed.left_out else None,
    )


def _content(facts: MailFacts, rendered: Rendered, email: EmailBody) -> Content:
    document = rendered.document
    return Content(
        message_id=facts.message_id,
        sender=facts.sender,
        to=facts.to,
        cc=facts.cc,
        subject=_subject(document.title, document.subtitle, facts),
        text=email.text,
        html=email.html,
        images=[(image.cid_key, image.filename, image.content) for image in email.images],
        attachments=[_attachment(artifact, facts.links) for artifact in rendered.artifacts],
        date=facts.date,
        headers=facts.headers,
        limit_bytes=facts.attachments_bytes,
        link_note=facts.links.note if facts.links else "",
        reply_to=facts.reply_to,
    )


def _attachment(artifact: RenderedFile, links: Links | None) -> Attachment:
    link = f"{links.base}{quote(artifact.name)}" if links else ""
    return Attachment(artifact.path, artifact.name, media_type(artifact.path), artifact.rows, link)


def _subject(title: str, subtitle: str, facts: MailFacts) -> str:
    subject = f"{title} · {subtitle}" if subtitle else title
    return f"{TEST_MARK} {subject}" if facts.is_test else subject


def _sync(path: Path) -> None:
    """Bring a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
