"""Waiting for something real to happen, with an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path


def wait_until(condition: Callable[[], object], seconds: float = 20.0, every: float = 0.02) -> None:
    """Return when *condition* holds; AssertionError when it does not within *seconds*."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {condition}"
        pause.wait(every)


def is_alive(pid: int) -> bool:
    """Whether a process of that id runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
