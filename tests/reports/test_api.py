from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from pressroom.definition import parse
from presstime.accounts import service as accounts
from presstime.accounts.models import User
from presstime.base import clock
from presstime.reports.forms import ParameterForm
from presstime.reports.models import Report
from presstime.schedules import service as schedules
from presstime.sources.models import Source
from tests.reports.conftest import DEFINITION

Call = Callable[..., tuple[int, Any]]


def client_of(user: User) -> Client:
    _, secret = accounts.create_token(user, "test", ["all"], clock.now())
    return Client(headers={"Authorization": f"Bearer {secret}"})


def send(client: Client, method: str, path: str, body: Any = None) -> HttpResponse:
    data = "" if body is None else json.dumps(body)
    return client.generic(method, f"/api/reports{path}", data, content_type="application/json")  # type: ignore[return-value]


@pytest.fixture
def call(alice: User) -> Call:
    client = client_of(alice)

    def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        response = send(client, method, path, body)
        return response.status_code, json.loads(response.content) if response.content else None

    return call


def test_a_report_is_created_read_changed_and_deleted(call: Call, source: Source) -> None:
    status, created = call("POST", "", {"name": "punctuality", "definition": DEFINITION})
    assert status == 201
    assert (created["title"], created["revision"], created["source"]) == ("Airport punctuality", 1, "flights")
    assert created["formats"] == ["pdf", "xlsx"]
    assert created["schedules"] == []
    airport = created["parameters"][1]
    assert (airport["name"], airport["type"], airport["default"]) == ("airport", "text", "JFK")
    assert airport["choices"] == ["JFK", "LGA", "EWR"]
    assert call("GET", f"/{created['id']}") == (200, created)
    status, changed = call("PATCH", "/punctuality", {"definition": DEFINITION.replace("all left", "all went")})
    assert (status, changed["revision"]) == (200, 2)
    _, revisions = call("GET", "/punctuality/revisions")
    assert [(each["number"], each["created_by"]["name"]) for each in revisions["items"]] == [(2, "alice"), (1, "alice")]
    assert call("GET", "")[1]["total"] == 1
    assert call("DELETE", "/punctuality") == (204, None)
    assert call("GET", "/punctuality")[0] == 404


def test_a_broken_text_is_refused_with_lines(call: Call, source: Source) -> None:
    wrong = DEFINITION.replace("title: Air", "titel: Air").replace("source: flights", "source: nothing")
    status, problem = call("POST", "", {"name": "punctuality", "definition": wrong})
    assert status == 422
    assert {error["field"] for error in problem["errors"]} == {"definition"}
    assert problem["errors"][0]["message"].startswith("line 2: Unknown key 'titel'")
    assert Report.objects.count() == 0


def test_a_text_above_the_limit_is_refused(call: Call, source: Source) -> None:
    status, problem = call("POST", "", {"name": "big", "definition": DEFINITION + "x" * 2_100_000})
    assert (status, problem["errors"][0]["field"]) == (422, "definition")
    assert call("POST", "", {"name": "big", "definition": "x" * 5_000_000})[0] == 413


def test_a_report_in_use_is_not_deleted(call: Call, report: Report, now: datetime) -> None:
    schedules.create({"name": "daily", "report": "punctuality", "cron": "0 7 * * *"}, None, now)
    status, problem = call("DELETE", "/punctuality")
    assert (status, "daily" in problem["detail"]) == (409, True)
    assert call("GET", "/punctuality")[1]["schedules"] == ["daily"]


def test_viewers_read_and_change_nothing(bob: User, report: Report) -> None:
    client = client_of(bob)
    assert send(client, "GET", "/punctuality").status_code == 200
    assert send(client, "POST", "", {"name": "x", "definition": DEFINITION}).status_code == 403
    assert send(client, "PATCH", "/punctuality", {"name": "x"}).status_code == 403
    assert send(client, "DELETE", "/punctuality").status_code == 403
    assert send(client, "POST", "/punctuality/preview", {}).status_code == 403


# ---- preview --------------------------------------------------------------------------------------------------------


def test_a_preview_answers_the_file_itself(alice: User, report: Report) -> None:
    wish = {"format": "csv", "as_of": "2026-11-24T09:00:00Z"}
    response = client_of(alice).post("/api/reports/punctuality/preview", wish, content_type="application/json")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert b"".join(response.streaming_content).decode("utf-8-sig").split() == ["flights", "30"]  # type: ignore[attr-defined]
    response.close()


def test_a_preview_without_a_wish_is_a_page(alice: User, report: Report) -> None:
    response = client_of(alice).post("/api/reports/punctuality/preview", content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"Airport punctuality" in b"".join(response.streaming_content)  # type: ignore[attr-defined]
    response.close()


def test_a_preview_shows_another_text_and_other_parameters_before_they_are_saved(alice: User, report: Report) -> None:
    wish = {
        "format": "json",
        "as_of": "2026-11-24T09:00:00Z",
        "parameters": {"airport": "LGA"},
        "definition": DEFINITION.replace("count(*)", "count(*) + 7"),
    }
    response = client_of(alice).post("/api/reports/punctuality/preview", wish, content_type="application/json")
    assert response.status_code == 200
    assert "7" in b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    response.close()


@pytest.mark.parametrize(
    ("wish", "field", "part"),
    [
        ({"format": "doc"}, "format", 'There is no format "doc"'),
        ({"parameters": {"airport": "ZZZ"}}, "parameters.airport", "not among its choices"),
        ({"definition": DEFINITION.replace("from flights", "from flihgts")}, "definition", "flihgts"),
        ({"definition": DEFINITION.replace("title:", "titel:")}, "definition", "line 2"),
        ({"definition": DEFINITION.replace("source: flights", "source: nothing")}, "definition", 'There is no source "nothing"'),
        ({"as_of": "2026-11-24T09:00:00"}, "as_of", "has no offset"),
    ],
)  # fmt: skip
def test_a_preview_that_cannot_be_says_why(
    call: Call, report: Report, wish: dict[str, Any], field: str, part: str
) -> None:
    status, problem = call("POST", "/punctuality/preview", {"format": "csv"} | wish)
    assert status == 422
    assert {error["field"] for error in problem["errors"]} == {field}
    assert part in problem["errors"][0]["message"]


def test_a_text_is_linted_without_being_saved(call: Call, source: Source) -> None:
    assert call("POST", "/lint", {"definition": DEFINITION}) == (200, {"valid": True, "findings": []})
    doubtful = DEFINITION + "```sql spare\nselect 1 as one\n```\n"
    status, answer = call("POST", "/lint", {"definition": doubtful})
    assert (status, answer["valid"]) == (200, True)
    assert answer["findings"] == [
        {
            "severity": "warning",
            "code": "unused_query",
            "line": 17,
            "message": "The query spare is shown nowhere.",
            "remedy": "Show it in a block or in the text, or delete it: it runs every time.",
        }
    ]
    wrong = doubtful.replace("source: flights", "source: flihgts")
    _, answer = call("POST", "/lint", {"definition": wrong})
    assert (answer["valid"], [each["code"] for each in answer["findings"]]) == (
        False,
        ["unknown_source", "unused_query"],
    )
    assert call("GET", "")[1]["total"] == 0


def test_only_authors_lint(bob: User, source: Source) -> None:
    assert send(client_of(bob), "POST", "/lint", {"definition": DEFINITION}).status_code == 403


def test_a_text_is_tried_on_its_source_when_that_is_asked(call: Call, source: Source) -> None:
    wrong = DEFINITION.replace("totals.flights", "totals.fligths")
    status, answer = call("POST", "/lint", {"definition": wrong, "name": "draft", "run": True})
    assert (status, answer["valid"]) == (200, False)
    [finding] = answer["findings"]
    assert (finding["line"], finding["code"]) == (10, "missing_column")
    assert finding["remedy"] == "Did you mean flights? Columns of totals: flights."


CHOOSING = (
    DEFINITION.replace("choices: [JFK, LGA, EWR]", "choices: {query: airports, value: origin, label: name}")
    + "```sql airports\nselect distinct origin, 'Kennedy' as name from flights\n```\n"
)


def test_choices_are_asked_of_the_query_that_gives_them(call: Call, source: Source) -> None:
    _, created = call("POST", "", {"name": "choosing", "definition": CHOOSING})
    assert created["parameters"][1]["choices_from"] == "airports"
    assert call("GET", "/choosing/parameters/airport/choices") == (
        200,
        {"items": [{"value": "JFK", "label": "Kennedy"}]},
    )
    assert call("GET", "/choosing/parameters/nothing/choices")[0] == 404
    call("POST", "", {"name": "fixed", "definition": DEFINITION})
    _, answer = call("GET", "/fixed/parameters/airport/choices")
    assert [each["label"] for each in answer["items"]] == ["JFK", "LGA", "EWR"]


def test_the_preview_page_offers_the_choices_of_the_query(call: Call, alice: User, source: Source) -> None:
    call("POST", "", {"name": "choosing", "definition": CHOOSING})
    browser = Client()
    browser.force_login(alice)
    report = Report.objects.get(name="choosing")
    page = browser.get(f"/reports/{report.pk}/preview").content.decode()
    assert '<option value="JFK">Kennedy</option>' in page
    broken = CHOOSING.replace("'Kennedy' as name from flights", "'Kennedy' as name from fligths")
    call("PATCH", "/choosing", {"definition": broken})
    page = browser.get(f"/reports/{report.pk}/preview").content.decode()
    assert "The choices cannot be read now; what is given is checked at the run." in page


# ---- revisions ------------------------------------------------------------------------------------------------------


def test_a_revision_is_read_and_restored(call: Call, report: Report) -> None:
    changed = DEFINITION.replace("all left", "all went")
    assert call("PATCH", "/punctuality", {"definition": changed, "note": "Say it better"})[1]["revision"] == 2
    status, second = call("GET", "/punctuality/revisions/2")
    assert (status, second["note"], second["lines_added"], second["lines_removed"]) == (200, "Say it better", 1, 1)
    assert call("POST", "/punctuality/revisions/1/restore")[1]["definition"] == DEFINITION
    assert call("POST", "/punctuality/revisions/1/restore")[0] == 409
    assert call("POST", "/punctuality/revisions/9/restore")[0] == 404
    assert [each["number"] for each in call("GET", "/punctuality/revisions")[1]["items"]] == [3, 2, 1]


def test_nobody_overwrites_what_was_saved_meanwhile(call: Call, report: Report) -> None:
    mine = DEFINITION + "Mine.\n"
    assert call("PATCH", "/punctuality", {"definition": DEFINITION + "Theirs.\n", "revision": 1})[0] == 200
    status, problem = call("PATCH", "/punctuality", {"definition": mine, "revision": 1})
    assert (status, "alice saved revision 2 meanwhile" in problem["detail"]) == (409, True)
    assert call("GET", "/punctuality")[1]["definition"].endswith("Theirs.\n")
    assert call("PATCH", "/punctuality", {"definition": mine, "revision": 2})[1]["revision"] == 3


def test_viewers_read_revisions_and_restore_none(bob: User, report: Report) -> None:
    client = client_of(bob)
    assert send(client, "GET", "/punctuality/revisions/1").status_code == 200
    assert send(client, "POST", "/punctuality/revisions/1/restore").status_code == 403


def test_a_form_keeps_a_value_that_is_no_choice_any_more_and_adds_it_to_no_other_form() -> None:
    declared = parse(DEFINITION.replace("period: {type: period, default: last month}", "flag: {type: boolean}")
                     .replace("day >= :period_start and day < :period_end", ":flag")).parameters  # fmt: skip
    kept = str(ParameterForm(declared, given={"flag": "perhaps", "airport": "TEB"}))
    assert "TEB (not among the choices)" in kept
    assert "perhaps (not among the choices)" in kept
    assert "not among the choices" not in str(ParameterForm(declared))
