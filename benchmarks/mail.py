"""The queue against a mail server whose every reply takes 20 ms, and report making while a mail server hangs.

Sending: 1,000 mails with an attachment of 100 kB over the sender of a worker, and in the same run the usual way, one
connection for each mail, over the same server. Making: 20 reports of 1,000 rows as CSV, with a mail server that answers
and with one that takes connections and never says a word.
"""

from __future__ import annotations

import asyncio
import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks.installation import environment, folder, free_port, inbox, server
from benchmarks.load import connect, make_report, make_schedules
from presstime.base import clock

REPLY_SECONDS = 0.02
MAILS, ATTACHMENT = 1_000, 100_000
MAILS_OF_THE_USUAL_WAY = 60
REPORTS = 20


class SlowServer:
    """An SMTP server that waits before each reply; `accepted` counts mails."""

    def __init__(self) -> None:
        self.accepted = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side is gone
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(writer, b"220 slow")
        while command := await reader.readline():
            verb = command[:4].upper().strip()
            await self._say(writer, {b"QUIT": b"221 bye", b"DATA": b"354 go on"}.get(verb, b"250 fine"))
            if verb == b"QUIT":
                return
            if verb == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                await self._say(writer, b"250 taken")
                self.accepted += 1

    async def _say(self, writer: asyncio.StreamWriter, reply: bytes) -> None:
        await asyncio.sleep(REPLY_SECONDS)
        writer.write(reply + b"\r\n")
        await writer.drain()


@contextmanager
def slow_server() -> Iterator[SlowServer]:
    found, loop = SlowServer(), asyncio.new_event_loop()
    started = threading.Event()

    async def run() -> None:
        listening = await asyncio.start_server(found.serve, "127.0.0.1", 0, limit=1 << 20)
        found.port = listening.sockets[0].getsockname()[1]
        started.set()

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(run(), loop).result(10)
    started.wait(10)
    try:
        yield found
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections into its backlog and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        yield int(listener.getsockname()[1])


def fill_queue(path: Path) -> Path:
    """1,000 mails with one attachment, composed once; the .eml."""
    from presstime.mail import service
    from presstime.mail.composition import Attachment, Content, compose
    from presstime.mail.states import Priority

    file = path / "report.csv"
    file.write_bytes(b"0123456789" * (ATTACHMENT // 10))
    now = clock.now()
    people = [f"reader{number}@example.com" for number in range(MAILS)]
    identity = "<benchmark@example.com>"
    content = Content(
        identity, "presstime@example.com", people[:1], "Benchmark", "See the file.", "", now,
        attachments=[Attachment(file, "report.csv", "text/csv")],
    )  # fmt: skip
    reports = path / "reports"
    reports.mkdir(exist_ok=True)
    composed = compose(content, path=reports / "benchmark.eml")
    service.enqueue(
        composed, {"to": people}, execution_id=None, subject="Benchmark", sender="presstime@example.com",
        message_id=identity, relative_path="benchmark.eml", priority=Priority.SCHEDULED, now=now,
    )  # fmt: skip
    return composed.path


def queue_seconds(box: SlowServer) -> float:
    """Until the sender of a worker has brought all of them to the server."""
    from django.conf import settings
    from django.db import connections

    from presstime.mail.loops import Sender

    sender = Sender.of(settings.CONFIGURATION, "benchmark")
    loops = sender.loops(after_each=connections.close_all)
    began, already, pause = time.monotonic(), box.accepted, threading.Event()
    for loop in loops:
        loop.start()
    while box.accepted - already < MAILS:
        if time.monotonic() - began > 600:
            raise RuntimeError(f"{box.accepted - already} of {MAILS} mails after ten minutes")
        pause.wait(0.02)
    seconds = time.monotonic() - began
    for loop in loops:
        loop.stop()
    for loop in loops:
        loop.join(timedelta(seconds=20))
    sender.close()
    return seconds


def usual_seconds(port: int, mail: Path, count: int) -> float:
    """One connection for each mail, one after another."""
    data = mail.read_bytes()
    began = time.monotonic()
    for number in range(count):
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as client:
            client.sendmail("presstime@example.com", [f"reader{number}@example.com"], data)
    return time.monotonic() - began


def making_seconds(settings: dict[str, str], report: object) -> float:
    """From the instant at which 20 reports are due until the last has succeeded."""
    from presstime.executions.models import Execution
    from presstime.schedules.models import Schedule

    already = Execution.objects.filter(status="succeeded").count()
    with server(settings):
        instant = float(int(time.time()) + 6)
        make_schedules(report, ["csv"], [instant] * REPORTS)
        wait(lambda: Execution.objects.filter(status="succeeded").count() - already >= REPORTS, 180)
        seconds = time.time() - instant
    Schedule.objects.all().update(deleted_at=clock.now(), enabled=False)
    return seconds


def wait(condition: Callable[[], bool], seconds: float) -> None:
    end, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {seconds:.0f} s")
        pause.wait(0.05)


def main() -> None:
    with slow_server() as box, folder() as path, inbox() as fast, silent_server() as silent:
        connect(environment(path, box.port, free_port()))
        mail = fill_queue(path)
        ours = MAILS / queue_seconds(box)
        usual = MAILS_OF_THE_USUAL_WAY / usual_seconds(box.port, mail, MAILS_OF_THE_USUAL_WAY)
        print(
            f"\n== mail: {MAILS:,} mails with {ATTACHMENT:,} bytes attached, {REPLY_SECONDS * 1000:.0f} ms a reply =="
        )
        print(
            f"queue {ours:.1f} mails/s, one connection for each mail {usual:.1f} mails/s; ratio {ours / usual:.1f}",
            flush=True,
        )
        report = make_report(path)
        answering = making_seconds(environment(path, fast.port, free_port()), report)
        print(f"== mail: {REPORTS} reports of 1,000 rows as CSV ==")
        print(f"made in {answering:.2f} s while the mail server answers", flush=True)
        hanging = making_seconds(environment(path, silent, free_port()), report)
        print(f"made in {hanging:.2f} s while it hangs; ratio {hanging / answering:.2f}")
