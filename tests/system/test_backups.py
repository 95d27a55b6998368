"""Backups and restores of whole installations, with real processes that are killed in the middle."""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.machine import wait_until
from tests.system.conftest import SEAL, Installed
from tests.system.harness import Installation

LARGE = 80  # megabytes that do not compress: long enough to be caught in the middle


@pytest.fixture
def house(installed: Installed, tmp_path: Path) -> Installation:
    """An installation that backs up to another folder; a schedule, a queued execution and a mail on its way."""
    house = installed(backup_url=f"file://{tmp_path / 'store'}")
    house.run("migrate")
    house.python(
        """
        from presstime.schedules import service as schedules
        for name in ("Daily", "Weekly"):
            given = {"name": name, "report": "quick", "cron": "0 6 * * *", "recipients": {"to": ["ann@example.com"]}}
            schedules.create(given, None, now)
        schedules.disable("Weekly", now)
        from presstime.mail.models import Email, Message
        facts = {"subject": "Stock", "sender": "a@example.com", "path": "x", "bytes": 1, "sha256": "0" * 64}
        message = Message.objects.create(message_id="<1@example.com>", created_at=now, **facts)
        Email.objects.create(
            message=message, address="ann@example.com", priority="scheduled", rank=10, created_at=now, next_attempt_at=now
        )
        """
    )
    house.enqueue("quick")
    return house


def store(house: Installation) -> Path:
    return house.folder / "store"


def backup(house: Installation, *arguments: str) -> dict[str, object]:
    made: dict[str, object] = json.loads(house.run("backup", "create", "--json", *arguments))
    return made


def set_mark(house: Installation, mark: str) -> None:
    with closing(sqlite3.connect(house.data / "presstime.sqlite3")) as connection, connection:
        connection.execute("create table if not exists mark (text)")
        connection.execute("delete from mark")
        connection.execute("insert into mark values (?)", [mark])


def mark(house: Installation) -> object:
    return house.value("select text from mark")


def enlarge(house: Installation) -> None:
    with closing(sqlite3.connect(house.data / "presstime.sqlite3")) as connection, connection:
        connection.execute("create table ballast (content blob)")
        for _ in range(LARGE):
            connection.execute("insert into ballast values (?)", [secrets.token_bytes(1_000_000)])


def refusal(house: Installation, *arguments: str) -> str:
    process = house.start(*arguments)
    assert process.wait() == 1, process.log
    return process.log


def test_an_empty_machine_comes_back_with_the_key_and_the_place_alone_and_sends_nothing_twice(
    house: Installation, tmp_path: Path
) -> None:
    set_mark(house, "first")
    full = backup(house)
    set_mark(house, "second")
    incremental = backup(house)
    assert (full["kind"], incremental["kind"]) == ("full", "incremental")
    key = Path(json.loads(house.run("backup", "key", "--json"))["identity_file"])
    shutil.copy(key, tmp_path / "key.txt")
    with Installation(tmp_path / "empty", backup_url=f"file://{store(house)}") as empty:
        listed = json.loads(empty.run("backup", "list", "--json"))
        assert [row["id"] for row in listed] == [incremental["id"], full["id"]]
        restore = ("backup", "restore", "--identity", str(tmp_path / "key.txt"), "--yes", "--json")
        for made, expected in ((full, "first"), (incremental, "second")):
            done = json.loads(empty.run(*restore, str(made["id"])))
            assert mark(empty) == expected
            counted = [done[name] for name in ("schedules_paused", "executions_cancelled", "emails_held")]
            assert counted == [1, 1, 1]
        assert empty.value("select count(*) from schedules_schedule where enabled") == 0
        assert empty.value("select status from executions_execution") == "cancelled"
        assert empty.value("select status from mail_email") == "failed"
        assert empty.value("pragma integrity_check") == "ok"
        assert {row["status"] for row in json.loads(empty.run("backup", "list", "--json"))} == {"verified"}
        empty.run("backup", "resume")
        on = empty.query("select name from schedules_schedule where enabled")
        assert on == [{"name": "Daily"}], "what was off before stays off"
        assert backup(empty)["status"] == "verified"


def test_a_restore_refuses_while_anybody_uses_the_database_and_keeps_a_copy(house: Installation) -> None:
    set_mark(house, "backed up")
    backup(house)
    set_mark(house, "later")
    worker = house.start_worker()
    assert "Stop `presstime serve`" in refusal(house, "backup", "restore", "latest", "--yes")
    assert worker.stop() == 0
    with closing(sqlite3.connect(house.data / "presstime.sqlite3")) as connection:
        connection.execute("select * from mark").fetchone()
        assert "has" in refusal(house, "backup", "restore", "latest", "--yes")
    assert mark(house) == "later"
    done = json.loads(house.run("backup", "restore", "latest", "--yes", "--json"))
    assert mark(house) == "backed up"
    with closing(sqlite3.connect(done["safety_copy"])) as copy:
        assert copy.execute("select text from mark").fetchone() == ("later",)


@pytest.mark.parametrize("moment", ["copying", "writing"])
def test_a_backup_killed_in_the_middle_harms_neither_the_last_one_nor_the_database(
    house: Installation, moment: str
) -> None:
    set_mark(house, "kept")
    good = backup(house)
    enlarge(house)
    begun: dict[str, Callable[[], bool]] = {
        "copying": lambda: any(house.data.glob("backup-work/snapshot")),
        "writing": lambda: any(store(house).glob("*.part")),
    }
    process = house.start("backup", "create", "--full")
    wait_until(begun[moment], "it is in the middle", every=0.002)
    process.kill()
    assert not list(store(house).glob("*-full.sqlite.zst.age"))[1:], "nothing half has a backup's name"
    assert (mark(house), house.value("pragma quick_check")) == ("kept", "ok")
    assert json.loads(house.run("backup", "verify", str(good["id"]), "--json"))[0]["error"] is None
    assert backup(house, "--full")["status"] == "verified"
    assert not (house.data / "backup-work").exists()


def test_a_restore_killed_in_the_middle_leaves_the_database_as_it_was(house: Installation) -> None:
    enlarge(house)
    set_mark(house, "backed up")
    backup(house)
    set_mark(house, "later")
    draft = house.data / "presstime.sqlite3.restoring"
    for size in (1, LARGE * 1_000_000):
        process = house.start("backup", "restore", "latest", "--yes")
        wait_until(lambda size=size: draft.exists() and draft.stat().st_size >= size, "it restores", every=0.002)  # type: ignore[misc]
        process.kill()
        assert (mark(house), house.value("pragma quick_check")) == ("later", "ok")
    house.run("backup", "restore", "latest", "--yes")
    assert mark(house) == "backed up"
    assert not list(house.data.glob("*.restoring*"))


def test_a_worker_makes_what_was_asked_for_in_a_process_of_its_own(house: Installation) -> None:
    house.python("from presstime.backups import service\nresult = service.ask(now=now).pk")
    worker = house.start_worker()
    wait_until(lambda: house.value("select status from backups_backup") == "verified", "it is verified")
    assert "Move" in worker.log, "the private key lies on this machine"
    assert worker.stop() == 0


def test_sealed_entries_of_the_audit_log_come_back_and_the_whole_log_verifies(tmp_path: Path) -> None:
    store = f"file://{tmp_path / 'store'}"
    with (
        Installation(tmp_path / "old", backup_url=store) as old,
        Installation(tmp_path / "new", backup_url=store) as new,
    ):
        old.run("migrate")
        assert old.python(SEAL) == [512, 512]
        backup(old)
        key = json.loads(old.run("backup", "key", "--json"))["identity_file"]
        done = json.loads(new.run("backup", "restore", "latest", "--identity", key, "--yes", "--json"))
        file = "audit-000000000001-000000000512.jsonl.zst"
        assert done["sealed"] == [f"Wrote audit/{file}."]
        assert (new.data / "audit" / file).read_bytes() == (old.data / "audit" / file).read_bytes()
        verified = json.loads(new.run("audit", "verify", "--json"))
        assert (verified["problems"], [note for note in verified["notes"] if file in note]) == ([], [])
        (new.data / "audit" / file).unlink()
        assert any(file in note for note in json.loads(new.run("audit", "verify", "--json"))["notes"])
