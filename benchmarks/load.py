"""Schedules for the measurements, written straight into the database of a stopped or idle server."""

from __future__ import annotations

import base64
import os
import smtplib
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.installation import REPORT
from presstime.base import clock

_exemption = ExitStack()


def connect(settings: dict[str, str]) -> None:
    """Make this process a client of the installation's database; once in a process."""
    os.environ.update(settings)
    import django

    django.setup()
    from presstime.database.guard import exempted
    from presstime.database.upgrade import upgrade

    upgrade(clock.now())
    _exemption.enter_context(exempted("a measurement fills tables"))  # for as long as this process lives


def make_report(path: Path, definition: str = REPORT) -> Any:
    """The source and the report over it."""
    from presstime.accounts.models import User
    from presstime.database.guard import exempted
    from presstime.reports import service as reports
    from presstime.sources import service as sources

    now = clock.now()
    with exempted("nobody's doing: it is a measurement"):
        admin = User.objects.create(username="benchmark", role="admin", created_at=now)
    sources.add(name="orders", url=f"sqlite:///{path / 'orders.sqlite3'}", by=admin, now=now)
    return reports.create(name="orders", definition=definition, by=admin, now=now)


def make_schedules(report: Any, formats: list[str], instants: list[float]) -> None:
    """One schedule an instant (seconds of the epoch), each to a recipient of its own."""
    from presstime.database.guard import exempted
    from presstime.schedules.models import Schedule

    moment = clock.now()
    rows = (
        Schedule(
            name=f"schedule {number}",
            report=report,
            cron="0 0 1 1 *",
            timezone="UTC",
            recipients={"to": [f"reader{number}@example.com"], "cc": [], "bcc": []},
            formats=formats,
            next_run_at=datetime.fromtimestamp(instant, UTC),
            created_at=moment,
            updated_at=moment,
        )
        for number, instant in enumerate(instants)
    )
    with exempted("nobody's doing: it is a measurement"):
        Schedule.objects.bulk_create(rows)


def bare_seconds(path: Path, port: int, formats: list[str], count: int) -> float:
    """The floor: the same reports rendered in this process one after another and handed to the same mail server."""
    from pressroom.sources import open_source

    began = time.monotonic()
    with smtplib.SMTP("127.0.0.1", port) as client:
        for number in range(count):
            out = path / f"bare-{number}"
            source = open_source(f"sqlite:///{path / 'orders.sqlite3'}")
            files = _render(source, formats, out)
            source.close()
            body = b"Subject: bare\r\n\r\n" + b"".join(
                base64.encodebytes(file.read_bytes()).replace(b"\n", b"\r\n") for file in files
            )
            client.sendmail("presstime@example.com", ["bare@example.com"], body)
    return time.monotonic() - began


def _render(source: Any, formats: list[str], out: Path) -> list[Path]:
    from zoneinfo import ZoneInfo

    import pressroom

    out.mkdir()
    rendered = pressroom.render(
        REPORT,
        sources={"orders": source},
        parameters={},
        formats=formats,
        at=clock.now(),
        zone=ZoneInfo("UTC"),
        out=out,
    )
    return [artifact.path for artifact in rendered.artifacts]
