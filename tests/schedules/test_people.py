"""Who gets what, and a person who left replaced everywhere; a test that goes to whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from typer.testing import Result

from presstime.accounts.models import User
from presstime.executions.models import Execution
from presstime.mail.models import Email, Message
from presstime.schedules.models import Schedule
from tests.cli.conftest import run
from tests.schedules.test_api import Api, author

__all__ = ["author", "run"]
Make = Callable[..., Schedule]
ANN, BO, CY = "ann@example.com", "bo@example.com", "cy@example.com"


@pytest.fixture
def three(make_schedule: Make) -> list[Schedule]:
    """Ann on two of three, once in capitals; Bo on all."""
    return [
        make_schedule("daily", recipients={"to": [ANN, BO], "cc": [], "bcc": []}),
        make_schedule("monthly", recipients={"to": [BO], "cc": [], "bcc": ["Ann@example.com"]}, enabled=False),
        make_schedule("weekly", recipients={"to": [BO], "cc": [], "bcc": []}, reply_to=ANN),
    ]


def _recipients() -> dict[str, dict[str, Any]]:
    return {each.name: each.recipients for each in Schedule.objects.all()}


def test_everybody_is_listed_with_their_schedules_page_by_page(author: Api, three: list[Schedule]) -> None:
    status, first = author("GET", "/recipients?limit=1")
    assert (status, first["total"]) == (200, 2)
    (ann,) = first["items"]
    assert (ann["address"], ann["last_email"]) == (ANN, None)
    assert [(each["schedule"]["name"], each["roles"]) for each in ann["schedules"]] == [
        ("daily", ["to"]),
        ("monthly", ["bcc"]),
        ("weekly", ["reply_to"]),
    ]
    _, second = author("GET", f"/recipients?limit=1&cursor={first['next_cursor']}")
    assert ([each["address"] for each in second["items"]], second["next_cursor"]) == ([BO], None)
    assert author("GET", "/recipients?cursor=%FF")[0] == 422


def test_each_is_listed_with_the_newest_mail_in_as_many_queries_however_many_there_are(
    author: Api, make_schedule: Make, now: datetime, django_assert_max_num_queries: Any
) -> None:
    people = [f"reader{number:02}@example.com" for number in range(60)]
    make_schedule("daily", recipients={"to": people, "cc": [], "bcc": []})
    for hours in (2, 1):  # a moment that is the newest of one is not that of another
        for number, address in enumerate(people[: 30 * hours]):
            _mail(address, now - timedelta(hours=hours, minutes=number))
    with django_assert_max_num_queries(10):
        _, found = author("GET", "/recipients?limit=500")
    latest = [datetime.fromisoformat(each["last_email"]["created_at"]) for each in found["items"]]
    assert latest == [now - timedelta(hours=1 if number < 30 else 2, minutes=number) for number in range(60)]


def _mail(address: str, at: datetime) -> None:
    message = Message.objects.create(message_id=f"<{address}{at}>", subject="Stock", path="x", bytes=1, created_at=at)
    Email.objects.create(message=message, address=address, role="to", priority="manual", rank=0, created_at=at)


def test_a_person_is_replaced_everywhere_in_one_action(author: Api, three: list[Schedule]) -> None:
    status, plan = author("POST", "/recipients/replace", {"from": ANN, "to": CY, "dry_run": True})
    assert (status, plan["done"], len(plan["schedules"])) == (200, 0, 3)
    before = _recipients()
    status, refused = author("POST", "/recipients/replace", {"from": ANN, "to": CY, "expected": 2})
    assert (status, refused["actual"], _recipients()) == (409, 3, before)
    status, done = author("POST", "/recipients/replace", {"from": ANN, "to": CY, "expected": 3})
    assert (status, done["done"]) == (200, 3)
    assert _recipients() == {
        "daily": {"to": [CY, BO], "cc": [], "bcc": []},
        "monthly": {"to": [BO], "cc": [], "bcc": [CY]},
        "weekly": {"to": [BO], "cc": [], "bcc": []},
    }
    assert Schedule.objects.get(name="weekly").reply_to == CY
    assert author("POST", "/recipients/replace", {"from": ANN, "to": CY, "expected": 0})[0] == 404


def test_whoever_is_there_already_stays_once_in_the_stronger_role(author: Api, three: list[Schedule]) -> None:
    assert author("POST", "/recipients/replace", {"from": ANN, "to": BO, "expected": 3})[0] == 200
    assert _recipients()["daily"] == {"to": [BO], "cc": [], "bcc": []}
    assert _recipients()["monthly"] == {"to": [BO], "cc": [], "bcc": []}


def test_a_person_is_taken_off_and_an_empty_schedule_is_told_before(author: Api, three: list[Schedule]) -> None:
    _, plan = author("POST", "/recipients/replace", {"from": BO, "to": None, "dry_run": True})
    assert {each["schedule"]["name"]: each["left_empty"] for each in plan["schedules"]} == {
        "daily": False,
        "monthly": False,
        "weekly": True,
    }
    assert author("POST", "/recipients/replace", {"from": BO, "to": None, "expected": 3})[0] == 200
    assert _recipients()["weekly"] == {"to": [], "cc": [], "bcc": []}


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"from": ANN, "to": "nobody", "expected": 3}, "to"),
        ({"from": ANN, "to": "ann@EXAMPLE.com", "expected": 3}, "to"),
        ({"from": ANN, "to": "cy@elsewhere.net", "expected": 3}, "to"),
        ({"from": " ", "to": CY, "expected": 3}, "from"),
        ({"from": ANN, "to": CY}, "expected"),
        ({"from": ANN}, "to"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(
    author: Api, three: list[Schedule], wish: dict[str, Any], field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = settings.CONFIGURATION.model_copy(update={"allowed_recipient_domains": ("example.com",)})
    monkeypatch.setattr(settings, "CONFIGURATION", allowed)
    before = _recipients()
    status, answer = author("POST", "/recipients/replace", wish)
    assert (status, [problem["field"] for problem in answer["errors"]]) == (422, [field])
    assert _recipients() == before


def test_the_page_shows_first_and_then_changes(alice: User, three: list[Schedule]) -> None:
    client = Client()
    client.force_login(alice)
    listed = client.get("/recipients?address=ann").content.decode()
    assert ANN in listed
    assert BO not in listed
    shown = client.get("/recipients/replace", {"old": ANN, "new": CY})
    assert "Replace on 3 schedules" in shown.content.decode()
    assert client.get("/recipients/replace", {"old": ANN, "new": "nobody"}).status_code == 422
    given = {"old": ANN, "new": CY, "expected": "2"}
    assert "not 2" in client.post("/recipients/replace", given, follow=True).content.decode()
    assert _recipients()["daily"]["to"] == [ANN, BO]
    client.post("/recipients/replace", given | {"expected": "3"})
    assert _recipients()["daily"]["to"] == [CY, BO]


def test_the_command_shows_asks_and_changes(run: Callable[..., Result], three: list[Schedule]) -> None:
    assert "daily (to)" in run("recipients", "list", "--address", "ann").stdout
    done = run("recipients", "replace", ANN, CY, "--yes")
    assert (done.exit_code, "3 changed." in done.stdout) == (0, True)
    assert run("recipients", "replace", BO, "--yes").exit_code == 2


def test_a_test_goes_to_whoever_asks_and_to_nobody_else(author: Api, alice: User, three: list[Schedule]) -> None:
    status, answer = author("POST", "/schedules/weekly/test")
    assert (status, answer["test"], answer["trigger"]) == (202, True, "manual")
    execution = Execution.objects.get(pk=answer["id"])
    assert execution.recipients == {"to": [alice.email], "cc": [], "bcc": []}
    assert (execution.reply_to, execution.output_path) == (ANN, "")
    alice.email = ""
    alice.save()
    assert author("POST", "/schedules/weekly/test")[0] == 409


def test_answers_go_to_one_address_that_is_checked(author: Api, three: list[Schedule]) -> None:
    status, changed = author("PATCH", "/schedules/daily", {"reply_to": "Bo@EXAMPLE.com"})
    assert (status, changed["reply_to"]) == (200, "Bo@example.com")
    status, refused = author("PATCH", "/schedules/daily", {"reply_to": "nobody"})
    assert (status, refused["errors"][0]["field"]) == (422, "reply_to")
    assert author("PATCH", "/schedules/daily", {"reply_to": None})[1]["reply_to"] is None
