"""A Presstime of its own in a temporary folder, with a mail server on loopback that notes when each mail was accepted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from aiosmtpd.controller import Controller

ROWS = 1_000
REPORT = """---
title: Orders
source: orders
formats: [csv]
---
The {{ orders.rows | length }} orders on file.

```sql orders
select id, day, customer, quantity, amount from orders order by id
```

```table
data: orders
limit: 50
```
"""


@dataclass
class Inbox:
    """An SMTP server; `accepted` holds (moment, recipient) of each mail."""

    accepted: list[tuple[float, str]] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        moment = time.time()
        self.accepted += [(moment, recipient) for recipient in envelope.rcpt_tos]
        return "250 accepted"

    def wait_for(self, count: int, seconds: float) -> None:
        """Until *count* mails are there; RuntimeError when they do not come."""
        end, pause = time.monotonic() + seconds, Event()
        while len(self.accepted) < count:
            if time.monotonic() > end:
                raise RuntimeError(f"{len(self.accepted)} of {count} mails after {seconds:.0f} s")
            pause.wait(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def inbox() -> Iterator[Inbox]:
    """A running mail server on loopback."""
    box = Inbox(port=free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port, ready_timeout=20)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@contextmanager
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="presstime-benchmark-"))
    try:
        make_orders(path / "orders.sqlite3")
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def make_orders(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "create table orders(id integer, day date, customer text, quantity integer, amount decimal(10,2))"
        )
        connection.executemany(
            "insert into orders values (?, ?, ?, ?, ?)",
            [
                (n, f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}", f"Customer {n % 97}", n % 9 + 1, n * 1.25)
                for n in range(ROWS)
            ],
        )
    connection.close()


def environment(path: Path, mail_port: int, web_port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRESSTIME_")}
    return kept | {
        "PRESSTIME_DATA_DIR": str(path),
        "PRESSTIME_BIND": f"127.0.0.1:{web_port}",
        "PRESSTIME_BASE_URL": f"http://127.0.0.1:{web_port}",
        "PRESSTIME_SMTP_URL": f"smtp://127.0.0.1:{mail_port}?tls=none",
        "PRESSTIME_MAIL_FROM": "presstime@example.com",
        "DJANGO_SETTINGS_MODULE": "presstime.project.settings",
    }


@contextmanager
def server(settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`presstime serve`, answering; its whole tree is stopped at the end."""
    log = Path(settings["PRESSTIME_DATA_DIR"]) / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "presstime", "serve"], env=settings, stdout=output, stderr=output
        )
    try:
        wait_until_answering(settings["PRESSTIME_BASE_URL"], process)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def wait_until_answering(address: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end, pause = time.monotonic() + seconds, Event()
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/api/health/live", timeout=1) as answer:
                json.load(answer)
                return
        except OSError:
            pause.wait(0.05)
    raise RuntimeError("the server does not answer")


def tree(root: int) -> list[int]:
    """The process *root* and all below it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def pss_bytes(root: int) -> dict[int, int]:
    """Proportional set size of each process of the tree; shared pages are counted once in the sum."""
    sizes = {}
    for pid in tree(root):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        sizes[pid] = int(rollup.split("\nPss:")[1].split()[0]) * 1024
    return sizes
