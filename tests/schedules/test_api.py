from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from presstime.accounts import service as accounts
from presstime.accounts.models import User
from presstime.base import clock
from presstime.executions.models import Execution
from presstime.reports.models import Report
from presstime.schedules.models import Schedule

Make = Callable[..., Schedule]
GOOD: dict[str, Any] = {
    "name": "monthly",
    "report": "punctuality",
    "cron": "30 7 1 * *",
    "timezone": "Europe/Berlin",
    "recipients": {"to": ["bob@example.com"]},
}


class Api:
    """A client with a token of one person, who may do what their role allows."""

    def __init__(self, user: User) -> None:
        _, secret = accounts.create_token(user, "test", ["all"], clock.now())
        self._client = Client(headers={"Authorization": f"Bearer {secret}"})

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        response = self._client.generic(method, f"/api{path}", encode(body), content_type="application/json")
        return response.status_code, response.json() if response.content else None


def encode(body: Any) -> str:
    import json

    return "" if body is None else json.dumps(body)


@pytest.fixture
def author(alice: User) -> Api:
    return Api(alice)


def test_a_schedule_is_created_read_changed_and_deleted(author: Api, report: Report) -> None:
    status, created = author("POST", "/schedules", GOOD)
    assert status == 201
    assert created["report"] == {"id": str(report.pk), "name": "punctuality"}
    assert created["owner"]["name"] == "alice"
    assert created["recipients"] == {"to": ["bob@example.com"], "cc": [], "bcc": []}
    assert created["formats"] == ["pdf", "xlsx"]
    assert created["cron_description"] == "At 07:30, on day 1 of the month"
    assert len(created["next_runs"]) == 6
    assert set(created["next_runs"][0]) == {"at", "local"}
    assert created["next_runs"][0]["at"].endswith("Z")
    assert created["warnings"] == []
    assert author("GET", f"/schedules/{created['id']}") == (200, created)
    assert author("GET", "/schedules/monthly") == (200, created)
    status, changed = author("PATCH", "/schedules/monthly", {"cron": "0 8 * * *", "retries": 2})
    assert (status, changed["cron"], changed["retries"], changed["formats"]) == (200, "0 8 * * *", 2, ["pdf", "xlsx"])
    assert author("DELETE", "/schedules/monthly") == (204, None)
    assert author("GET", "/schedules/monthly")[0] == 404


def test_a_run_across_a_clock_change_has_a_note(author: Api, report: Report) -> None:
    _, found = author("POST", "/schedules", GOOD | {"cron": "30 2 * 3 0L"})  # the last Sunday of March
    assert all("02:30 does not exist" in run["note"] for run in found["next_runs"])


def test_bad_input_is_answered_with_every_field(author: Api, report: Report) -> None:
    body = GOOD | {"cron": "61 * * * *", "timezone": "Europe/Berln", "recipients": {"to": ["ok@example.com", "nope"]}}
    status, problem = author("POST", "/schedules", body)
    assert status == 422
    assert {error["field"]: error["message"] for error in problem["errors"]} == {
        "cron": 'minute "61" is not in 0-59.',
        "timezone": '"Europe/Berln" is not a time zone. Did you mean Europe/Berlin?',
        "recipients.to.1": '"nope" is not an e-mail address. Write it as name@example.com.',
    }
    assert Schedule.objects.count() == 0


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        ({"timeout": 600}, "timeout"),
        ({"timeout_seconds": "soon"}, "timeout_seconds"),
        ({"formats": "pdf"}, "formats"),
        ({"recipients": {"too": []}}, "recipients.too"),
        ({"report": "nothing"}, "report"),
        ({"starts_at": "2026-12-01T00:00:00"}, "starts_at"),
    ],
)
def test_a_wrong_or_unknown_field_is_refused_by_name(
    author: Api, report: Report, extra: dict[str, Any], field: str
) -> None:
    status, problem = author("POST", "/schedules", GOOD | extra)
    assert status == 422
    assert [error["field"] for error in problem["errors"]] == [field]
    assert Schedule.objects.count() == 0


def test_validation_always_answers_200(author: Api, report: Report) -> None:
    status, good = author("POST", "/schedules/validate", GOOD)
    assert (status, good["valid"], good["errors"], len(good["next_runs"])) == (200, True, [], 6)
    status, bad = author("POST", "/schedules/validate", {"cron": 5, "formats": "pdf", "unknown": 1})
    assert (status, bad["valid"], bad["next_runs"], bad["cron_description"]) == (200, False, [], None)
    assert {error["field"] for error in bad["errors"]} == {"name", "report", "cron", "formats", "unknown"}
    status, bad = author("POST", "/schedules/validate", GOOD | {"name": "a\0b"})
    assert (status, bad["valid"], [error["field"] for error in bad["errors"]]) == (200, False, ["name"])
    assert Schedule.objects.count() == 0


def test_a_manual_run_is_accepted_and_answers_the_execution(author: Api, make_schedule: Make) -> None:
    make_schedule()
    status, execution = author("POST", "/schedules/daily/run")
    assert (status, execution["status"], execution["trigger"]) == (202, "queued", "manual")
    status, execution = author(
        "POST", "/schedules/daily/run", {"parameters": {"airport": "EWR"}, "timeout_seconds": 300}
    )
    assert (status, execution["parameters"], execution["timeout_seconds"]) == (202, {"airport": "EWR"}, 300)
    assert author("POST", "/schedules/daily/run", {"parameters": {"x": 1}})[0] == 422
    assert author("POST", "/schedules/daily/run", {"timeout_seconds": 10})[0] == 403
    assert Execution.objects.count() == 2


def test_switching_off_and_on(author: Api, make_schedule: Make) -> None:
    make_schedule()
    status, off = author("POST", "/schedules/daily/disable")
    assert (status, off["enabled"], off["next_runs"], off["next_run_at"]) == (200, False, [], None)
    status, on = author("POST", "/schedules/daily/enable")
    assert (status, on["enabled"], len(on["next_runs"])) == (200, True, 6)


def test_the_list_pages_and_narrows(author: Api, make_schedule: Make) -> None:
    for name in ("a", "b", "c"):
        make_schedule(name, enabled=name != "b")
    _, first = author("GET", "/schedules?limit=2")
    assert ([each["name"] for each in first["items"]], first["total"]) == (["a", "b"], 3)
    _, second = author("GET", f"/schedules?limit=2&cursor={first['next_cursor']}")
    assert [each["name"] for each in second["items"]] == ["c"]
    assert [each["name"] for each in author("GET", "/schedules?enabled=false")[1]["items"]] == ["b"]
    assert author("GET", "/schedules?report=punctuality")[1]["total"] == 3
    assert author("GET", "/schedules?report=nothing")[0] == 404


CHANGES: list[tuple[str, str, Any]] = [
    ("POST", "/schedules", GOOD),
    ("PATCH", "/schedules/daily", {"cron": "0 8 * * *"}),
    ("DELETE", "/schedules/daily", None),
    ("POST", "/schedules/validate", GOOD),
]
OPERATIONS: list[tuple[str, str, Any]] = [
    ("POST", f"/schedules/daily/{verb}", None) for verb in ("run", "enable", "disable")
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES + OPERATIONS)
def test_a_viewer_changes_and_runs_nothing(
    bob: User, make_schedule: Make, method: str, path: str, body: dict[str, Any] | None
) -> None:
    make_schedule()
    assert Api(bob)(method, path, body)[0] == 403
    assert Api(bob)("GET", "/schedules/daily")[0] == 200
    assert Execution.objects.count() == 0


@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)
def test_an_operator_runs_and_switches_but_edits_nothing(
    make_user: Callable[[str, str], User], make_schedule: Make, method: str, path: str, body: dict[str, Any] | None
) -> None:
    make_schedule()
    operator = Api(make_user("olga", "operator"))
    assert operator(method, path, body)[0] in (200, 202)
    assert [operator(*change)[0] for change in CHANGES] == [403] * 4


def test_strangers_see_nothing(make_schedule: Make) -> None:
    make_schedule()
    assert Client().get("/api/schedules/daily").status_code == 401
