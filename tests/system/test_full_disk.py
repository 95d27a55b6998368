"""A disk of its own in memory, that becomes short and full: executions wait, nothing is corrupted, all goes on."""

from __future__ import annotations

import errno
import http.client
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import pytest

from tests.machine import free_port, mounted, wait_until
from tests.system.conftest import QUICK
from tests.system.harness import Installation

SIZE = 160 * 1024**2
PLACE = 8 * 1024**2
CRITICAL, WARNING = 12 * 1024**2, 16 * 1024**2


@pytest.fixture
def small(template: Path, tmp_path: Path) -> Iterator[Installation]:
    """An installation whose data folder is a file system of its own."""
    data = tmp_path / "data"
    with mounted(data, SIZE):
        shutil.copytree(template, data, dirs_exist_ok=True)
        limits = {"disk_critical_bytes": CRITICAL, "disk_warning_bytes": WARNING}
        with Installation(tmp_path, retry_base_seconds=0.2, **limits) as installation:
            yield installation


def fill(installation: Installation, leave: int) -> Path:
    """Fill the disk up to *leave* bytes."""
    return fill_folder(installation.data, leave)


def fill_folder(folder: Path, leave: int) -> Path:
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        wait_until(lambda: is_taken(file, leave), "the rest of the disk is taken", every=0.001)
    return ballast


def is_taken(file: IO[bytes], leave: int) -> bool:
    """Give *file* all room but *leave*; False when others have taken some of it meanwhile."""
    said = os.fstatvfs(file.fileno())
    try:
        os.posix_fallocate(file.fileno(), 0, said.f_bavail * said.f_frsize - leave)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        file.truncate(0)
        return False
    return True


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


# ---- the folder of the reports alone --------------------------------------------------------------------------------

LARGE = QUICK.replace(
    "select name, pieces from stock order by name",
    "with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 60000)\n"
    "select n, hex(randomblob(40)) as text from numbers",
)
REPORTS_SIZE = 12 * 1024**2


@pytest.fixture
def narrow(template: Path, tmp_path: Path) -> Iterator[tuple[Installation, Path]]:
    """An installation whose reports folder is a file system of its own, and that folder."""
    reports = tmp_path / "reports"
    with mounted(reports, REPORTS_SIZE):
        shutil.copytree(template, tmp_path / "data")
        # The thresholds are out of the way: the disk becomes full while the execution writes.
        settings = {"reports_dir": reports, "disk_critical_bytes": 1, "disk_warning_bytes": 1}
        with Installation(tmp_path, retry_base_seconds=0.2, **settings) as installation:
            yield installation, reports


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_full_reports_folder_is_retried_three_times_leaves_nothing_and_is_mended_by_hand(
    narrow: tuple[Installation, Path],
) -> None:
    house, reports = narrow
    house.python(
        "from presstime.reports import service\nservice.create(name='large', definition=text, by=None, now=now)",
        text=LARGE,
    )
    ballast = fill_folder(reports, 1024**2)  # a CSV file of 5 MB does not fit
    worker = house.start_worker()
    (execution,) = house.enqueue("large", recipients={"to": ["ann@example.com"]})
    wait_until(lambda: house.status(execution) == "dead", "it has given up")
    tries = house.query("select status, error_category, error_code from executions_attempt order by number")
    assert tries == [{"status": "failed", "error_category": "system", "error_code": "disk_full"}] * 4
    letter = house.query("select status, error_code, error_message, error_hint from deadletters_deadletter")[0]
    assert (letter["status"], letter["error_code"]) == ("open", "disk_full")
    assert "no room" in letter["error_message"]
    assert letter["error_hint"]
    assert files_below(reports) == ["ballast"]  # not even a part of a file, which would keep the disk full
    assert files_below(house.data / "scratch") == []
    assert house.value("select count(*) from mail_email") == 0
    assert house.value("select sum(count) from failures_failurecount where code = 'disk_full'") == 4
    (small,) = house.enqueue("quick")
    wait_until(lambda: is_over(house, small), "what fits has gone on")
    assert is_whole(house)

    ballast.unlink()
    house.run("dead-letters", "retry", "--all")
    wait_until(
        lambda: house.value("select status from deadletters_deadletter") == "resolved", "its retry has succeeded"
    )
    files = house.query("select path, bytes from executions_artifact")
    assert sorted(file["path"] for file in files) == [name for name in files_below(reports) if name.endswith(".csv")]
    assert all((reports / file["path"]).stat().st_size == file["bytes"] for file in files)
    assert worker.stop() == 0


# ---- backups --------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(small: Installation, tmp_path: Path) -> Iterator[Path]:
    """The place of the backups, 8 MB in memory."""
    folder = tmp_path / "place"
    with mounted(folder, PLACE):
        small.environment["PRESSTIME_BACKUP_URL"] = f"file://{folder}"
        yield folder


def enlarge(installation: Installation, megabytes: int) -> None:
    with closing(sqlite3.connect(installation.data / "presstime.sqlite3")) as connection, connection:
        connection.execute("create table if not exists ballast (content blob)")
        connection.executemany("insert into ballast values (?)", [[secrets.token_bytes(1_000_000)]] * megabytes)


def is_whole(installation: Installation) -> bool:
    return bool(installation.value("pragma integrity_check") == "ok")


def test_a_backup_without_room_says_so_and_the_last_one_stays(small: Installation, place: Path) -> None:
    good = json.loads(small.run("backup", "create", "--json"))
    kept = sorted(path.name for path in place.iterdir())
    for folder, said in ((small.data, "There is no room in"), (place, "no space is left there")):
        ballast = fill_folder(folder, 300_000 if folder == small.data else 4096)
        process = small.start("backup", "create", "--full")
        assert process.wait() == 1
        assert said in process.log
        assert sorted(path.name for path in place.iterdir() if path.name != "ballast") == kept
        assert not (small.data / "backup-work").exists()
        ballast.unlink()
    assert is_whole(small)
    failed = small.query("select status, error from backups_backup where status = 'failed'")
    assert [said in row["error"] for row, said in zip(failed, ("no room", "no space"), strict=True)] == [True, True]
    assert json.loads(small.run("backup", "verify", str(good["id"]), "--json"))[0]["error"] is None
    assert json.loads(small.run("backup", "create", "--json"))["status"] == "verified"


def test_a_restore_without_room_says_so_and_leaves_the_database_as_it_was(small: Installation, place: Path) -> None:
    enlarge(small, 6)
    small.run("backup", "create")
    before = small.value("select count(*) from backups_backup")
    ballast = fill(small, 2 * 1024**2)
    process = small.start("backup", "restore", "latest", "--yes")
    assert process.wait() == 1
    assert "There is no room in" in process.log
    assert (is_whole(small), small.value("select count(*) from backups_backup")) == (True, before)
    assert not list(small.data.glob("*.restoring*"))
    ballast.unlink()
    small.run("backup", "restore", "latest", "--yes")
    assert is_whole(small)


# ---- writes of the database -----------------------------------------------------------------------------------------


def call(bind: str, method: str, path: str, token: str, body: object = None) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection(bind, timeout=30)) as connection:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def test_a_write_without_room_is_answered_with_507_while_reading_goes_on(small: Installation) -> None:
    bind = f"127.0.0.1:{free_port()}"
    token = small.python(
        """
        from presstime.accounts import service
        admin = service.create_user("alice", "alice@example.com", "admin", "Long-enough-7-words", now)
        result = service.create_token(admin, "test", ["all"], now)[1]
        """
    )
    server = small.start("serve", "--bind", bind)
    wait_until(lambda: answers(bind) and ": ready" in server.log, "it serves")
    definition = QUICK.replace("Stock of the day.", "Stock of the day. " * 8_000)
    ballast = fill(small, 0)
    status, said = call(bind, "POST", "/api/reports", token, {"name": "Large", "definition": definition})
    assert (status, "Free some space" in said["detail"]) == (507, True), server.log
    status, found = call(bind, "GET", "/api/reports", token)
    assert (status, [each["name"] for each in found["items"]]) == (200, ["endless", "quick"])
    ballast.unlink()
    assert is_whole(small)
    status, _ = call(bind, "POST", "/api/reports", token, {"name": "Large", "definition": definition})
    assert status == 201
    assert server.stop() == 0


def answers(bind: str) -> bool:
    try:
        with closing(http.client.HTTPConnection(bind, timeout=10)) as connection:
            connection.request("GET", "/api/health/live")
            return connection.getresponse().status == 200
    except OSError:
        return False
