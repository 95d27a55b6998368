from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from presstime.deadletters.cli import app
from tests.deadletters.conftest import succeed_next


@pytest.fixture
def operator(make_user) -> Client:
    client = Client()
    client.force_login(make_user("olga", "operator"))
    return client


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"/api/dead-letters{path}", json.dumps(body or {}), content_type="application/json")


def test_a_dead_letter_is_told_with_all_the_fields_of_the_contract(operator, die, schedule, now):
    letter = die(schedule_id=schedule.pk)
    told = operator.get(f"/api/dead-letters/{letter.pk}").json()
    expected = {
        "id": str(letter.pk),
        "execution": str(letter.execution_id),
        "schedule": {"id": str(schedule.pk), "name": "Daily stock"},
        "dead_at": "2026-11-24T09:00:00Z",
        "status": "open",
        "note": "",
        "error": {
            "category": "data",
            "code": "sql_syntax",
            "summary": "A query of the report is written wrongly.",
            "message": "SQLite says: no such table: stok.",
            "detail": "Traceback …",
            "hint": "Correct the query.",
        },
    }
    assert {name: told[name] for name in expected} == expected
    assert told["seconds_in_queue"] > 0
    assert [attempt["error"]["code"] for attempt in told["attempts"]] == ["sql_syntax"]


def test_the_list_is_filtered_as_the_contract_says(operator, die, schedule):
    die(schedule_id=schedule.pk)
    for query, total in (
        ({}, 1),
        ({"schedule": "Daily stock"}, 1),
        ({"status": "resolved"}, 0),
        ({"error_category": "data", "error_code": "sql_syntax"}, 1),
        ({"from": "2026-11-25T00:00:00Z"}, 0),
        ({"to": "2026-11-25T00:00:00Z"}, 1),
    ):
        assert operator.get("/api/dead-letters", query).json()["total"] == total, query
    refused = operator.get("/api/dead-letters", {"status": "gone"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "status")


def test_one_is_retried_and_its_success_resolves_it(operator, die, now):
    letter = die()
    answer = post(operator, f"/{letter.pk}/retry")
    assert (answer.status_code, answer.json()["origin"]) == (202, str(letter.execution_id))
    assert post(operator, f"/{letter.pk}/retry").status_code == 409
    succeed_next(now.replace(year=now.year + 1))
    told = operator.get(f"/api/dead-letters/{letter.pk}").json()
    assert (told["status"], answer.json()["id"] in told["note"]) == ("resolved", True)


def test_one_is_resolved_once_and_deleted(operator, die):
    letter = die()
    resolved = post(operator, f"/{letter.pk}/resolve", {"note": "Mended."})
    assert (resolved.status_code, resolved.json()["note"]) == (200, "Mended.")
    assert resolved.json()["resolved_by"]["name"] == "olga"
    assert post(operator, f"/{letter.pk}/resolve").status_code == 409
    assert operator.delete(f"/api/dead-letters/{letter.pk}").status_code == 204
    assert operator.get(f"/api/dead-letters/{letter.pk}").status_code == 404


def test_many_are_named_or_matched_with_the_number_that_was_seen(operator, die):
    letter = die()
    assert post(operator, "/resolve", {"ids": [str(letter.pk), "0"], "note": "n"}).json() == {
        "done": 1,
        "skipped": [{"id": "0", "reason": "not_found"}],
    }
    wrong = post(operator, "/delete", {"all": True, "filter": {"status": "resolved"}, "expected": 5})
    assert (wrong.status_code, wrong.json()["actual"]) == (409, 1)
    assert post(operator, "/delete", {"all": True, "expected": 1}).json() == {"done": 1, "skipped": []}
    assert post(operator, "/retry", {"all": True}).status_code == 422


def test_those_who_may_only_look_cannot_touch_them(alice, bob, die):
    letter = die()
    author, viewer = Client(), Client()
    author.force_login(alice)
    viewer.force_login(bob)
    assert author.get(f"/api/dead-letters/{letter.pk}").status_code == 200
    assert post(author, f"/{letter.pk}/retry").status_code == 403
    assert viewer.get("/api/dead-letters").status_code == 403


def test_the_command_lists_retries_and_resolves(die):
    run = CliRunner().invoke
    first, second = die(), die(trigger="manual")
    listed = json.loads(run(app, ["list", "--json", "--category", "data"]).stdout)
    assert {row["id"] for row in listed} == {str(first.pk), str(second.pk)}
    assert json.loads(run(app, ["retry", str(first.pk), "--json"]).stdout) == {"done": 1, "skipped": []}
    again = run(app, ["retry", str(first.pk), "--json"])
    assert (again.exit_code, json.loads(again.stdout)["skipped"][0]["reason"]) == (1, "retrying")
    assert "1 resolved." in run(app, ["resolve", "--all", "--note", "done"]).stdout
    assert run(app, ["resolve"]).exit_code == 2


def test_what_is_no_moment_is_told_with_what_is_one(operator, die):
    [wrong] = operator.get("/api/dead-letters?from=yesterday").json()["errors"]
    assert wrong == {
        "field": "from",
        "message": 'Input should be a moment such as 2026-11-24T09:00:00Z; read "yesterday".',
    }
    [wrong] = post(operator, f"/{die().pk}/retry", {"at": "2026-11-24T09:00:00"}).json()["errors"]
    assert wrong["message"].startswith("Input should be a moment such as 2026-11-24T09:00:00Z, with an offset; read ")
