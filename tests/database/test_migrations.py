"""A filled database of every state that users may have migrates forward and keeps what it held, on both databases.

A state is a set of migrations: the first ones, and those that each release shipped. A line in STATES never changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from presstime.base.ids import uuid7

STATES: dict[str, dict[str, str]] = {
    "first": {
        "accounts": "0001_initial",
        "sources": "0001_initial",
        "reports": "0001_initial",
        "schedules": "0001_initial",
        "executions": "0001_initial",
        "mail": "0001_initial",
    },
}
MOMENT = datetime(2026, 1, 31, 8, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def _latest_again(transactional_db: None) -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


def fill(apps: Any) -> dict[str, Any]:
    """A user, a source, a report with two revisions, three schedules, an execution and its mail; the schedules as saved."""
    user = apps.get_model("accounts", "User").objects.create(
        id=uuid7(), username="alice", email="alice@example.com", role="author", created_at=MOMENT
    )
    apps.get_model("sources", "Source").objects.create(
        id=uuid7(), name="flights", kind="files", url_encrypted="x", created_at=MOMENT, updated_at=MOMENT
    )
    report = apps.get_model("reports", "Report").objects.create(
        id=uuid7(), name="punctuality", title="Punctuality", created_at=MOMENT, updated_at=MOMENT, created_by=user
    )
    revisions = [
        apps.get_model("reports", "Revision").objects.create(
            id=uuid7(), report=report, number=number, definition="---\n", sha256="0" * 64, created_at=MOMENT
        )
        for number in (1, 2)
    ]
    report.current = revisions[1]
    report.save()
    Schedule = apps.get_model("schedules", "Schedule")
    for number, enabled in enumerate((True, False, True)):
        Schedule.objects.create(
            id=uuid7(),
            name=f"every morning {number}",
            report=report,
            owner=user,
            cron=f"{number} 8 * * 1-5",
            timezone="Europe/Berlin",
            enabled=enabled,
            recipients={"to": ["reader@example.com"], "cc": [], "bcc": []},
            formats=["pdf", "xlsx"],
            parameters={"period": "last month"},
            timeout_seconds=1800,
            next_run_at=MOMENT + timedelta(days=1) if enabled else None,
            created_at=MOMENT,
            updated_at=MOMENT,
        )
    execution = apps.get_model("executions", "Execution").objects.create(
        id=uuid7(),
        schedule=Schedule.objects.first(),
        report=report,
        revision=revisions[1],
        trigger="schedule",
        status="succeeded",
        scheduled_for=MOMENT,
        timezone="Europe/Berlin",
        timeout_seconds=1800,
        priority=10,
        run_at=MOMENT,
        queued_at=MOMENT,
        finished_at=MOMENT + timedelta(seconds=3),
    )
    values = {field.attname: getattr(execution, field.attname) for field in execution._meta.concrete_fields}
    dead = apps.get_model("executions", "Execution").objects.create(
        **values | {"id": uuid7(), "trigger": "manual", "status": "dead", "error_category": "data", "error_code": "x"}
    )
    for number in (1, 2):
        apps.get_model("executions", "Attempt").objects.create(
            id=uuid7(),
            execution=dead,
            number=number,
            status="failed",
            node="one",
            started_at=MOMENT,
            finished_at=MOMENT + timedelta(seconds=3),
            error_category="data",
            error_code="x",
        )
    message = apps.get_model("mail", "Message").objects.create(
        id=uuid7(),
        execution=execution,
        message_id="<1@example.com>",
        subject="s",
        path="x",
        bytes=1,
        sha256="0" * 64,
        created_at=MOMENT,
    )
    apps.get_model("mail", "Email").objects.create(
        id=uuid7(), message=message, address="reader@example.com", priority="scheduled", rank=10, created_at=MOMENT
    )
    return kept(apps, Schedule._meta.get_fields())


def kept(apps: Any, fields: Any) -> dict[str, Any]:
    """Every schedule by id with the columns that the old state had."""
    names = [field.name for field in fields if getattr(field, "column", None)]
    return {str(row["id"]): row for row in apps.get_model("schedules", "Schedule").objects.values(*names)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_latest_again")
@pytest.mark.parametrize("version", STATES)
def test_a_filled_database_of_a_released_state_migrates_forward_and_keeps_every_schedule(version: str) -> None:
    executor = MigrationExecutor(connection)
    state = list(STATES[version].items())
    executor.migrate(state)
    # What migrate() answers on the way back holds changes that it has just taken back, when there are several targets.
    old = executor.loader.project_state(state).apps
    fields = old.get_model("schedules", "Schedule")._meta.get_fields()
    before = fill(old)

    executor = MigrationExecutor(connection)
    new = executor.migrate(executor.loader.graph.leaf_nodes()).apps

    assert kept(new, fields) == before
    assert len(before) == 3
    assert new.get_model("executions", "Execution").objects.count() == 2
    assert new.get_model("deadletters", "DeadLetter").objects.get().error_code == "x"
    count = new.get_model("failures", "FailureCount").objects.get()
    assert (count.hour, count.category, count.code, count.count) == (
        datetime(2026, 1, 31, 8, tzinfo=UTC),
        "data",
        "x",
        2,
    )
    watched = new.get_model("schedules", "Schedule").objects.exclude(watch_at=None)
    assert {schedule.watch_at for schedule in watched} == {MOMENT + timedelta(days=1)}
    assert new.get_model("mail", "Email").objects.get().address == "reader@example.com"


@pytest.mark.django_db
def test_the_models_have_no_change_without_a_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_released_state_still_has_its_migrations() -> None:
    known = MigrationLoader(None).disk_migrations
    released = [item for state in STATES.values() for item in state.items()]
    assert [item for item in released if item not in known] == []
