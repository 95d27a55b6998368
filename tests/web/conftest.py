"""A small installation with something of everything, and templates that refuse a name that is not there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.template import engines
from django.test import Client

from presstime.accounts.models import User
from presstime.base.ids import uuid7
from presstime.deadletters.models import DeadLetter
from presstime.executions.models import Artifact, Attempt, Execution
from presstime.mail import service as mail
from presstime.mail.composition import Attachment, Content, compose, message_id
from presstime.mail.models import Email
from presstime.mail.states import Priority
from presstime.reports import service as reports
from presstime.reports.models import Report
from presstime.schedules import service as schedules
from presstime.schedules.models import Schedule
from presstime.sources import service as sources

SENDER = "Reports <reports@example.com>"
PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000")
DEFINITION = """---
title: Stock
source: shop
description: What lies in the shop
parameters:
  least: {type: number, default: 1, label: At least}
formats: [csv, html]
---
There are **{{ total.things }}** things.

```sql total
select count(*) as things from stock where pieces >= :least
```

```sql stock
select name, pieces from stock order by name
```

```table
data: stock
```
"""


class Missing(str):
    """Django shows a misspelt variable as nothing; here it fails the test."""

    __slots__ = ()

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"a template names {name!r}, which is not there")


@pytest.fixture(autouse=True)
def misspelt_variables_fail() -> Iterator[None]:
    engine = engines["django"].engine  # type: ignore[attr-defined]
    before, engine.string_if_invalid = engine.string_if_invalid, Missing()
    yield
    engine.string_if_invalid = before


@dataclass(frozen=True)
class House:
    """What there is."""

    report: Report
    schedule: Schedule
    succeeded: Execution
    dead: Execution
    queued: Execution
    sent: Email
    failed: Email


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    """`signed_in(alice)` is a browser in which she has signed in."""

    def sign_in(user: User) -> Client:
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("create table stock (name text, pieces integer)")
        connection.executemany("insert into stock values (?, ?)", [("Apples", 3), ("Pears", 5), ("Plums", 8)])
    connection.close()
    return path


@pytest.fixture
def house(shop: Path, alice: User, now: datetime) -> House:
    sources.add(name="shop", url=f"sqlite:///{shop}", by=alice, now=now)
    report = reports.create(name="Stock", definition=DEFINITION, by=alice, now=now)
    report = reports.change(report.pk, definition=DEFINITION.replace("things.", "goods."), by=alice, now=now)
    given = {"name": "Daily stock", "report": "Stock", "cron": "30 7 * * 1-5", "timezone": "Europe/Berlin"}
    schedule = schedules.create(given | {"recipients": {"to": ["ann@example.com"]}}, alice, now)
    succeeded = add_execution(schedule, "succeeded", now)
    dead = add_execution(
        schedule,
        "dead",
        now,
        error_category="data",
        error_code="missing_table",
        error_message="report.md:12: There is no table <stoc>.",
        error_hint="Its tables are stock.",
        error_detail="Traceback …",
    )
    DeadLetter.objects.create(
        execution=dead, error_category="data", error_code="missing_table", error_message=dead.error_message, dead_at=now
    )
    queued = add_execution(schedule, "queued", now, trigger="manual")
    sent, failed = add_emails(succeeded, now)
    return House(report, schedule, succeeded, dead, queued, sent, failed)


def add_execution(schedule: Schedule, status: str, now: datetime, **more: Any) -> Execution:
    execution = Execution.objects.create(
        schedule=schedule,
        report=schedule.report,
        revision=schedule.report.current,
        status=status,
        scheduled_for=now,
        timezone=schedule.timezone,
        formats=schedule.formats,
        recipients=schedule.recipients,
        send_when="always",
        timeout_seconds=1800,
        priority=10,
        run_at=now,
        queued_at=now,
        **{"trigger": "retry"} | _moments(status, now) | more,
    )
    if status != "queued":
        _finish(execution, now)
    return execution


def _moments(status: str, now: datetime) -> dict[str, datetime]:
    if status == "queued":
        return {}
    return {"started_at": now + timedelta(seconds=1), "finished_at": now + timedelta(seconds=5)}


def _finish(execution: Execution, now: datetime) -> None:
    is_good = execution.status == "succeeded"
    Attempt.objects.create(
        execution=execution,
        number=1,
        status="succeeded" if is_good else "failed",
        node="one",
        started_at=execution.started_at,
        finished_at=execution.finished_at,
        timings={"query": 1.0, "render": 2.0, "mail": 0.5} if is_good else {},
    )
    if is_good:
        add_artifact(execution, "stock.csv", b"name,pieces\r\nApples,3\r\n", now)


def add_artifact(execution: Execution, name: str, content: bytes, now: datetime) -> Artifact:
    folder = settings.CONFIGURATION.reports_path / str(execution.pk)
    folder.mkdir(parents=True)
    (folder / name).write_bytes(content)
    return Artifact.objects.create(
        execution=execution,
        name=name,
        format="csv",
        media_type="text/csv",
        path=f"{execution.pk}/{name}",
        bytes=len(content),
        sha256="ab" * 32,
        rows=1,
        created_at=now,
    )


def add_emails(execution: Execution, now: datetime) -> tuple[Email, Email]:
    folder = settings.CONFIGURATION.reports_path / str(execution.pk)
    identity = message_id(uuid7(), SENDER)
    content = Content(
        message_id=identity,
        sender=SENDER,
        to=["ann@example.com", "bo@example.com"],
        subject="Stock today",
        text="There are 3 things.",
        html='<html><body><p>There are <b>3</b> things.</p><img src="cid:chart"><script>alert(1)</script></body></html>',
        date=now,
        images=[("chart", "chart.png", PIXEL)],
        attachments=[Attachment(folder / "stock.csv", "stock.csv", "text/csv")],
    )
    composed = compose(content, path=folder / "message.eml")
    with transaction.atomic():
        message = mail.enqueue(
            composed,
            {"to": ["ann@example.com", "bo@example.com"]},
            execution_id=execution.pk,
            subject="Stock today",
            sender=SENDER,
            message_id=identity,
            relative_path=f"{execution.pk}/message.eml",
            priority=Priority.SCHEDULED,
            now=now,
        )
    sent, failed = message.emails.order_by("address")
    Email.objects.filter(pk=sent.pk).update(status="sent", sent_at=now, attempts=1, last_reply="250 ok")
    Email.objects.filter(pk=failed.pk).update(
        status="failed",
        attempts=1,
        error_code="refused",
        error_message="550 <bo@example.com>: unknown",
        next_attempt_at=None,
    )
    return Email.objects.get(pk=sent.pk), Email.objects.get(pk=failed.pk)
