"""What each check says of a real part, whole and broken."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from presstime.backups import health as backups
from presstime.backups.models import Backup, Plan
from presstime.disk import health as disk
from presstime.disk import service as disks
from presstime.executions import health as executions
from presstime.executions.models import Execution, Worker
from presstime.health import database
from presstime.health.states import Level
from presstime.mail import health as mail
from presstime.mail import service as mails
from presstime.mail.health import EmailCheck
from presstime.schedules import health as schedules
from presstime.schedules.models import Schedule
from tests.mail.smtp_server import Mailbox, authenticator, smtp_server

Make = Callable[..., Execution]


@pytest.mark.django_db(transaction=True)
def test_the_database_is_really_written(now: datetime) -> None:
    from presstime.health.models import Pulse

    assert database.DatabaseCheck()(now).level is Level.PASS
    assert Pulse.objects.get().written_at == now


@pytest.mark.django_db(transaction=True)
def test_a_database_that_others_write_is_busy_and_after_a_while_failing(now: datetime) -> None:
    check = database.DatabaseCheck()
    check(now)
    other = connection.copy("other")
    try:
        with other.cursor() as cursor:
            cursor.execute("begin immediate" if connection.vendor == "sqlite" else "begin")
            cursor.execute("update health_pulse set written_at = null where id = 1")
        finding = check(now)
        assert (finding.level, finding.output) == (
            Level.WARN,
            "Another process keeps the database from being written.",
        )
        assert check(now + timedelta(seconds=5)).level is Level.FAIL
        with other.cursor() as cursor:
            cursor.execute("rollback")
        assert check(now + timedelta(seconds=10)).level is Level.PASS
    finally:
        other.close()
        connections["default"].close()


@pytest.mark.django_db
def test_an_old_sqlite_is_warned_of(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    assert database.check_version(now).level is Level.PASS
    if connection.vendor == "sqlite":
        monkeypatch.setattr(sys.modules["sqlite3"], "sqlite_version_info", (3, 40, 1))
        finding = database.check_version(now)
        assert finding.level is Level.WARN
        assert "3.51.3" in finding.output


# ---- e-mail ---------------------------------------------------------------------------------------------------------


def test_a_mail_server_that_answers(now: datetime) -> None:
    with smtp_server(Mailbox()) as port:
        assert EmailCheck(f"smtp://127.0.0.1:{port}")(now).level is Level.PASS


def test_it_signs_in_every_quarter_of_an_hour_and_a_refusal_is_told_until_then(now: datetime) -> None:
    tried: list[str] = []
    inner = authenticator("alice", "right")

    def counting(*given: Any) -> Any:
        tried.append(given[4].login.decode())
        return inner(*given)

    with smtp_server(Mailbox(), authenticator=counting, auth_require_tls=False) as port:
        check = EmailCheck(f"smtp://alice:right@127.0.0.1:{port}?tls=none")
        for minute in range(16):
            assert check(now + timedelta(minutes=minute)).level is Level.PASS
        assert tried == ["alice", "alice"]
        tried.clear()
        counts = set()
        check = EmailCheck(f"smtp://bob:wrong@127.0.0.1:{port}?tls=none")
        for minute in range(15):
            assert check(now + timedelta(minutes=minute)).output == "The mail server refuses the sign-in (code 535)."
            assert set(tried) == {"bob"}  # by each way of signing in that the server offers
            counts.add(len(tried))
        assert len(counts) == 1


def test_a_mail_server_that_is_away_is_told_without_its_name(now: datetime) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        finding = EmailCheck(f"smtp://alice:hunter2@127.0.0.1:{port}?tls=none")(now)
    assert (finding.level, finding.output) == (Level.FAIL, "The mail server cannot be reached.")


def test_a_mail_server_that_says_nothing_fails_in_time(now: datetime) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        finding = EmailCheck(f"smtp://127.0.0.1:{listener.getsockname()[1]}", timeout=0.2)(now)
    assert finding.level is Level.FAIL


def test_a_folder_of_mails_is_written(now: datetime, tmp_path: Path) -> None:
    assert EmailCheck(f"file://{tmp_path / 'mail'}")(now).level is Level.PASS
    assert list((tmp_path / "mail").iterdir()) == []
    (tmp_path / "file").write_text("")
    finding = EmailCheck(f"file://{tmp_path / 'file' / 'mail'}")(now)
    assert finding.level is Level.FAIL
    assert str(tmp_path) not in finding.output


@pytest.mark.django_db
def test_paused_sending_is_a_warning(now: datetime) -> None:
    assert mail.check_queue(now).level is Level.PASS
    mails.pause(None, now)
    assert mail.check_queue(now).output == "A person has paused sending."


# ---- workers, scheduler, queue --------------------------------------------------------------------------------------


def worker(seen_at: datetime, beat_at: datetime | None = None) -> Worker:
    beats = {"schedules": beat_at.isoformat()} if beat_at else {}
    return Worker.objects.create(
        node="a-host", pid=1, version="0", slots=2, started_at=seen_at, seen_at=seen_at, beats=beats
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "level"), [(5, Level.PASS), (30, Level.WARN), (61, Level.FAIL)])
def test_a_worker_must_be_heard(now: datetime, seconds: int, level: Level) -> None:
    assert executions.check_worker(now).level is Level.FAIL
    worker(now - timedelta(seconds=seconds))
    finding = executions.check_worker(now)
    assert finding.level is level
    assert "a-host" not in finding.output


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "level"), [(5, Level.PASS), (30, Level.WARN), (61, Level.FAIL)])
def test_the_scheduler_must_look(now: datetime, seconds: int, level: Level) -> None:
    assert schedules.check(now).output == "No scheduler runs."
    worker(now, now - timedelta(seconds=seconds))
    assert schedules.check(now).level is level


def test_what_is_planned_must_start(schedule: Schedule, now: datetime) -> None:
    worker(now, now)
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=now - timedelta(minutes=3))
    assert schedules.check(now).level is Level.WARN
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=now - timedelta(minutes=11))
    assert schedules.check(now).level is Level.FAIL


def test_the_queue_must_move(make: Make, now: datetime) -> None:
    make()
    assert executions.check_queue(now).level is Level.PASS
    assert executions.check_queue(now + timedelta(minutes=16)).level is Level.WARN
    assert executions.check_queue(now + timedelta(minutes=61)).level is Level.FAIL


# ---- disk, backups --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_disk_is_judged_by_the_thresholds_of_the_administrators(now: datetime) -> None:
    with transaction.atomic():
        disks.change_thresholds({"warning_bytes": 1, "critical_bytes": 0}, None, now)
    assert disk.check(now).level is Level.PASS
    disks.change_thresholds({"warning_bytes": 2**60, "critical_bytes": 0}, None, now)
    assert disk.check(now).level is Level.WARN
    disks.change_thresholds({"warning_bytes": 2**60, "critical_bytes": 2**60}, None, now)
    finding = disk.check(now)
    assert finding.level is Level.FAIL
    assert "/" not in finding.output


@pytest.mark.django_db
def test_backups_must_be_recent(now: datetime) -> None:
    assert backups.check(now).output == "There is no backup yet."
    Plan.objects.create(pk=1, since=now - timedelta(hours=27), last_due_at=now)
    assert backups.check(now).level is Level.WARN
    made = Backup.objects.create(status="verified", created_at=now, verified_at=now)
    assert backups.check(now).level is Level.PASS
    assert backups.check(now + timedelta(hours=27)).level is Level.WARN
    assert backups.check(now + timedelta(hours=75)).level is Level.FAIL
    Backup.objects.create(status="failed", created_at=made.created_at + timedelta(hours=1))
    assert backups.check(now + timedelta(hours=2)).output == "The last backup failed."
