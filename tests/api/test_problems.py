"""Every error of the API is a problem document, whatever raised it."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest
from django.test import Client, override_settings
from django.urls import path
from ninja import Query, Router
from pydantic import Field

from presstime.accounts.doors import public
from presstime.accounts.models import User
from presstime.api.routes import assemble
from presstime.api.schemas import Paging, Strict
from presstime.base.errors import (
    ConfigurationError,
    Conflict,
    FieldProblem,
    Forbidden,
    Invalid,
    NotFound,
)

router = Router()

RAISED: dict[str, tuple[Callable[[], Exception], int]] = {
    "invalid": (lambda: Invalid([FieldProblem("recipients.to.0", '"x" is not an address.')]), 422),
    "not-found": (lambda: NotFound.of("schedule", "daily"), 404),
    "forbidden": (lambda: Forbidden("Only administrators."), 403),
    "conflict": (lambda: Conflict("It runs."), 409),
    "counted": (lambda: Conflict("There are others now.", actual=7), 409),
    "django-404": (lambda: Http404("secret internals"), 404),
    "django-403": (lambda: PermissionDenied("No."), 403),
    "django-400": (lambda: SuspiciousOperation("secret internals"), 400),
    "settings": (lambda: ConfigurationError("secret internals"), 500),
    "bug": (lambda: ZeroDivisionError("secret internals"), 500),
}


class People(Strict):
    to: list[str] = Field(min_length=1)
    cc: list[str] = []


class Body(Strict):
    name: str
    recipients: People
    timeout_seconds: int = Field(1800, ge=300, le=7200)
    starts_at: datetime | None = None
    password: str = Field("x" * 12, min_length=12)


class Filters(Paging):
    from_: datetime | None = Field(None, alias="from")
    status: str | None = None


@router.get("/raise/{what}")
@public
def fail(request: HttpRequest, what: str) -> None:
    error = RAISED[what][0]()
    raise error


@router.post("/echo")
@public
def echo(request: HttpRequest, body: Body) -> dict[str, Any]:
    return body.model_dump(mode="json")


@router.get("/listed")
@public
def listed(request: HttpRequest, filters: Query[Filters]) -> dict[str, Any]:
    return filters.model_dump(mode="json")


@router.post("/without-a-body")
@public
def act(request: HttpRequest, body: Body | None = None) -> dict[str, Any]:
    return {"given": body is not None}


urlpatterns = [path("api/", assemble([("", router)], namespace="test-api").urls)]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]

GOOD = {"name": "daily", "recipients": {"to": ["a@example.com"]}}


def post(client: Client, body: Any, address: str = "/api/echo") -> Any:
    return client.post(address, body, content_type="application/json")


def fields(response: Any) -> dict[str, str]:
    """The problems of *response* by field, after looking at what every problem has."""
    assert response["Content-Type"] == "application/problem+json"
    document = response.json()
    assert {"type", "title", "status", "detail", "errors"} <= set(document)
    assert document["status"] == response.status_code
    return {each["field"]: each["message"] for each in document["errors"]}


@pytest.mark.parametrize("what", RAISED)
def test_every_kind_of_error_is_a_problem_document_without_internals(client: Client, what: str) -> None:
    response = client.get(f"/api/raise/{what}")
    fields(response)
    assert response.status_code == RAISED[what][1]
    assert "secret internals" not in response.content.decode()


def test_a_refusal_names_its_fields(client: Client) -> None:
    assert fields(client.get("/api/raise/invalid")) == {"recipients.to.0": '"x" is not an address.'}


def test_a_conflict_carries_the_real_count(client: Client) -> None:
    assert client.get("/api/raise/counted").json()["actual"] == 7
    assert "actual" not in client.get("/api/raise/conflict").json()


def test_an_unexpected_error_tells_an_id_and_the_log_tells_the_rest(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "presstime.api"):
        response = client.get("/api/raise/bug", headers={"X-Request-ID": "from-the-proxy-1"})
    assert response.json()["request_id"] == response["X-Request-ID"] == "from-the-proxy-1"
    record = next(record for record in caplog.records if record.name == "presstime.api")
    assert "from-the-proxy-1" in record.getMessage()
    assert record.exc_info is not None
    assert "ZeroDivisionError" in str(record.exc_info[0])


def test_an_ill_formed_request_id_is_replaced(client: Client) -> None:
    response = client.get("/api/health/live", headers={"X-Request-ID": "x\n<script>"})
    assert len(response["X-Request-ID"]) == 36


def test_a_wrong_field_is_named_by_its_path_with_what_was_read(client: Client) -> None:
    response = post(client, {**GOOD, "recipients": {"to": ["a", 5]}, "timeout_seconds": 10, "starts_at": "soon"})
    assert response.status_code == 422
    found = fields(response)
    assert set(found) == {"recipients.to.1", "timeout_seconds", "starts_at"}
    assert found["timeout_seconds"] == "Input should be greater than or equal to 300; read 10."


def test_an_unknown_field_is_named_with_the_nearest_right_one(client: Client) -> None:
    found = fields(post(client, {**GOOD, "timeout_second": 400, "recipients": {"to": ["a"], "bcc": []}}))
    assert found["timeout_second"] == 'There is no field "timeout_second". Did you mean "timeout_seconds"?'
    assert found["recipients.bcc"] == 'There is no field "bcc". Did you mean "cc"?'


def test_missing_fields_are_all_named_at_once(client: Client) -> None:
    assert fields(post(client, {"recipients": {}})) == {
        "name": "This field is missing.",
        "recipients.to": "This field is missing.",
    }


def test_a_secret_is_not_repeated(client: Client) -> None:
    response = post(client, {**GOOD, "password": "hunter2"})
    assert set(fields(response)) == {"password"}
    assert "hunter2" not in response.content.decode()


def test_a_body_that_is_no_object_is_refused(client: Client) -> None:
    assert post(client, [1, 2]).status_code == 422
    assert post(client, "7").status_code == 422


def test_an_optional_body_may_be_left_out(client: Client) -> None:
    assert client.generic("POST", "/api/without-a-body").json() == {"given": False}
    assert post(client, GOOD, "/api/without-a-body").json() == {"given": True}
    assert fields(post(client, {"nam": 1}, "/api/without-a-body"))["nam"].endswith('Did you mean "name"?')


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"name": "a",\n "recipients": {,}}', "line 2, column 17"),
        ('{"name": "a", "name": "b"}', '"name" twice'),
        ('{"name": NaN}', "NaN"),
        ("[" * 100_000, "nested too deeply"),
        (b'{"name": "\xff"}', "not UTF-8"),
        ('{"name": ' + "9" * 5000 + "}", "digit"),
    ],
)
def test_a_body_that_is_not_sound_json_is_refused_with_the_place(client: Client, body: str | bytes, said: str) -> None:
    response = post(client, body)
    fields(response)
    assert response.status_code == 400
    assert said in response.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [('{"name": "a\\u0000b"}', "name"), ('{"recipients": {"to": ["\\ud800"]}}', "recipients.to.0")],
)
def test_a_text_that_no_database_keeps_is_refused_at_its_field(client: Client, body: str, field: str) -> None:
    response = post(client, body)
    assert response.status_code == 422
    assert fields(response) == {field: f"The text of {field} holds a NUL or half a character. Take it out."}


def test_a_filter_that_is_misspelt_is_refused_instead_of_ignored(client: Client) -> None:
    found = fields(client.get("/api/listed?statuss=failed&limit=5"))
    assert found == {"statuss": 'There is no parameter "statuss". Did you mean "status"?'}


def test_a_filter_is_named_as_in_the_address(client: Client) -> None:
    assert set(fields(client.get("/api/listed?from=soon&limit=501"))) == {"from", "limit"}
    assert client.get("/api/listed?from=2026-11-24T09:00:00Z").json()["from_"] == "2026-11-24T09:00:00Z"


@pytest.mark.parametrize("address", ["/api/nothing", "/api/echo/", "/api/", "/api/nothing/below?x=1"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
def test_an_unknown_address_is_404_for_everybody(client: Client, address: str, method: str) -> None:
    response = client.generic(method, address)
    assert response.status_code == 404
    fields(response)


def test_a_method_that_an_address_does_not_take_is_405_with_those_it_takes(client: Client) -> None:
    response = client.delete("/api/echo")
    assert response.status_code == 405
    fields(response)
    assert response["Allow"] == "POST"


def test_a_body_above_the_limit_is_413_before_it_is_read(client: Client) -> None:
    class Unread(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

    response = client.generic("POST", "/api/echo", CONTENT_LENGTH="200000000", **{"wsgi.input": Unread()})
    assert response.status_code == 413
    fields(response)
    assert "4 MB" in response.json()["detail"]


def test_a_body_at_the_limit_is_taken(client: Client) -> None:
    body = {**GOOD, "name": "x" * 3_900_000}
    assert post(client, body).status_code == 200


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1024)
def test_the_limit_is_the_setting(client: Client) -> None:
    assert post(client, {**GOOD, "name": "x" * 1024}).status_code == 413


def test_a_body_of_unknown_length_is_411(client: Client) -> None:
    response = client.generic("POST", "/api/echo", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert response.status_code == 411
    fields(response)


def test_answers_are_not_kept_by_caches(client: Client) -> None:
    assert client.get("/api/health/live")["Cache-Control"] == "private, no-store"


def test_a_host_that_is_not_ours_is_a_problem_too(client: Client, admin: User) -> None:
    response = client.get("/api/me", headers={"Host": "evil.example"})
    assert response.status_code == 400
    fields(response)
