"""`presstime serve`: brings the database up to date, then keeps the web server and the worker running.

A process of its own that imports nothing of Django and holds no connection: it takes 10 MB and has no reason to fail.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
CHECKED: Final = "--checked"  # tells them that the configuration has been looked at
STEADY_SECONDS = 30.0  # a process that lived this long begins again without a pause
FAREWELL_SECONDS = 45.0  # longer than a worker takes to drain
# How a process says that it can never run like this (sysexits.h, EX_CONFIG); it is not started again.
EXIT_CONFIGURATION: Final = 78

_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class Service:
    """One process that is to be running; begun again when it ends."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    again_at: float = 0.0
    failures: int = field(default=0)

    def start(self, now: float) -> None:
        self.started_at = now
        # Between fork and exec there is one thread here and nothing to lock: what makes preexec_fn unsafe is absent.
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", "presstime", *self.arguments],
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - as said
            process_group=0,  # a Ctrl-C reaches them once, through here, and not from the terminal as well
        )

    def ended(self) -> int | None:
        """The exit code of a process that has ended; None while it runs or when there is none."""
        return self.process.poll() if self.process else None

    def plan_again(self, now: float) -> float:
        """Decide when it begins again; the pause in seconds. It doubles while the process keeps dying young."""
        self.process = None
        self.failures = 0 if now - self.started_at >= STEADY_SECONDS else self.failures + 1
        doubled = FIRST_PAUSE_SECONDS * float(2 ** min(10, max(0, self.failures - 1)))
        pause = min(LONGEST_PAUSE_SECONDS, doubled)
        self.again_at = now + pause
        return pause


class Serve:
    """Web server and worker as one."""

    def __init__(self, bind: str | None) -> None:
        web = ["web", CHECKED, *(["--bind", bind] if bind else [])]
        self._services = [Service("web", web), Service("worker", ["worker", CHECKED])]
        self._stop_signal: int | None = None

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT; the exit code. Other than 0 when it cannot be served at all."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        code = _migrate()
        if code == 0 and self._stop_signal is None:
            code = self._keep_running()
        self._end()
        return code

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a handler
        """Pass it on; the second one makes the worker give its executions back at once."""
        self._stop_signal = number
        for service in self._services:
            if service.process is not None and service.process.poll() is None:
                service.process.send_signal(signal.SIGTERM)

    def _keep_running(self) -> int:
        while self._stop_signal is None:
            for service in self._services:
                code = self._look_after(service, time.monotonic())
                if code is not None:
                    return code
            time.sleep(LOOK_SECONDS)  # noqa: TID251 - this loop is the process; a signal wakes it
        return 0

    def _look_after(self, service: Service, now: float) -> int | None:
        """Start what is not running; an exit code when it can never run."""
        if service.process is None:
            if now >= service.again_at:
                service.start(now)
            return None
        ended = service.ended()
        if ended is None or self._stop_signal is not None:
            return None
        if ended == EXIT_CONFIGURATION:
            return 1
        pause = service.plan_again(now)
        _say(f"{service.name} ended ({_how(ended)}); it begins again in {pause:g} s")
        return None

    def _end(self) -> None:
        """End both, the slow one by force after a while."""
        running = [service.process for service in self._services if service.process is not None]
        if self._stop_signal is None:
            for process in running:
                process.terminate()
        deadline = time.monotonic() + FAREWELL_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _migrate() -> int:
    """Check the configuration and bring the database up to date, in a process that ends: its memory is given back."""
    command = [sys.executable, "-P", "-m", "presstime", "check", "--start"]
    return subprocess.run(command, check=False, preexec_fn=_die_with_parent).returncode  # noqa: S603


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _say(text: str) -> None:
    print(f"presstime serve: {text}", file=sys.stderr, flush=True)  # noqa: T201 - logging would cost a megabyte here


def replace_process(bind: str | None) -> None:
    """Become the supervisor: this process's memory, with all that the command line has imported, is given back."""
    arguments = [sys.executable, "-P", "-m", "presstime.processes.serve", *([bind] if bind else [])]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, arguments)  # noqa: S606 - our own module


if __name__ == "__main__":
    sys.exit(Serve(sys.argv[1] if len(sys.argv) > 1 else None).run())
