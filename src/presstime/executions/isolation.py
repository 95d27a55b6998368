"""Child processes: started clean, heard over a pipe, and ended for certain with everything that they have started."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.machinery import ModuleSpec
from multiprocessing import connection, forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from types import TracebackType
from typing import Literal, Self

from presstime.executions import child, faults
from presstime.executions.job import Answer, Done, Failed, Job, Said

log = logging.getLogger("presstime.executions")

Entry = Callable[[Job, Connection], None]
StartMethod = Literal["forkserver", "spawn"]
GRACE = timedelta(seconds=10)
REPORTED = timedelta(seconds=3)  # that the fork server has to tell of a death that is certain
PRELOAD = "presstime.executions.preload"


class Child:
    """A process that does one job; a context manager at whose end nothing of it is left."""

    def __init__(self, job: Job, *, start_method: StartMethod = "forkserver", entry: Entry = child.main) -> None:
        _forget_main()
        context = context_of(start_method)
        self._reader, writer = context.Pipe(duplex=False)
        self._process = context.Process(target=entry, args=(job, writer), name="execution", daemon=True)
        self._process.start()
        writer.close()  # the child has the only other end now: its death is the end of the file
        self._is_over = False
        self._ending = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(timedelta())

    @property
    def pid(self) -> int:
        pid = self._process.pid
        assert pid is not None
        return pid

    def hear(self, timeout: timedelta) -> Said | None:
        """What the child says within *timeout*; None when it says nothing. Its silent death is a Failed."""
        ready = connection.wait([self._reader, self._process.sentinel], timeout.total_seconds())
        if not ready:
            return None
        # Its death alone is not the end of the file: what it has forked may hold the pipe open for ever.
        if self._reader not in ready and not self._reader.poll():
            return self._death()
        try:
            said: Said = self._reader.recv()
        except (EOFError, ConnectionResetError):
            return self._death()
        return said

    def _death(self) -> Failed:
        self._process.join(GRACE.total_seconds())
        return Failed(faults.died(self._process.exitcode))

    def end(self, grace: timedelta) -> None:
        """Ask it to stop, wait for *grace*, then kill it and whatever it has started; once."""
        if self._is_over:
            return
        self._is_over = True
        if grace and self._process.is_alive():
            self._ask_to_stop(grace)
        self._signal(signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.join(REPORTED.total_seconds())
        if self._process.is_alive():
            log.warning("process %d was killed, and the fork server has not told of its end", self.pid)
        self._reader.close()

    @property
    def ending(self) -> str:
        """How it ended, in a sentence for the technical detail; after `end`."""
        return self._ending or f"Its process ended {faults.ended_how(self._process.exitcode)}."

    def _ask_to_stop(self, grace: timedelta) -> None:
        begun = time.monotonic()
        self._signal(signal.SIGTERM)
        self._process.join(grace.total_seconds())
        took = time.monotonic() - begun
        if self._process.is_alive():
            self._ending = f"It did not end within {took:.1f} s after SIGTERM and was killed with its process group."
        else:
            self._ending = f"It ended {took:.1f} s after SIGTERM; what it had started was killed."

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


def prepare(start_method: StartMethod) -> None:
    """Start the fork server; from the main thread, since the kernel ties its death to that of the starting thread."""
    _forget_main()
    if start_method == "forkserver":
        multiprocessing.get_context("forkserver").set_forkserver_preload([PRELOAD])
        forkserver.ensure_running()


def context_of(start_method: StartMethod) -> ForkServerContext | SpawnContext:
    """What starts processes by *start_method*."""
    if start_method == "spawn":
        return multiprocessing.get_context("spawn")
    return multiprocessing.get_context("forkserver")


def _forget_main() -> None:
    """Keep children from running the parent's main script again, from which they need nothing.

    Multiprocessing leaves a package's `__main__` out; a console script it would run by its path, with all its imports.
    """
    main = sys.modules["__main__"]
    if main.__spec__ is None:
        main.__spec__ = ModuleSpec("presstime.__main__", None)


def run_isolated(job: Job, timeout: timedelta, *, start_method: StartMethod) -> Done | Failed:
    """Do *job* in a process of its own and wait; for previews and commands. Its files are in `job.files` afterwards."""
    said = _last_word(Child(job, start_method=start_method), timeout)
    assert not isinstance(said, Answer)  # nobody has asked
    return said


def ask_isolated(job: Job, timeout: timedelta, entry: Entry, *, start_method: StartMethod) -> Answer | Failed:
    """What *entry* answers about *job*, in a process of its own; as `run_isolated`."""
    said = _last_word(Child(job, start_method=start_method, entry=entry), timeout)
    assert not isinstance(said, Done)  # it makes no files
    return said


def _last_word(child: Child, timeout: timedelta) -> Done | Failed | Answer:
    with child as process:
        deadline = time.monotonic() + timeout.total_seconds()
        while (left := deadline - time.monotonic()) > 0:
            said = process.hear(timedelta(seconds=left))
            if isinstance(said, Done | Failed | Answer):
                return said
        process.end(GRACE)
    return Failed(faults.timed_out(int(timeout.total_seconds())))
