"""What may be removed, and what must not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from presstime.base.configuration_fields import Configuration
from presstime.disk import cleaning, cleanups
from presstime.disk.models import Cleanup
from presstime.disk.states import Action
from presstime.executions.models import Artifact, Execution
from presstime.mail.models import Email, Message
from presstime.mail.states import Priority
from presstime.schedules.models import Schedule
from tests.disk.conftest import make_old

pytestmark = pytest.mark.django_db(transaction=True)
Finished = Callable[..., Path]


def remove_all(action: Action, configuration: Configuration, now: datetime, limit: int = 50) -> int:
    """Batch after batch; the bytes."""
    freed, more = 0, True
    while more:
        _, some, more = cleaning.remove(action, configuration, now, limit)
        freed += some
    return freed


def add_mail(folder: Path, status: str, now: datetime) -> None:
    message = Message.objects.create(
        execution_id=folder.name.split(".")[0],
        message_id=f"<{folder.name}>",
        subject="x",
        sender="a@example.com",
        path=f"2026/11/{folder.name}/message.eml",
        bytes=10,
        sha256="0" * 64,
        created_at=now,
    )
    (folder / "message.eml").write_bytes(b"m" * 10)
    Email.objects.create(
        message=message, address="ann@example.com", priority=Priority.SCHEDULED, rank=1, status=status, created_at=now
    )


def test_each_schedule_keeps_its_files_as_long_as_it_says_the_others_as_long_as_the_installation_says(
    finished: Finished, schedule: Schedule, configuration: Configuration, now: datetime
) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(retention_days=100)
    kept = finished(days=99, schedule_id=schedule.pk)
    gone = finished(days=101, schedule_id=schedule.pk)
    by_hand = finished(days=31)
    assert cleaning.find(configuration, now, [Action.EXPIRED_REPORTS])[0].count == 1, (
        "without a setting all others stay"
    )
    limited = configuration.model_copy(update={"report_retention_days": 30})
    assert remove_all(Action.EXPIRED_REPORTS, limited, now, limit=1) == 200
    assert [folder.exists() for folder in (kept, gone, by_hand)] == [True, False, False]
    assert Artifact.objects.filter(removed_at=now).count() == 2
    assert cleaning.find(limited, now) == []


@pytest.mark.parametrize(
    ("status", "stays"), [("pending", True), ("sending", True), ("sent", False), ("failed", False)]
)
def test_files_of_mail_that_is_still_to_be_sent_stay(
    status: str, stays: bool, finished: Finished, configuration: Configuration, now: datetime
) -> None:
    folder = finished(days=100)
    add_mail(folder, status, now)
    remove_all(Action.OLD_REPORTS, configuration, now)
    assert folder.exists() is stays


@pytest.mark.parametrize(("days", "stays"), [(1, True), (-1, False)])
def test_files_of_signed_links_that_were_mailed_stay_until_the_links_end(
    days: int, stays: bool, finished: Finished, schedule: Schedule, configuration: Configuration, now: datetime
) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(retention_days=1)
    folder = finished(days=10, schedule_id=schedule.pk)
    add_mail(folder, "sent", now)
    Message.objects.update(links_until=now + timedelta(days=days))
    assert remove_all(Action.EXPIRED_REPORTS, configuration, now) == (0 if stays else 110)
    assert folder.exists() is stays


def test_a_schedule_that_says_how_long_is_not_among_the_old_ones(
    finished: Finished, schedule: Schedule, configuration: Configuration, now: datetime
) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(retention_days=400)
    finished(days=100, schedule_id=schedule.pk)
    assert cleaning.find(configuration, now) == []


def test_a_path_that_leads_elsewhere_removes_nothing_and_ends_the_cleanup(
    finished: Finished, in_force: Configuration, now: datetime, tmp_path: Path
) -> None:
    finished(days=100)
    Artifact.objects.update(path="../precious/file.csv")
    (in_force.data_path / "precious").mkdir(parents=True)
    (in_force.data_path / "precious/file.csv").write_text("precious")
    cleanups.request([Action.OLD_REPORTS], None, now)
    while cleanups.go_on(in_force, now):
        pass
    cleanup = Cleanup.objects.get()
    assert (cleanup.status, cleanup.freed_bytes) == ("failed", 0)
    assert "precious" in cleanup.error
    assert (in_force.data_path / "precious/file.csv").exists()


def test_folders_that_nobody_finished_are_found_and_those_under_way_are_not(
    make: Callable[..., Execution], finished: Finished, configuration: Configuration, now: datetime
) -> None:
    good = finished()
    orphans = [
        configuration.reports_path / "2026/11" / f"{make().pk}.1",
        configuration.scratch_path / f"{make().pk}.1",
    ]
    for folder in orphans:
        folder.mkdir(parents=True)
        (folder / "part.csv").write_bytes(b"x" * 30)
    assert cleaning.find(configuration, now) == [], "younger than an hour: somebody may be writing"
    for folder in (good, *orphans):
        make_old(folder, now, days=1)
    found = cleaning.find(configuration, now)
    assert [(each.action.value, each.count, each.bytes) for each in found] == [
        ("orphan_files", 1, 30),
        ("scratch_files", 1, 30),
    ]
    for action in (Action.ORPHAN_FILES, Action.SCRATCH_FILES):
        assert remove_all(action, configuration, now) == 30
    assert good.exists()


def test_old_messages_about_alerts_go_and_copies_of_the_database_but_for_the_newest(
    configuration: Configuration, now: datetime, db: None
) -> None:
    folder = configuration.reports_path / "alerts/2026/10"
    folder.mkdir(parents=True)
    for name, days in (("old.eml", 31), ("young.eml", 29)):
        (folder / name).write_text("x")
        make_old(folder / name, now, days)
    for days in (1, 2, 3):
        copy = configuration.data_path / f"presstime-before-0.{days}-x.sqlite3"
        copy.write_text("copy")
        make_old(copy, now, days)
    assert remove_all(Action.ALERT_MAIL, configuration, now) == 1
    assert [path.name for path in folder.iterdir()] == ["young.eml"]
    assert remove_all(Action.DATABASE_COPIES, configuration, now) == 8
    assert [path.name for path in configuration.data_path.glob("*.sqlite3")] == ["presstime-before-0.1-x.sqlite3"]


def test_what_is_past_its_retention_is_removed_without_being_asked(
    finished: Finished, in_force: Configuration, now: datetime
) -> None:
    folder = finished(days=31)
    limited = in_force.model_copy(update={"report_retention_days": 30})
    assert not cleanups.request_what_is_due(in_force, now)
    assert cleanups.request_what_is_due(limited, now)
    assert not cleanups.request_what_is_due(limited, now), "one at a time"
    while cleanups.go_on(limited, now + timedelta(seconds=1)):
        pass
    assert not folder.exists()
    assert not cleanups.request_what_is_due(limited, now)
