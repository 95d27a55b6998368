"""What tests ask of the machine: whether something has happened, which processes live, a port that is free."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

PATIENCE = 60.0
T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str = "", seconds: float = PATIENCE, every: float = 0.05) -> T:
    """What *condition* gives as soon as it is true; AssertionError when that takes longer than *seconds*."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what or condition}"
        pause.wait(every)
    return result


def is_alive(pid: int) -> bool:
    """Whether a process of that id runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def descendants(pid: int) -> list[int]:
    """The processes that *pid* has started, and theirs."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found, left = [], [pid]
    while left:
        children = parents.get(left.pop(), [])
        found += children
        left += children
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[None]:
    """A file system of its own at *folder*."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here: run as root to try a full disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
