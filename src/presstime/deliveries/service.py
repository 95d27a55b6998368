"""The list of a day, and its form as a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from presstime.api.schemas import instant, reference
from presstime.audit import journal as audit
from presstime.audit.targets import Target
from presstime.base.errors import Invalid
from presstime.deliveries import queries
from presstime.executions.models import Artifact, Execution
from presstime.mail.models import Email

ROWS_AT_ONCE: Final = 500
COLUMNS: Final = (
    "id", "status", "recipient", "role", "created_at", "sent_at", "attempts", "server_reply", "error", "message_id",
    "subject", "message_bytes", "message_sha256", "execution", "trigger", "planned_for", "requested_by", "schedule",
    "report", "revision", "files",
)  # fmt: skip


class Form(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Day:
    """A day in the installation's time zone; `until` is the first moment after it."""

    on: date
    zone: str
    since: datetime
    until: datetime


def day_of(text: str) -> Day:
    """The day *text*, "2026-11-24"; Invalid when it is none."""
    try:
        on = date.fromisoformat(text)
    except ValueError:
        raise Invalid.of("date", f'"{text}" is not a day. Write it as 2026-11-24.') from None
    zone = str(settings.CONFIGURATION.time_zone)
    place = ZoneInfo(zone)
    try:
        return Day(
            on, zone, datetime.combine(on, time(), place), datetime.combine(on + timedelta(days=1), time(), place)
        )
    except OverflowError:
        raise Invalid.of("date", f"{text} is too far away.") from None


def deliveries(day: Day) -> QuerySet[Email]:
    """What was sent on that day, and what was to be sent and was not."""
    return queries.list_deliveries(day.since, day.until)


def note_export(day: Day, form: str, now: datetime) -> int:
    """Keep in the audit log that the current actor takes the list; how many lines it has."""
    with transaction.atomic():
        count = deliveries(day).count()
        new = {"format": form, "lines": count, "time_zone": day.zone}
        audit.record("deliveries.exported", Target("deliveries", day.on.isoformat(), f"{day.on}"), new=new, now=now)
    return count


# ---- one line -------------------------------------------------------------------------------------------------------


def present(email: Email) -> dict[str, Any]:
    """An e-mail with what it carried and what became of it; the names are those of COLUMNS."""
    message = email.message
    return {
        "id": str(email.pk),
        "status": email.status,
        "recipient": email.address,
        "role": email.role,
        "created_at": instant(email.created_at),
        "sent_at": instant(email.sent_at),
        "attempts": email.attempts,
        "server_reply": email.last_reply or None,
        "error": email.error_message or None,
        "message_id": message.message_id,
        "subject": message.subject,
        "message_bytes": message.bytes,
        "message_sha256": message.sha256,
        **_of_execution(message.execution),
    }


def _of_execution(execution: Execution | None) -> dict[str, Any]:
    """What ran; nothing of a message that no execution has made, such as a notice to an owner."""
    if execution is None:
        nothing = ("execution", "trigger", "planned_for", "requested_by", "schedule", "report", "revision")
        return dict.fromkeys(nothing) | {"files": []}
    return {
        "execution": str(execution.pk),
        "trigger": execution.trigger,
        "planned_for": instant(execution.scheduled_for),
        "requested_by": reference(execution.requested_by),
        "schedule": reference(execution.schedule),
        "report": reference(execution.report),
        "revision": execution.revision.number,
        "files": [_file(artifact) for artifact in execution.artifacts.all()],
    }


def _file(artifact: Artifact) -> dict[str, Any]:
    names = ("name", "format", "bytes", "sha256", "rows", "link_downloads")
    return {name: getattr(artifact, name) for name in names}


# ---- files ----------------------------------------------------------------------------------------------------------


def lines(day: Day, form: Form) -> Iterator[str]:
    """The list as a file, line by line, each with its end."""
    return _as_csv(day) if form is Form.CSV else _as_json_lines(day)


def _rows(day: Day) -> Iterator[dict[str, Any]]:
    return (present(email) for email in deliveries(day).iterator(chunk_size=ROWS_AT_ONCE))


def _as_json_lines(day: Day) -> Iterator[str]:
    for row in _rows(day):
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _as_csv(day: Day) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row in _rows(day):
        writer.writerow([_cell(row[name]) for name in COLUMNS])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Any) -> Any:
    """A cell in which no spreadsheet calculates."""
    match value:
        case None:
            return ""
        case int():
            return value
        case dict():
            return _harmless(str(value["name"]))
        case list():
            return "; ".join(f"{_harmless(file['name'])} sha256:{file['sha256']}" for file in value)
        case _:
            return _harmless(str(value))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
