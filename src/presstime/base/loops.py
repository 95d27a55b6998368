"""The one runner of every background loop: it owns the thread, the waiting, the stopping and the back-off after an error.

A loop is a step: `step(now) -> bool`, where True means "there is more, call me again at once". Steps are tested without
threads and without waiting.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from presstime.base import clock

log = logging.getLogger("presstime.loops")

Step = Callable[[datetime], bool]
MAXIMUM_BACKOFF = timedelta(seconds=30)


class Loop:
    """Runs one step again and again in a thread of its own until it is stopped.

    `after_each` runs in the thread after every step, failed or not: there a database connection is given back.
    A step that raises is logged and tried again after a doubling pause; a loop never dies of its step.
    """

    def __init__(
        self,
        name: str,
        step: Step,
        *,
        interval: timedelta,
        wake: threading.Event | None = None,
        after_each: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self._step = step
        self._interval = interval
        self._wake = wake or threading.Event()
        self._after_each = after_each
        self._stopping = threading.Event()
        self._failures = 0
        # Stands around every step; the worker puts there who acts.
        self.around: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext()
        self.beat_at: datetime | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Let the next step begin now instead of at the end of the interval."""
        self._wake.set()

    def stop(self) -> None:
        """Ask the loop to end after the step it is in."""
        self._stopping.set()
        self._wake.set()

    def join(self, timeout: timedelta) -> bool:
        """Wait for the end; False when the step is still running after *timeout*."""
        self._thread.join(timeout.total_seconds())
        return not self._thread.is_alive()

    def place(self) -> str:
        """Where in the code its thread is, innermost last, a line each; empty when it has ended."""
        frame = sys._current_frames().get(self._thread.ident or 0)  # noqa: SLF001 - the standard library offers no other way
        return "".join(traceback.format_stack(frame)).rstrip() if frame else ""

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            more = self._run_once()
            if not more and not self._stopping.is_set():
                self._wake.wait(self._pause().total_seconds())

    def _run_once(self) -> bool:
        try:
            with self.around(self.name):
                more = self._step(clock.now())
        except Exception:  # a loop outlives every failure of its step: it is logged, and the step is tried again later
            self._failures += 1
            log.exception("loop %s: step failed (%d in a row)", self.name, self._failures)
            return False
        else:
            self._failures = 0
            self.beat_at = clock.now()
            return more
        finally:
            self._after_each()

    def _pause(self) -> timedelta:
        if not self._failures:
            return self._interval
        first = max(self._interval, timedelta(seconds=0.5))
        return min(MAXIMUM_BACKOFF, first * float(2 ** min(self._failures, 10)))
