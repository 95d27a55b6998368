"""Backups of an installation on PostgreSQL, and the way back onto the same server and onto an empty one."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.postgres_server import PostgresServer, programs_folder, running_postgres
from tests.servers import postgres_or_skip
from tests.system.conftest import QUICK, SEAL
from tests.system.harness import Installation

DEBIANS = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_or_skip() as server:
        yield server


def installation(folder: Path, url: str, store: Path, programs: Path | None = None) -> Installation:
    """Presstime in *folder* on the database *url*, with the client programs in *programs*."""
    found = Installation(folder, database_url=url, backup_url=f"file://{store}")
    found.environment["PATH"] = f"{programs or programs_folder()}:{found.environment['PATH']}"
    return found


def fill(house: Installation) -> None:
    """A schedule, a queued execution and a mail on its way."""
    house.prepare({"quick": QUICK})
    house.python(
        """
        from presstime.schedules import service as schedules
        given = {"name": "Daily", "report": "quick", "cron": "0 6 * * *", "recipients": {"to": ["ann@example.com"]}}
        schedules.create(given, None, now)
        from presstime.mail.models import Email, Message
        facts = {"subject": "Stock", "sender": "a@example.com", "path": "x", "bytes": 1, "sha256": "0" * 64}
        message = Message.objects.create(message_id="<1@example.com>", created_at=now, **facts)
        Email.objects.create(
            message=message, address="ann@example.com", priority="scheduled", rank=10, created_at=now, next_attempt_at=now
        )
        """
    )
    house.enqueue("quick")


def set_mark(url: str, mark: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table if not exists mark (text text)")
        connection.execute("delete from mark")
        connection.execute("insert into mark values (%s)", [mark])


def value(url: str, sql: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(sql.encode()).fetchone()
    return row[0] if row else None


def refusal(house: Installation, *arguments: str) -> str:
    process = house.start(*arguments)
    assert process.wait() == 1, process.log
    return process.log


def restored(house: Installation, *arguments: str) -> dict[str, Any]:
    done: dict[str, Any] = json.loads(house.run("backup", "restore", "latest", "--yes", "--json", *arguments))
    return done


@pytest.fixture
def url(server: PostgresServer) -> Iterator[str]:
    yield server.create_database("presstime")
    server.drop_database("presstime")


def test_a_dump_comes_back_with_a_safety_copy_and_sends_nothing_twice(
    server: PostgresServer, url: str, tmp_path: Path
) -> None:
    with installation(tmp_path / "house", url, tmp_path / "store") as house:
        fill(house)
        set_mark(url, "backed up")
        made = json.loads(house.run("backup", "create", "--json"))
        assert (made["status"], made["name"][-15:]) == ("verified", ".pgdump.zst.age")
        set_mark(url, "later")
        with psycopg.connect(url):
            assert "1 other connection(s)" in refusal(house, "backup", "restore", "latest", "--yes")
        worker = house.start_worker()
        assert "Stop `presstime serve`" in refusal(house, "backup", "restore", "latest", "--yes")
        assert worker.stop() == 0
        assert value(url, "select text from mark") == "later"
        tried = json.loads(house.run("backup", "verify", "--thorough", "--json"))
        assert [row["verified_how"] for row in tried] == ["drill"]
        assert value(url, "select count(*) from pg_database where datname like 'presstime_drill%'") == 0
        done = restored(house)
        assert value(url, "select text from mark") == "backed up"
        assert [done[name] for name in ("schedules_paused", "executions_cancelled", "emails_held")] == [1, 1, 1]
        assert value(url, "select count(*) from schedules_schedule where enabled") == 0
        assert value(url, "select status from executions_execution") == "cancelled"
        assert value(url, "select status from mail_email") == "failed"

        kept = server.create_database("kept")
        copy_back(house, kept, done["safety_copy"])
        assert value(kept, "select text from mark") == "later"
        server.drop_database("kept")

        house.run("backup", "resume")
        assert value(url, "select count(*) from schedules_schedule where enabled") == 1
        again = json.loads(house.run("backup", "create", "--json"))
        assert again["status"] == "verified"
        assert restored(house)["backup"] == again["id"], "a restored database is backed up and restored as any other"


def copy_back(house: Installation, url: str, dump: str) -> None:
    """By hand, as the document says."""
    tool = shutil.which("pg_restore", path=house.environment["PATH"])
    assert tool is not None
    subprocess.run(
        [tool, "--no-owner", f"--dbname={url}", dump], check=True, env=house.environment, capture_output=True
    )


def test_an_empty_server_comes_back_with_the_key_and_the_place_alone(
    server: PostgresServer, url: str, tmp_path: Path
) -> None:
    with installation(tmp_path / "house", url, tmp_path / "store") as house:
        house.run("migrate")
        assert house.python(SEAL) == [512, 512]
        fill(house)
        set_mark(url, "backed up")
        made = json.loads(house.run("backup", "create", "--json"))
        key = Path(json.loads(house.run("backup", "key", "--json"))["identity_file"])
        shutil.copy(key, tmp_path / "key.txt")
    empty_url = server.create_database("empty")
    with installation(tmp_path / "empty", empty_url, tmp_path / "store") as empty:
        assert [row["id"] for row in json.loads(empty.run("backup", "list", "--json"))] == [made["id"]]
        done = restored(empty, "--identity", str(tmp_path / "key.txt"))
        assert (value(empty_url, "select text from mark"), done["schedules_paused"]) == ("backed up", 1)
        assert done["sealed"] == ["Wrote audit/audit-000000000001-000000000512.jsonl.zst."]
        verified = json.loads(empty.run("audit", "verify", "--json"))
        assert (verified["valid"], [note for note in verified["notes"] if "jsonl" in note]) == (True, [])
        worker = empty.start_worker()
        assert worker.stop() == 0
        assert json.loads(empty.run("backup", "verify", "--json"))[0]["error"] is None
    server.drop_database("empty")


@pytest.mark.slow
def test_a_damaged_dump_and_an_older_client_leave_the_database_as_it_was(url: str, tmp_path: Path) -> None:
    with installation(tmp_path / "house", url, tmp_path / "store") as house:
        house.run("migrate")
        set_mark(url, "backed up")
        house.run("backup", "create")
        set_mark(url, "later")
        if (DEBIANS / "pg_dump").exists():
            path = house.environment["PATH"]
            house.environment["PATH"] = f"{DEBIANS}:{path}"
            for arguments in (("backup", "create"), ("backup", "restore", "latest", "--yes")):
                said = refusal(house, *arguments)
                assert "is of version 15" in said, said
                assert "18" in said, said
            house.environment["PATH"] = path
        (file,) = (tmp_path / "store").glob("*.age")
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert "changed or cut" in refusal(house, "backup", "restore", "latest", "--yes")
        assert value(url, "select text from mark") == "later"


@pytest.mark.slow
def test_a_newer_client_restores_onto_an_older_server(tmp_path: Path) -> None:
    if not (DEBIANS / "postgres").exists():
        pytest.skip("no server of PostgreSQL 15 here")
    with running_postgres(programs=DEBIANS) as older:
        url = older.create_database("presstime")
        with installation(tmp_path / "house", url, tmp_path / "store") as house:
            house.run("migrate")
            set_mark(url, "backed up")
            house.run("backup", "create")
            set_mark(url, "later")
            restored(house)
            assert value(url, "select text from mark") == "backed up"
