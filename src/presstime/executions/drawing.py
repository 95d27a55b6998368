"""Charts drawn by a process that stays: to start V8 takes half a second of processor, a chart after that 30 ms.

It is given specifications with their data and nothing else: it has no source, no secret and no network to use. It draws
one chart after another and ends by itself: when one takes too long, when it has grown, when nobody asks. Whoever gets no answer draws in
a process of his own. Imports nothing of Django.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from presstime.executions.child import confine
from presstime.executions.isolation import REPORTED, StartMethod, context_of

if TYPE_CHECKING:
    from pressroom.writers import charts

log = logging.getLogger("presstime.executions")

PREFIX: Final = "presstime-charts-"
MOST_BYTES: Final = 1 << 20  # of a specification; a larger one would keep the others waiting
MOST_CHARTS: Final = 2_000  # of one process
MOST_MEMORY: Final = 512 << 20  # resident; then another process takes its place
CHART_SECONDS: Final = 10
IDLE_SECONDS: Final = 120.0
PATIENCE_SECONDS: Final = 20.0  # of an execution: its chart may be the fifth in the line
WAITING: Final = 64  # connections
SAMPLE: Final = json.dumps({"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a"}}})


class DrawingProcess:
    """The process that draws for the executions of this worker; started when the first chart is wanted."""

    def __init__(
        self, start_method: StartMethod, memory_limit_bytes: int, *, chart_seconds: int = CHART_SECONDS
    ) -> None:
        self._chart_seconds = chart_seconds
        self._start_method: StartMethod = start_method
        self._memory_limit_bytes = memory_limit_bytes
        self._process: BaseProcess | None = None
        self._address = ""
        self._lock = threading.Lock()

    def address(self) -> str:
        """Where it listens; nothing when it cannot be started."""
        with self._lock:
            if self._process is None or not self._process.is_alive():
                try:
                    self._start()
                except OSError as error:
                    log.warning("no process for charts: %s", error)
                    return ""
            return self._address

    def end(self) -> None:
        """End it, whatever it draws."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.join(REPORTED.total_seconds())
                self._process = None
                shutil.rmtree(Path(self._address).parent, ignore_errors=True)

    def _start(self) -> None:
        remove_left()
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))  # ours alone, and a short name, as sockets need it
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._address = str(folder / "socket")
        with socket.socket(socket.AF_UNIX) as listener:
            # Bound before the process begins: whoever comes early waits in the line.
            listener.bind(self._address)
            listener.listen(WAITING)
            self._process = context_of(self._start_method).Process(
                target=main, args=(listener, self._memory_limit_bytes, self._chart_seconds), name="drawing", daemon=True
            )
            self._process.start()


def remove_left() -> None:
    """Remove the folders of processes whose worker was killed: nobody listens there any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_uid == os.getuid() and _is_left(folder / "socket"):
                shutil.rmtree(folder, ignore_errors=True)


def _is_left(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(1)
        try:
            plain.connect(str(address))
        except ConnectionRefusedError:
            return True
    return False


def main(listener: socket.socket, memory_limit_bytes: int, chart_seconds: int) -> None:
    """Draw for whoever connects to *listener*; the life of the process."""
    from pressroom.writers import charts

    confine(memory_limit_bytes)
    address = Path(listener.getsockname())
    charts.convert(SAMPLE, "en-US", "USD", {})
    listener.settimeout(IDLE_SECONDS)
    with suppress(TimeoutError):
        for _ in range(MOST_CHARTS):
            asked, _ = listener.accept()
            asked.setblocking(True)
            _answer(asked, chart_seconds)
            if _resident() > MOST_MEMORY:
                break
    shutil.rmtree(address.parent, ignore_errors=True)
    os._exit(0)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _answer(asked: socket.socket, chart_seconds: int) -> None:
    signal.alarm(chart_seconds)  # native code hears no exception: the kernel ends the process
    with suppress(OSError, EOFError), Connection(asked.detach()) as connection:
        wish = json.loads(connection.recv_bytes(MOST_BYTES))
        connection.send_bytes(json.dumps(_drawn(*wish)).encode())
    signal.alarm(0)


def _drawn(specification: str, locale: str, currency: str, config: Mapping[str, Any]) -> dict[str, str]:
    from pressroom.writers import charts

    try:
        return {"picture": charts.convert(specification, locale, currency, config)}
    except ValueError as error:
        return {"refusal": str(error)}


def drawn_at(address: str) -> charts.Drawing:
    """Has charts drawn by the process at *address*; gives None where it does not answer, ValueError where it refuses."""

    def draw(specification: str, locale: str, currency: str, config: Mapping[str, Any]) -> str | None:
        wish = json.dumps([specification, locale, currency, dict(config)]).encode()
        if len(wish) > MOST_BYTES:
            return None
        try:
            said = _asked(address, wish)
        except (OSError, EOFError):
            return None
        if said is None:
            return None
        if "refusal" in said:
            raise ValueError(said["refusal"])
        return said["picture"]

    return draw


def _asked(address: str, wish: bytes) -> dict[str, str] | None:
    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(PATIENCE_SECONDS)
        plain.connect(address)
        plain.setblocking(True)
        connection = Connection(plain.detach())
    with connection:
        connection.send_bytes(wish)
        if not connection.poll(PATIENCE_SECONDS):
            return None
        said: dict[str, str] = json.loads(connection.recv_bytes())
        return said
