"""Child processes that misbehave, each in its own way. They stand in a module of their own, so that a child can import them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from multiprocessing.connection import Connection

from presstime.executions import child
from presstime.executions.child import confine
from presstime.executions.job import Done, File, Job, Stage


def say_nothing_and_exit(job: Job, pipe: Connection) -> None:
    confine(job.memory_limit_bytes)
    os._exit(3)


def abort(job: Job, pipe: Connection) -> None:
    confine(job.memory_limit_bytes)
    os.abort()


def crash(job: Job, pipe: Connection) -> None:
    """As native code does that reads where it may not."""
    confine(job.memory_limit_bytes)
    ctypes.string_at(0)


def write_its_pid_and_hang(job: Job, pipe: Connection) -> None:
    """Hangs until somebody ends it, together with a grandchild; both process ids are to be found in the folder."""
    confine(job.memory_limit_bytes)
    _hang(job, pipe)


def ignore_every_signal_and_hang(job: Job, pipe: Connection) -> None:
    confine(job.memory_limit_bytes)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _hang(job, pipe)


def stay_in_native_code(job: Job, pipe: Connection) -> None:
    """As a library does that never returns to Python: its handlers never run."""
    confine(job.memory_limit_bytes)
    pipe.send(Stage("query forever"))
    library = ctypes.PyDLL(None)  # holds the interpreter's lock
    while True:
        library.usleep(3_600_000_000)


def _grandchild() -> subprocess.Popen[bytes]:
    """A process that outlives every test: only the end of its process group ends it, which is what is tried."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


def _hang(job: Job, pipe: Connection) -> None:
    grandchild = _grandchild()
    job.files.mkdir(parents=True)
    (job.folder.parent / "pids").write_text(f"{os.getpid()} {grandchild.pid}")
    pipe.send(Stage("query forever"))
    while True:
        signal.pause()


def fork_and_hang(job: Job, pipe: Connection) -> None:
    """Forks children that fork again, all deaf to SIGTERM; none of them is waited for."""
    _fork(job)
    pipe.send(Stage("query forever"))
    while True:
        signal.pause()


def fork_and_crash(job: Job, pipe: Connection) -> None:
    """As native code does; what it has forked lives on and holds its pipe open."""
    del pipe
    _fork(job)
    ctypes.string_at(0)


def _fork(job: Job) -> None:
    confine(job.memory_limit_bytes)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    reader, writer = os.pipe()
    for _ in range(2):
        if os.fork() == 0:
            os.fork()
            os.write(writer, f"{os.getpid()} ".encode())
            while True:
                signal.pause()
    told = ""
    while len(told.split()) < 4 or not told.endswith(" "):
        told += os.read(reader, 1000).decode()
    job.files.mkdir(parents=True)
    (job.folder.parent / "pids").write_text(f"{os.getpid()} {told}")


def eat_memory(job: Job, pipe: Connection) -> None:
    """The real entry's way of saying that memory is out, with something that needs more than it may."""
    from presstime.executions.faults import fault_of
    from presstime.executions.job import Failed

    confine(job.memory_limit_bytes)
    try:
        hoard = [bytearray(64 * 1024 * 1024) for _ in range(1000)]
        pipe.send(Stage(str(len(hoard))))
    except MemoryError as error:
        pipe.send(Failed(fault_of(error)))
    os._exit(0)


def write_one_file(job: Job, pipe: Connection) -> None:
    """Succeeds at once."""
    confine(job.memory_limit_bytes)
    job.files.mkdir(parents=True)
    (job.files / "stock.csv").write_text("name,pieces\n")
    pipe.send(Done((File("stock.csv", "csv", "text/csv", 12, "0" * 64, 0),), 0, None, {}))
    os._exit(0)


def leave_a_grandchild_behind(job: Job, pipe: Connection) -> None:
    """Succeeds, and has started something that stays."""
    confine(job.memory_limit_bytes)
    grandchild = _grandchild()
    job.files.mkdir(parents=True)
    (job.folder.parent / "pids").write_text(f"{os.getpid()} {grandchild.pid}")
    pipe.send(Done((), 0, None, {}))
    os._exit(0)


def leak_to_the_end(job: Job, pipe: Connection) -> None:
    """The real entry around work that keeps ever smaller pieces until not one more byte is to be had."""
    child.main(job, pipe, _leak)


def _leak(job: Job, telling: child.Telling) -> Done:
    telling("query forever")
    hoard: list[object] = []
    size = 2**20
    while True:
        try:
            hoard.append(bytearray(size))
        except MemoryError:
            if size == 1:
                raise
            size //= 2
