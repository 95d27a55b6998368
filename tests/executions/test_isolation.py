from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from presstime.executions.isolation import Child, prepare, run_isolated
from presstime.executions.job import Done, Failed, Job, MailFacts, Stage
from presstime.executions.states import Category
from tests.executions import entries
from tests.executions.conftest import DEFINITION
from tests.machine import is_alive, wait_until

SOON = timedelta(seconds=20)
SHORT = timedelta(seconds=1)


@pytest.fixture(scope="module", autouse=True)
def fork_server():
    prepare("forkserver")


@pytest.fixture
def job(tmp_path: Path, shop: Path) -> Job:
    return Job(
        definition=DEFINITION,
        file="stock.md",
        sources={"shop": f"sqlite:///{shop}"},
        base=tmp_path,
        parameters={},
        formats=("csv", "json"),
        at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
        zone="Europe/Berlin",
        folder=tmp_path / "scratch",
        memory_limit_bytes=1024**3,
        mail=MailFacts(
            "<1@example.com>", "reports@example.com", ("bob@example.com",), (), datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        ),
    )


def last_word(child: Child) -> Done | Failed:
    deadline = time.monotonic() + SOON.total_seconds()
    while time.monotonic() < deadline:
        said = child.hear(SOON)
        if isinstance(said, Done | Failed):
            return said
    raise AssertionError("the child said nothing to the end")


def pids_in(folder: Path) -> list[int]:
    path = folder / "pids"
    wait_until(lambda: path.exists() and path.read_text())
    return [int(pid) for pid in path.read_text().split()]


def test_a_child_renders_files_and_writes_the_mail(job):
    with Child(job) as child:
        stages = []
        while isinstance(said := child.hear(SOON), Stage):
            stages.append(said.text)
    assert isinstance(said, Done)
    assert sorted(file.format for file in said.files) == ["csv", "json"]
    assert all((job.files / file.name).stat().st_size == file.bytes for file in said.files)
    assert said.rows == 3
    assert set(said.timings) == {"query", "render", "mail"}
    assert {"query stock", "rendering csv", "writing the e-mail"} <= set(stages)
    message = (job.files / said.mail.name).read_bytes()
    assert b"Message-ID: <1@example.com>" in message
    assert b"There are" in message


def test_a_preview_runs_in_a_spawned_process(job):
    done = run_isolated(job, SOON, start_method="spawn")
    assert isinstance(done, Done)


def test_a_preview_that_takes_too_long_is_ended(job):
    failed = run_isolated(job, timedelta(seconds=0.01), start_method="spawn")
    assert isinstance(failed, Failed)
    assert failed.fault.code == "timeout"


def test_wrong_sql_is_a_fault_of_the_data_with_its_place(job):
    wrong = replace(job, definition=DEFINITION.replace("from stock\n", "from stick\n"))
    with Child(wrong) as child:
        failed = last_word(child)
    assert isinstance(failed, Failed)
    assert (failed.fault.category, failed.fault.code) == (Category.DATA, "missing_table")
    assert "stock.md:" in failed.fault.message


def test_a_child_that_ends_without_a_word_is_a_fault_of_the_system(job):
    with Child(job, entry=entries.say_nothing_and_exit) as child:
        failed = last_word(child)
    assert isinstance(failed, Failed)
    assert (failed.fault.category, failed.fault.code) == (Category.SYSTEM, "child_died")
    assert "exit code 3" in failed.fault.message


@pytest.mark.parametrize("entry", [entries.abort, entries.eat_memory])
def test_memory_beyond_the_limit_ends_the_child_alone(job, entry):
    with Child(job, entry=entry) as child:
        failed = last_word(child)
    assert isinstance(failed, Failed)
    assert failed.fault.code == "out_of_memory"


def test_a_child_that_crashes_in_native_code_ends_alone(job):
    with Child(job, entry=entries.crash) as child:
        failed = last_word(child)
    assert isinstance(failed, Failed)
    assert (failed.fault.category, failed.fault.code) == ("system", "child_died")
    assert "signal 11" in failed.fault.message


@pytest.mark.parametrize("entry", [entries.write_its_pid_and_hang, entries.ignore_every_signal_and_hang])
@pytest.mark.parametrize("start_method", ["forkserver", "spawn"])
def test_the_end_takes_the_whole_group_along(job, entry, start_method, tmp_path):
    with Child(job, start_method=start_method, entry=entry) as child:
        pids = pids_in(tmp_path)
        assert all(is_alive(pid) for pid in pids)
        child.end(timedelta(seconds=0.2))
        wait_until(lambda: not any(is_alive(pid) for pid in pids))


def test_native_code_that_never_returns_is_killed(job):
    with Child(job, entry=entries.stay_in_native_code) as child:
        assert isinstance(child.hear(SOON), Stage)
        pid = child.pid
        child.end(timedelta(seconds=0.2))
    assert not is_alive(pid)


def test_nothing_that_a_finished_child_has_started_stays(job, tmp_path):
    with Child(job, entry=entries.leave_a_grandchild_behind) as child:
        assert isinstance(last_word(child), Done)
        pids = pids_in(tmp_path)
    wait_until(lambda: not any(is_alive(pid) for pid in pids))


def test_the_preloaded_libraries_start_no_threads_and_leave_django_out():
    code = (
        "import sys, presstime.executions.preload as p; print(p.thread_names(), "
        "sorted(m for m in sys.modules if m.split('.')[0] in ('django', 'numpy', 'pandas')))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[] []"


def worker_with(job: Job, code: str) -> subprocess.Popen[bytes]:
    """A process that runs *code* and reads *job*, pickled, from its standard input."""
    worker = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert worker.stdin is not None
    worker.stdin.write(pickle.dumps(job))
    worker.stdin.close()
    return worker


def test_what_a_worker_wanted_that_died_at_its_start_does_not_run_without_it(job, tmp_path):
    """It is killed while its fork server is still importing: the kernel, told too late to watch, says nothing."""
    code = (
        "import pickle, sys\n"
        "from multiprocessing import forkserver\n"
        "from pathlib import Path\n"
        "from presstime.executions.isolation import Child, prepare\n"
        "from tests.executions import entries\n"
        "read = forkserver.read_signed\n"
        "def read_signed(descriptor):\n"
        f"    Path({str(tmp_path / 'asked')!r}).touch()\n"
        "    return read(descriptor)\n"
        "if __name__ == '__main__':\n"
        "    job = pickle.loads(sys.stdin.buffer.read())\n"
        "    forkserver.read_signed = read_signed\n"
        "    prepare('forkserver')\n"
        "    Child(job, entry=entries.write_its_pid_and_hang)\n"
    )
    worker = worker_with(job, code)
    wait_until((tmp_path / "asked").exists, every=0.001)
    started = children_of(worker.pid)
    worker.kill()
    worker.wait()
    assert started
    wait_until(lambda: not any(is_alive(pid) for pid in started))
    assert not (tmp_path / "pids").exists()


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def test_children_and_fork_server_die_with_their_worker(job, tmp_path):
    """A worker that is killed in the middle of an execution leaves no process behind."""
    code = (
        "import pickle, sys, threading\n"
        "from presstime.executions.isolation import Child, prepare\n"
        "from tests.executions import entries\n"
        "if __name__ == '__main__':\n"
        "    prepare('forkserver')\n"
        "    child = Child(pickle.loads(sys.stdin.buffer.read()), entry=entries.write_its_pid_and_hang)\n"
        "    threading.Event().wait()\n"
    )
    worker = worker_with(job, code)
    child, grandchild = pids_in(tmp_path)
    fork_server = int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1])
    worker.kill()
    worker.wait()
    wait_until(lambda: not is_alive(child) and not is_alive(fork_server))
    if is_alive(grandchild):  # its own parent's business; renderers start none
        os.kill(grandchild, signal.SIGKILL)
