"""What was sent to whom on a day, by page, API and command; each time an entry of the log."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from typer.testing import CliRunner

from presstime.accounts.models import User
from presstime.audit.models import Entry
from presstime.base.errors import Invalid
from presstime.cli.shell import app
from presstime.deliveries import service
from presstime.deliveries.service import COLUMNS, Form
from presstime.mail.models import Email
from tests.audit import world as worlds
from tests.audit.world import World

pytestmark = pytest.mark.django_db
DAY = "2026-11-24"


@pytest.fixture
def world(db: None, tmp_path: Path, admin: User, alice: User, bob: User, now: datetime) -> World:
    world = worlds.build(tmp_path, admin, alice, bob, now)
    sent = {"status": "sent", "sent_at": now, "last_reply": "250 2.0.0 Ok: queued as 4F1", "attempts": 2}
    Email.objects.filter(pk=world.email.pk).update(**sent)
    return world


@pytest.fixture
def auditor(make_user: Callable[[str, str], User]) -> Client:
    client = Client()
    client.force_login(make_user("audrey", "auditor"))
    return client


def entry() -> Entry:
    found = Entry.objects.order_by("sequence").last()
    assert found is not None
    return found


def test_a_line_says_what_was_sent_to_whom_with_which_files_and_what_the_server_said(
    auditor: Client, world: World
) -> None:
    answer = auditor.get(f"/api/audit-logs/deliveries?date={DAY}").json()
    assert answer["total"] == 1
    line = answer["items"][0]
    assert line["recipient"] == "ann@example.com"
    assert line["server_reply"] == "250 2.0.0 Ok: queued as 4F1"
    assert line["sent_at"] == "2026-11-24T09:00:00Z"
    assert line["message_id"].startswith("<")
    assert line["execution"] == str(world.finished.pk)
    assert line["report"]["name"] == "Stock"
    assert line["schedule"]["name"] == "Daily stock"
    assert line["revision"] == 2
    assert [(file["name"], file["sha256"]) for file in line["files"]] == [("stock.csv", "0" * 64)]
    assert (entry().action, entry().actor_name, entry().target_id) == ("deliveries.exported", "audrey", DAY)


def test_what_did_not_go_out_that_day_is_there_too_and_other_days_are_not(world: World, now: datetime) -> None:
    day = service.day_of(DAY)
    Email.objects.filter(pk=world.email.pk).update(sent_at=day.until)
    assert service.deliveries(day).count() == 0
    Email.objects.filter(pk=world.email.pk).update(sent_at=None, status="failed", error_message="No such user.")
    assert [row["error"] for row in map(service.present, service.deliveries(day))] == ["No such user."]
    Email.objects.filter(pk=world.email.pk).update(created_at=now - timedelta(days=3), sent_at=day.since)
    assert service.deliveries(day).count() == 1


def test_the_table_is_the_same_and_no_spreadsheet_calculates_in_it(auditor: Client, world: World) -> None:
    Email.objects.filter(pk=world.email.pk).update(last_reply="=1+1")
    response = auditor.post("/audit/deliveries", {"date": DAY, "format": "csv"})
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["server_reply"] == "'=1+1"
    assert rows[0]["files"] == f"stock.csv sha256:{'0' * 64}"
    assert response["Content-Disposition"] == 'attachment; filename="deliveries-2026-11-24.csv"'
    assert json.loads(entry().body)["new"] == {"format": "csv", "lines": 1, "time_zone": "UTC"}


def test_json_lines_are_one_object_each(world: World) -> None:
    lines = list(service.lines(service.day_of(DAY), Form.JSONL))
    assert [json.loads(line)["id"] for line in lines] == [str(world.email.pk)]


def test_the_command_writes_a_file_and_its_entry(world: World, tmp_path: Path) -> None:
    out = tmp_path / "sent.jsonl"
    done = CliRunner().invoke(app, ["audit", "deliveries", "--date", DAY, "--out", str(out), "--format", "jsonl"])
    assert done.exit_code == 0, done.output
    assert json.loads(out.read_text())["recipient"] == "ann@example.com"
    assert (entry().action, entry().actor_type) == ("deliveries.exported", "command")
    done = CliRunner().invoke(app, ["audit", "deliveries", "--date", DAY])
    assert done.stdout.startswith("id,status,recipient,")


@pytest.mark.parametrize("text", ["24.11.2026", "", "2026-13-01", "9999-12-31"])
def test_what_is_no_day_is_named(text: str) -> None:
    with pytest.raises(Invalid, match="date"):
        service.day_of(text)


def test_others_may_not(world: World) -> None:
    client = Client()
    client.force_login(world.alice)
    assert client.get(f"/api/audit-logs/deliveries?date={DAY}").status_code == 403
    assert client.post("/audit/deliveries", {"date": DAY}).status_code == 403
