"""What the fork server imports once, so that a child has its libraries 25 ms after its start and not after 1.2 s.

Imports only: a library that was *used* before the fork may hold locks of threads that the child does not have, and then
every child hangs (measured with polars: 11 of 11). Therefore the check at the end. Nothing but the fork server imports it.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

import duckdb  # noqa: F401
import jinja2  # noqa: F401

import pressroom.render
import pressroom.writers  # noqa: F401
import presstime.executions.child
import presstime.mail.composition

ALLOWED_THREADS = frozenset({"jemalloc_bg_thd"})  # survives a fork by itself


def thread_names() -> list[str]:
    """The kernel's names of the other threads of this process, those of native libraries too."""
    tasks = [task for task in Path("/proc/self/task").iterdir() if task.name != str(os.getpid())]
    return sorted((task / "comm").read_text().strip() for task in tasks)


def check_threads() -> None:
    """Refuse to fork from a process that has threads."""
    unknown = set(thread_names()) - ALLOWED_THREADS
    if unknown:
        raise RuntimeError(
            f"A library has started threads while it was imported: {', '.join(sorted(unknown))}. "
            "Children forked now could hang. Set PRESSTIME_START_METHOD=spawn and report this."
        )


# The worker that started the fork server may be killed at any time; neither it nor its children must outlive it.
presstime.executions.child.die_with_parent()
check_threads()
gc.freeze()  # what is here stays, and no collection writes to pages that the children share
