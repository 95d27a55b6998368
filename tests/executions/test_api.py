from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from presstime.accounts.models import User
from presstime.executions import queries, service
from presstime.executions.faults import Fault
from presstime.executions.files import Placed
from presstime.executions.job import ComposedMail, Done, File
from presstime.executions.models import Execution
from presstime.executions.states import Category, RetryPolicy, Trigger
from tests.executions.conftest import Make

POLICY = RetryPolicy(timedelta(seconds=30), timedelta(seconds=900))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def viewer(bob: User) -> Client:
    return signed_in(bob)


@pytest.fixture
def operator(make_user: Callable[[str, str], User]) -> Client:
    return signed_in(make_user("olga", "operator"))


@pytest.fixture
def administrator(admin: User) -> Client:
    return signed_in(admin)


@pytest.fixture
def succeeded(make: Make, schedule, now) -> Execution:
    """An execution with a file in the reports folder and a mail."""
    make(schedule_id=schedule.pk, recipients={"to": ["reader@example.com"]})
    claimed = queries.claim("one", now, now + timedelta(seconds=30))
    assert claimed is not None
    folder = f"2026/11/{claimed.pk}.1"
    path = settings.CONFIGURATION.reports_path / folder
    path.mkdir(parents=True)
    (path / "stock.csv").write_text("a,b\n")
    mail = ComposedMail("message.eml", f"<{claimed.pk}@example.com>", "reports@example.com", "Stock", 9, "0" * 64)
    done = Done((File("stock.csv", "csv", "text/csv; charset=utf-8", 4, "ab" * 32, 2),), 2, mail, {"query": 0.5})
    assert service.succeed(claimed, Placed(done, folder), now + timedelta(seconds=7))
    return claimed


def get(client: Client, path: str = "", **parameters: Any) -> Any:
    answer = client.get(f"/api/executions{path}", parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_an_execution_is_told_with_all_the_fields_of_the_contract(viewer, succeeded, schedule, now):
    told = get(viewer, f"/{succeeded.pk}")
    expected = {
        "id": str(succeeded.pk),
        "schedule": {"id": str(schedule.pk), "name": "Daily stock"},
        "trigger": "manual",
        "status": "succeeded",
        "scheduled_for": "2026-11-24T09:00:00Z",
        "queued_at": "2026-11-24T09:00:00Z",
        "started_at": "2026-11-24T09:00:00Z",
        "finished_at": "2026-11-24T09:00:07Z",
        "duration_seconds": 7.0,
        "timeout_seconds": 300,
        "error": None,
    }
    assert {name: told[name] for name in expected} == expected
    assert told["report"]["name"] == "Stock"
    assert [(attempt["number"], attempt["status"], attempt["error"]) for attempt in told["attempts"]] == [
        (1, "succeeded", None)
    ]
    assert told["artifacts"] == [
        {
            "name": "stock.csv",
            "format": "csv",
            "media_type": "text/csv; charset=utf-8",
            "bytes": 4,
            "sha256": "ab" * 32,
            "rows": 2,
            "url": f"/api/executions/{succeeded.pk}/artifacts/stock.csv",
            "removed_at": None,
            "link_downloads": 0,
        }
    ]
    assert [(email["to"], email["status"]) for email in told["emails"]] == [("reader@example.com", "pending")]


def test_a_failure_is_told_with_category_hint_and_detail(viewer, make, now):
    make()
    claimed = queries.claim("one", now, now + timedelta(seconds=30))
    fault = Fault(Category.DATA, "missing_table", "There is no table.", "Make one.", "Traceback …")
    service.fail(claimed, fault, policy=POLICY, jitter=0, now=now)
    told = get(viewer, f"/{claimed.pk}")
    assert told["status"] == "dead"
    assert told["error"] == {
        "category": "data",
        "code": "missing_table",
        "summary": "A query names a table that the source does not have.",
        "message": "There is no table.",
        "hint": "Make one.",
        "detail": "Traceback …",
    }
    assert told["attempts"][0]["error"] == told["error"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"schedule": "Daily stock"}, 1),
        ({"schedule": "Weekly stock"}, 0),
        ({"status": "succeeded"}, 1),
        ({"status": ["queued", "succeeded"]}, 2),
        ({"trigger": "retry"}, 1),
        ({"error_category": "network"}, 0),
        ({"from": "2026-11-24T09:00:00Z", "to": "2026-11-24T09:00:01Z"}, 2),
        ({"from": "2026-11-24T09:00:01Z"}, 0),
        ({}, 2),
    ],
)
def test_the_list_is_narrowed_by_its_filters(viewer, make, succeeded, parameters, expected):
    make(trigger=Trigger.RETRY)
    assert get(viewer, **parameters)["total"] == expected


def test_a_schedule_may_be_named_by_its_id(viewer, succeeded, schedule):
    assert get(viewer, schedule=str(schedule.pk))["total"] == 1


def test_pages_are_stable_while_executions_are_added(viewer, make):
    ids = {str(make().pk) for _ in range(5)}
    first = get(viewer, limit=2)
    make()
    second = get(viewer, limit=2, cursor=first["next_cursor"])
    third = get(viewer, limit=2, cursor=second["next_cursor"])
    seen = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert len(seen) == 5
    assert set(seen) == ids
    assert third["next_cursor"] is None


def test_a_list_asks_the_same_number_of_questions_however_long_it_is(viewer, make, django_assert_max_num_queries):
    for _ in range(10):
        make()
    get(viewer)  # the first request notes the session
    with django_assert_max_num_queries(11):
        get(viewer)


@pytest.mark.parametrize("parameters", [{"status": "done"}, {"trigger": "x"}, {"from": "yesterday"}, {"state": "dead"}])
def test_a_wrong_filter_is_refused(viewer, parameters):
    assert viewer.get("/api/executions", parameters).status_code == 422


def test_a_file_is_downloaded_and_never_shown_as_a_page(viewer, succeeded):
    answer = viewer.get(f"/api/executions/{succeeded.pk}/artifacts/stock.csv")
    assert b"".join(answer.streaming_content) == b"a,b\n"
    assert answer["Content-Disposition"] == 'attachment; filename="stock.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Cache-Control"] == "private, no-store"


def test_a_path_in_the_database_that_leads_outside_is_not_followed(viewer, succeeded):
    succeeded.artifacts.update(path="../keys/secret-key.txt")
    assert viewer.get(f"/api/executions/{succeeded.pk}/artifacts/stock.csv").status_code == 404


@pytest.mark.parametrize("path", ["/nonsense", "/018f0000-0000-7000-8000-000000000000"])
def test_what_is_not_there_is_a_404(viewer, path):
    assert viewer.get(f"/api/executions{path}").status_code == 404
    assert viewer.get(f"/api/executions{path}/artifacts/x.csv").status_code == 404


def test_a_waiting_execution_is_cancelled(operator, make):
    answer = operator.post(f"/api/executions/{make().pk}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


def test_a_running_execution_is_asked_to_stop(operator, make, now):
    make()
    claimed = queries.claim("one", now, now + timedelta(seconds=30))
    answer = operator.post(f"/api/executions/{claimed.pk}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "running")
    assert answer.json()["cancel_requested_at"] is not None


def test_cancelling_what_has_ended_is_a_conflict(operator, succeeded):
    answer = operator.post(f"/api/executions/{succeeded.pk}/cancel")
    assert answer.status_code == 409
    assert "it is succeeded" in answer.json()["detail"]


def patch(client: Client, execution: Execution, **body: Any) -> Any:
    return client.patch(f"/api/executions/{execution.pk}", body, content_type="application/json")


def test_an_administrator_gives_a_running_execution_more_time(administrator, make, now):
    make()
    claimed = queries.claim("one", now, now + timedelta(seconds=30))
    answer = patch(administrator, claimed, timeout_seconds=9000)
    assert (answer.status_code, answer.json()["timeout_seconds"]) == (200, 9000)
    [warning] = answer.json()["warnings"]
    assert (warning["field"], warning["message"][-12:]) == ("timeout_seconds", "150 minutes.")
    assert patch(administrator, claimed, timeout_seconds=3600).json()["warnings"] == []


@pytest.mark.parametrize("body", [{"timeout_seconds": 0}, {"timeout_seconds": "long"}, {"timeout": 5}, {}])
def test_a_wrong_limit_is_refused(administrator, make, body):
    assert patch(administrator, make(), **body).status_code == 422


def test_only_administrators_override_and_only_operators_cancel(viewer, operator, make):
    execution = make()
    assert patch(operator, execution, timeout_seconds=600).status_code == 403
    assert viewer.post(f"/api/executions/{execution.pk}/cancel").status_code == 403
    assert Client().get("/api/executions").status_code == 401


def retrying(execution: Execution, now) -> Execution:
    """*execution*, waiting half a minute for its next attempt."""
    claimed = queries.claim("one", now, now + timedelta(seconds=30))
    assert claimed is not None
    service.fail(claimed, Fault(Category.NETWORK, "dns", "No such host."), policy=POLICY, jitter=0, now=now)
    execution.refresh_from_db()
    return execution


def test_a_retrying_execution_says_when_and_can_be_tried_at_once(operator: Client, make: Make, now):
    execution = retrying(make(timeout_seconds=900), now)
    shown = get(operator, f"/{execution.pk}")
    assert shown["next_attempt_at"] == "2026-11-24T09:00:30Z"
    assert shown["attempts"][0]["timeout_seconds"] == 900
    # The door takes the clock's time, which is later than that of this test or not: the pause is over in both cases.
    Execution.objects.filter(pk=execution.pk).update(run_at=now + timedelta(days=4000))
    answer = operator.post(f"/api/executions/{execution.pk}/retry")
    assert answer.status_code == 202
    assert answer.json()["next_attempt_at"] < "2036"
    claimed = queries.claim("one", now + timedelta(days=3000), now + timedelta(days=3001))
    assert claimed is not None
    assert claimed.fence == 2


def test_only_what_waits_for_another_attempt_can_be_tried_at_once(operator: Client, viewer: Client, make: Make):
    execution = make()
    answer = operator.post(f"/api/executions/{execution.pk}/retry")
    assert answer.status_code == 409
    assert "it is queued. It begins by itself" in answer.json()["detail"]
    assert viewer.post(f"/api/executions/{execution.pk}/retry").status_code == 403
