"""The fork server of the web process: it is there when a person begins to write, so that no preview waits for imports.

With it comes a process that draws the charts of previews, as those of executions are drawn in the worker.

An installation in which nobody writes reports pays nothing for it. Commands and tests open none and spawn their children.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from presstime.executions import isolation
from presstime.executions.isolation import StartMethod

if TYPE_CHECKING:
    from presstime.executions.drawing import DrawingProcess


class Nursery:
    """Keeps a fork server running from a thread of its own, once it was wanted.

    The kernel ends a fork server together with the thread that started it (see `child.die_with_parent`). A thread that
    answers a request may end at any time; this one ends with the process.
    """

    def __init__(self, memory_limit_bytes: int) -> None:
        self._memory_limit_bytes = memory_limit_bytes
        self._drawing: DrawingProcess | None = None
        self._wanted: queue.SimpleQueue[threading.Event | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._keep, name="nursery", daemon=True)
        self._thread.start()

    def want(self) -> threading.Event:
        """Have a fork server started, if none runs; the event is set as soon as it takes children."""
        is_there = threading.Event()
        self._wanted.put(is_there)
        return is_there

    def drawing(self) -> str:
        """Where the process listens that draws charts; it starts as soon as it was wanted."""
        self.want().wait()
        return self._drawing.address() if self._drawing else ""

    def close(self) -> None:
        """End the thread, and with it the fork server."""
        self._wanted.put(None)
        self._thread.join()
        if self._drawing:
            self._drawing.end()

    def _keep(self) -> None:
        while (is_there := self._wanted.get()) is not None:
            isolation.prepare("forkserver")
            self._drawing = self._drawing or self._new_drawing()
            is_there.set()
            self._drawing.address()

    def _new_drawing(self) -> DrawingProcess:
        from presstime.executions.drawing import DrawingProcess  # with libraries that pages do not need

        return DrawingProcess("forkserver", self._memory_limit_bytes)


_open: list[Nursery] = []


def open_nursery(start_method: StartMethod, memory_limit_bytes: int) -> None:
    """Let this process keep a fork server for its previews, unless the setting is to spawn; once, in the serving process."""
    if start_method == "forkserver":
        _open.append(Nursery(memory_limit_bytes))


def close_nursery() -> None:
    """The opposite of `open_nursery`."""
    while _open:
        _open.pop().close()


def warm_up() -> None:
    """Have what previews need loaded, for somebody who will want one soon; at once, and without waiting for it."""
    for nursery in _open:
        nursery.want()


def start_method() -> StartMethod:
    """How a child that a person waits for begins here."""
    for nursery in _open:
        nursery.want().wait()
        return "forkserver"
    return "spawn"


def drawing() -> str:
    """Where a child that a person waits for has its charts drawn; nothing where it draws itself."""
    for nursery in _open:
        return nursery.drawing()
    return ""
