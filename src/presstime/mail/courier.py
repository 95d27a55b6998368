"""The courier: a small process of its own that holds the connections to the mail server.

A worker that is killed while the server considers a mail would never learn whether it was taken, and would have to send
it twice or not at all. The courier outlives it for that one answer, notes it in its journal and ends; the next worker
reads the journal. So even `kill -9` of a worker gives nobody a mail twice. Only when the courier itself or the machine
dies in that moment does the setting PRESSTIME_MAIL_UNCERTAIN decide. docs/mail.md has the account.

This module has both ends: `Couriers` in the worker and `main` in the process. It imports no Django.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from presstime.base.ids import uuid7
from presstime.mail import journal
from presstime.mail.journal import Journal, Phase, Record
from presstime.mail.states import Broken, Outcome, Stage
from presstime.mail.transports import Delivery, Transport, nothing, open_transport

FAREWELL_SECONDS = 5.0

# ---- in the worker --------------------------------------------------------------------------------------------------


class Couriers:
    """Starts the process when it is first needed and again when it has died; hands out its connections as transports."""

    def __init__(self, address: str, *, connections: int, folder: Path, node: str) -> None:
        open_transport(address).close()  # a wrong address is refused here and not in the process
        self._address = address
        self._connections = connections
        self._folder = folder
        self._node = node
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channels: list[socket.socket] = []
        self._path: Path | None = None

    def transport(self, connection: int) -> CourierTransport:
        """The transport of *connection*, numbered from 0."""
        return CourierTransport(self, connection)

    def prepare(self) -> None:
        """Start the process; before the first mail is claimed, so that there is a journal that knows of it."""
        self.channel(0)

    def channel(self, connection: int) -> socket.socket:
        """The line to the process for *connection*; starts the process when there is none."""
        with self._lock:
            if self._process is None:
                self._start()
            return self._channels[connection]

    @property
    def journal_path(self) -> Path | None:
        """Where the journal of the process is; None while there is none."""
        with self._lock:
            return self._path

    def lost(self, channel: socket.socket, delivery: Delivery) -> Outcome:
        """What the process knew of *delivery* when it died without an answer; the next use starts another one."""
        with self._lock:
            if channel in self._channels:
                self._end()
        record = journal.read(self._folder, self._node).find(delivery.id, delivery.fence)
        return outcome_of(record)

    def close(self) -> None:
        """Let the process end when its mails are answered, and forget its journal; all of them must be settled."""
        with self._lock:
            path = self._path
            if self._end() and path is not None:
                journal.remove([path])

    def _start(self) -> None:
        pairs = [socket.socketpair() for _ in range(self._connections)]
        theirs = [pair[1] for pair in pairs]
        self._path = journal.path_for(self._folder, self._node, uuid7())
        notes = journal.begin(self._path)  # here: it must be locked before the process can hear of a mail
        numbers = [notes, *(end.fileno() for end in theirs)]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", "presstime.mail.courier", *map(str, numbers)],
            stdin=subprocess.PIPE,
            pass_fds=numbers,
            start_new_session=True,  # a signal to the worker's group must not cut a mail in two
        )
        self._channels = [pair[0] for pair in pairs]
        os.close(notes)
        for end in theirs:
            end.close()
        assert self._process.stdin is not None
        with self._process.stdin as stdin:  # not an argument: it holds the password
            stdin.write(self._address.encode())

    def _end(self) -> bool:
        """Hang up; whether the process has ended."""
        process, channels = self._process, self._channels
        self._process, self._channels, self._path = None, [], None
        for channel in channels:
            channel.close()
        if process is None:
            return True
        try:
            process.wait(FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return True


def outcome_of(record: Record | None) -> Outcome:
    """The outcome of a delivery whose courier is gone; without a record it was never begun."""
    if record is not None and record.outcome is not None:
        return record.outcome
    is_ending = record is not None and record.phase is Phase.ENDING
    return Broken(Stage.END if is_ending else Stage.DATA, "the sending process was killed")


class CourierTransport:
    """A transport that lets the courier send, so that the answer survives this process."""

    def __init__(self, couriers: Couriers, connection: int) -> None:
        self._couriers = couriers
        self._connection = connection

    def send(self, delivery: Delivery, before_end: Callable[[], None] = nothing) -> Outcome:
        before_end()  # from here on the courier's journal knows more
        channel = self._couriers.channel(self._connection)
        try:
            channel.sendall(_delivery_to_line(delivery))
            answer = _read_line(channel)
        except OSError:
            answer = b""
        if answer:
            return journal.outcome_from_json(json.loads(answer))
        return self._couriers.lost(channel, delivery)

    def close(self) -> None:
        """The connections belong to `Couriers`."""


def _read_line(channel: socket.socket) -> bytes:
    """One line, or nothing when the other end is closed."""
    data = b""
    while not data.endswith(b"\n"):
        part = channel.recv(65536)
        if not part:
            return b""
        data += part
    return data


def _delivery_to_line(delivery: Delivery) -> bytes:
    content = {
        "id": str(delivery.id),
        "fence": delivery.fence,
        "sender": delivery.sender,
        "recipient": delivery.recipient,
        "path": str(delivery.path),
        "sha256": delivery.sha256,
        "created_at": delivery.created_at.isoformat(),
        "headers": delivery.headers,
    }
    return json.dumps(content).encode() + b"\n"


# ---- in the process -------------------------------------------------------------------------------------------------


def main(arguments: list[str]) -> None:
    """Serve the channels whose descriptors *arguments* name after the journal's, until all of them are closed."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when the worker hangs up, and answers first
    journal_descriptor, *descriptors = map(int, arguments)
    address = sys.stdin.read()
    notes = Journal(journal_descriptor)
    threads = [
        threading.Thread(target=_serve, args=(connection, descriptor, address, notes))
        for connection, descriptor in enumerate(descriptors)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _serve(connection: int, descriptor: int, address: str, notes: Journal) -> None:
    channel = socket.socket(fileno=descriptor)
    transport = open_transport(address)
    while line := _read_line_quietly(channel):
        answer = _deliver(connection, _delivery_from_json(json.loads(line)), transport, notes)
        try:
            channel.sendall(answer)
        except OSError:
            break  # the worker is gone; the journal has it
    transport.close()


def _read_line_quietly(channel: socket.socket) -> bytes:
    try:
        return _read_line(channel)
    except OSError:
        return b""


def _deliver(connection: int, delivery: Delivery, transport: Transport, notes: Journal) -> bytes:
    def note(phase: Phase, outcome: Outcome | None = None) -> None:
        notes.note(connection, Record(delivery.id, delivery.fence, phase, outcome))

    note(Phase.STARTED)
    outcome = transport.send(delivery, lambda: note(Phase.ENDING))
    note(Phase.DONE, outcome)
    return json.dumps(journal.outcome_to_json(outcome)).encode() + b"\n"


def _delivery_from_json(content: dict[str, Any]) -> Delivery:
    return Delivery(
        id=UUID(content["id"]),
        fence=content["fence"],
        sender=content["sender"],
        recipient=content["recipient"],
        path=Path(content["path"]),
        sha256=content["sha256"],
        created_at=datetime.fromisoformat(content["created_at"]),
        headers=content["headers"],
    )


if __name__ == "__main__":
    main(sys.argv[1:])
