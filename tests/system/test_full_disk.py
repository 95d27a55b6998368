"""A disk of its own, 48 MB in memory, that becomes short and full: executions wait, nothing is corrupted, all goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.system.harness import Installation, wait_until

SIZE = 48 * 1024**2
CRITICAL, WARNING = 12 * 1024**2, 16 * 1024**2


@pytest.fixture
def small(template: Path, tmp_path: Path) -> Iterator[Installation]:
    """An installation whose data folder is a file system of its own."""
    data = tmp_path / "data"
    data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(data)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here: run as root to try a full disk")
    try:
        shutil.copytree(template, data, dirs_exist_ok=True)
        limits = {"disk_critical_bytes": CRITICAL, "disk_warning_bytes": WARNING}
        with Installation(tmp_path, retry_base_seconds=0.2, **limits) as installation:
            yield installation
    finally:
        subprocess.run(["umount", "-l", str(data)], check=True)


def fill(installation: Installation, leave: int) -> Path:
    """Fill the disk up to *leave* bytes."""
    ballast = installation.data / "ballast"
    said = os.statvfs(installation.data)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, said.f_bavail * said.f_frsize - leave)
    return ballast


def waits(installation: Installation, execution: str) -> bool:
    row = installation.query("select status, waiting_for from executions_execution where id = ?", execution)[0]
    return (row["status"], row["waiting_for"]) == ("queued", "disk")


def is_over(installation: Installation, execution: str) -> bool:
    return installation.status(execution) == "succeeded"


def test_executions_wait_for_space_and_go_on_by_themselves(small: Installation) -> None:
    ballast = fill(small, CRITICAL // 2)
    worker = small.start_worker()
    (execution,) = small.enqueue("quick")
    wait_until(lambda: waits(small, execution), "it says that it waits for the disk")
    alert = wait_until(
        lambda: small.query("select kind, key from alerts_alert where cleared_at is null"), "it is told of"
    )
    assert alert == [{"kind": "disk_critical", "key": "data"}]
    ballast.unlink()
    wait_until(lambda: is_over(small, execution), "it has gone on", every=0.2)
    assert "wait for disk space" in worker.log
    assert not small.query("select kind from alerts_alert where cleared_at is null")
    assert worker.stop() == 0


def test_a_full_disk_corrupts_nothing_and_the_service_comes_back_with_the_space(small: Installation) -> None:
    worker = small.start_worker()
    executions = small.enqueue("quick", 3)
    ballast = fill(small, 0)  # in the middle of it, or of the database's writes
    wait_until(lambda: "disk" in worker.log, "the worker says so")
    ballast.unlink()
    for execution in executions:
        wait_until(lambda execution=execution: is_over(small, execution), "it has gone on", seconds=120, every=0.2)
    assert worker.stop() == 0
    with closing(sqlite3.connect(small.data / "presstime.sqlite3")) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    files = small.query("select path, bytes from executions_artifact")
    assert len(files) == len(executions)
    assert all((small.data / "reports" / file["path"]).stat().st_size == file["bytes"] for file in files)
