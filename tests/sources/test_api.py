from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from presstime.accounts import service as accounts
from presstime.accounts.models import User
from presstime.base import clock
from presstime.sources.models import Source

Call = Callable[..., tuple[int, Any]]


def caller(user: User) -> Call:
    _, secret = accounts.create_token(user, "test", ["all"], clock.now())
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = "" if body is None else json.dumps(body)
        response = client.generic(method, f"/api/sources{path}", data, content_type="application/json")
        return response.status_code, response.json() if response.content else None

    return call


@pytest.fixture
def call(admin: User) -> Call:
    return caller(admin)


def test_a_source_is_created_read_tested_changed_and_deleted(call: Call, flights: str) -> None:
    status, created = call("POST", "", {"name": "flights", "url": f"sqlite:///{flights}"})
    assert (status, created["kind"], created["url"]) == (201, "sqlite", f"sqlite:///{flights}")
    assert call("GET", f"/{created['id']}") == (200, created)
    assert call("POST", "/flights/test") == (200, {"status": "pass", "error": None, "warnings": []})
    status, changed = call("PATCH", "/flights", {"name": "planes"})
    assert (status, changed["name"]) == (200, "planes")
    assert call("GET", "")[1]["total"] == 1
    assert call("DELETE", "/planes") == (204, None)
    assert call("GET", "/planes")[0] == 404


def test_a_password_never_comes_back(call: Call) -> None:
    secret = "s3cr3t"
    status, created = call("POST", "", {"name": "sales", "url": f"postgresql://reader:{secret}@127.0.0.1:1/sales"})
    assert (status, created["url"]) == (201, "postgresql://reader:***@127.0.0.1:1/sales")
    status, tested = call("POST", "/sales/test")
    assert (status, tested["status"], tested["error"]["code"]) == (200, "fail", "connection_refused")
    _, refused = call("POST", "", {"name": "bad", "url": f"postgre://reader:{secret}@host/sales"})
    assert secret not in json.dumps([created, tested, refused, call("GET", "")])


def test_a_bad_url_is_refused_with_its_field(call: Call) -> None:
    status, problem = call("POST", "", {"name": "flights", "url": "sqlite:///nothing.db"})
    assert (status, [error["field"] for error in problem["errors"]]) == (422, ["url"])
    status, problem = call("POST", "", {"name": "flights", "url": "x", "uri": "x"})
    assert [error["field"] for error in problem["errors"]] == ["uri"]
    assert Source.objects.count() == 0


@pytest.mark.parametrize("role", ["author", "operator", "auditor", "viewer"])
def test_only_administrators_change_sources(make_user: Callable[[str, str], User], flights: str, role: str) -> None:
    call = caller(make_user("someone", role))
    assert call("POST", "", {"name": "flights", "url": f"sqlite:///{flights}"})[0] == 403
    assert call("DELETE", "/flights")[0] == 403
    assert call("POST", "/flights/test")[0] == 403
    assert call("GET", "")[0] == (403 if role == "viewer" else 200)
