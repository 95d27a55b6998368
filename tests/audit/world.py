"""A small installation in which everything that can be done has something to be done to."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from presstime.accounts import groups
from presstime.accounts import service as accounts
from presstime.accounts.models import Group, Token, User
from presstime.alerts import service as alerts
from presstime.alerts.kinds import Kind
from presstime.alerts.models import Alert
from presstime.assets import folder
from presstime.assets.service import root
from presstime.backups.models import Backup, Restoration
from presstime.backups.states import Status as BackupStatus
from presstime.backups.states import Trigger as BackupTrigger
from presstime.base.ids import uuid7
from presstime.breakers import service as breakers
from presstime.breakers.models import Breaker
from presstime.breakers.states import Kind as Target
from presstime.deadletters.models import DeadLetter
from presstime.executions import queries
from presstime.executions import service as executions
from presstime.executions.files import Placed
from presstime.executions.job import Done, File
from presstime.executions.models import Execution
from presstime.executions.states import RetryPolicy, Trigger
from presstime.mail import service as mail
from presstime.mail.composition import Composed
from presstime.mail.models import Email
from presstime.mail.states import Priority
from presstime.reports import service as reports
from presstime.reports.models import Report
from presstime.schedules import service as schedules
from presstime.schedules.models import MissedRun, Schedule
from presstime.sources import service as sources
from presstime.sources.models import Source
from tests.conftest import PASSWORD
from tests.deadletters.conftest import WRONG_SQL
from tests.executions.conftest import DEFINITION

POLICY = RetryPolicy(timedelta(seconds=30), timedelta(seconds=900))
CHANGED = DEFINITION.replace("There are", "Now there are")


@dataclass
class World:
    """The installation, and who is in it."""

    admin: User
    alice: User
    bob: User
    group: Group
    token: Token
    source: Source
    unused: Source
    report: Report
    spare: Report
    schedule: Schedule
    off: Schedule
    waiting: Execution
    retrying: Execution
    finished: Execution
    late: Schedule
    letter: DeadLetter
    retried: DeadLetter
    email: Email
    alert: Alert
    known: Alert
    breaker: Breaker
    backup: Backup
    now: datetime

    def schedule_form(self, **changes: Any) -> dict[str, Any]:
        """The page's form, filled in."""
        values = {
            "name": "Another", "report": str(self.report.pk), "cron": "0 8 * * *", "timezone": "UTC", "enabled": "on",
            "to": "ann@example.com", "formats": ["csv"], "send_when": "always", "timeout_minutes": "30",
            "catch_up": "latest", "catch_up_hours": "24",
        }  # fmt: skip
        return values | changes


def build(folder_: Path, admin: User, alice: User, bob: User, now: datetime) -> World:
    """Everything, made by the services themselves."""
    path = folder_ / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table if not exists stock (name text, pieces integer)")
    connection.close()
    source = sources.add(name="shop", url=f"sqlite:///{path}", by=admin, now=now)
    unused = sources.add(name="spare", url=f"sqlite:///{path}", by=admin, now=now)
    report = reports.create(name="Stock", definition=DEFINITION, by=alice, now=now)
    reports.change(report.pk, by=alice, now=now, definition=CHANGED)
    spare = reports.create(name="Spare", definition=DEFINITION, by=alice, now=now)
    given = {"name": "Daily stock", "report": "Stock", "cron": "0 9 * * *", "recipients": {"to": ["ann@example.com"]}}
    schedule = schedules.create(given, alice, now)
    off = schedules.create(given | {"name": "Off", "enabled": False}, alice, now)
    finished = _finished(schedule, now)
    email = _email(finished, now)
    late = schedules.create({"name": "Late", "report": "Stock", "cron": "0 9 * * *"}, None, now)
    MissedRun.objects.create(schedule=late, planned_for=now - timedelta(hours=1), noted_at=now)
    return World(
        admin, alice, bob,
        group=groups.create("Sales", now, members=[bob]),
        token=accounts.create_token(bob, "robot", ["reports:read"], now)[0],
        source=source, unused=unused, report=report, spare=spare, schedule=schedule, off=off, late=late,
        finished=finished,
        letter=_dead(schedule, now, 1),
        retried=_dead(schedule, now, 2),
        retrying=_retrying(schedule, now),
        waiting=_queued(schedule, now, 4),
        email=email,
        alert=_alert("one", now),
        known=_known(_alert("two", now), admin, now),
        breaker=_open_breaker(source, now),
        backup=_backup(now),
        now=now,
    )  # fmt: skip


def _queued(schedule: Schedule, now: datetime, hours: int) -> Execution:
    schedule.refresh_from_db()
    assert schedule.report.current is not None
    with transaction.atomic():
        execution = executions.enqueue(
            executions.NewExecution(
                report=schedule.report, revision=schedule.report.current, trigger=Trigger.MANUAL,
                scheduled_for=now - timedelta(hours=hours), timezone="UTC", timeout_seconds=300, formats=["csv"],
                schedule_id=schedule.pk, recipients={"to": ["ann@example.com"]},
            ),
            now,
        )  # fmt: skip
    assert execution is not None
    return execution


def _claimed(now: datetime) -> Execution:
    claimed = queries.claim("one", now, now + timedelta(seconds=30))
    assert claimed is not None
    return claimed


def _finished(schedule: Schedule, now: datetime) -> Execution:
    _queued(schedule, now, 5)
    claimed = _claimed(now)
    place = settings.CONFIGURATION.reports_path / "walk"
    place.mkdir(parents=True, exist_ok=True)
    (place / "stock.csv").write_text("name,pieces\n")
    file = File("stock.csv", "csv", "text/csv", 12, "0" * 64, 0)
    assert executions.succeed(claimed, Placed(Done((file,), 0, None, {}), "walk"), now)
    return queries.get_execution(claimed.pk)


def _dead(schedule: Schedule, now: datetime, hours: int) -> DeadLetter:
    _queued(schedule, now, hours)
    claimed = _claimed(now)
    executions.fail(claimed, WRONG_SQL, policy=POLICY, jitter=0, now=now)
    return DeadLetter.objects.get(execution=claimed)


def _retrying(schedule: Schedule, now: datetime) -> Execution:
    from presstime.executions.faults import Fault
    from presstime.executions.states import Category

    _queued(schedule, now, 3)
    claimed = _claimed(now)
    executions.fail(claimed, Fault(Category.NETWORK, "refused", "No.", "", ""), policy=POLICY, jitter=0, now=now)
    return queries.get_execution(claimed.pk)


def _email(execution: Execution, now: datetime) -> Email:
    path = settings.CONFIGURATION.reports_path / "walk" / "mail.eml"
    path.write_bytes(b"From: a@example.com\r\nTo: ann@example.com\r\nSubject: Stock\r\n\r\nHello\r\n")
    with transaction.atomic():
        message = mail.enqueue(
            Composed(path, path.stat().st_size, "0" * 64), {"to": ["ann@example.com"]}, execution_id=execution.pk,
            subject="Stock", sender="Reports <reports@example.com>", message_id=f"<{uuid7()}@example.com>",
            relative_path="walk/mail.eml", priority=Priority.SCHEDULED, now=now, list_id=execution.schedule_id,
        )  # fmt: skip
    Email.objects.filter(message=message).update(status="failed", next_attempt_at=None, error_code="refused")
    return Email.objects.get(message=message)


def _alert(key: str, now: datetime) -> Alert:
    return alerts.raise_alert(Kind.BACKUP_FAILED, key, detail="No.", now=now)


def _known(alert: Alert, by: User, now: datetime) -> Alert:
    return alerts.acknowledge(alert.pk, by, now)


def _open_breaker(source: Source, now: datetime) -> Breaker:
    policy = breakers.policy_of(settings.CONFIGURATION, Target.SOURCE)
    target = breakers.Target(Target.SOURCE, str(source.pk), source.name)
    breakers.report_failure(target, "No.", policy, now, at_once=True)
    return Breaker.objects.get(key=str(source.pk))


def _backup(now: datetime) -> Backup:
    return Backup.objects.create(
        status=BackupStatus.VERIFIED, trigger=BackupTrigger.MANUAL, name="one.age", location="x", created_at=now,
        verified_at=now, bytes=1, uncompressed_bytes=1, sha256="0" * 64, kind="full", finished_at=now,
    )  # fmt: skip


def restoration(schedule: Schedule, now: datetime) -> Restoration:
    """That the database was restored and nobody has resumed."""
    return Restoration.objects.create(
        restored_at=now, backup="one.age", backup_created_at=now, schedules=[str(schedule.pk)]
    )


def missed_at(world: World) -> str:
    """For when the missed run of the late schedule was planned."""
    return (world.now - timedelta(hours=1)).isoformat()


def put_asset() -> None:
    """A picture, as somebody has put it there."""
    folder.write(root(), "logo.svg", PICTURE)


PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'
PASSWORD_OF_ALL = PASSWORD
