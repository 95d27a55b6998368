"""One caller cannot keep the others waiting."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest
from django.http import HttpRequest
from django.test import Client

from presstime.accounts.models import User
from presstime.api.limits import CallerLimit
from presstime.api.routes import LIMIT


class Clock:
    def __init__(self) -> None:
        self.now = 600.0

    def __call__(self) -> float:
        return self.now


def of(caller: str | None) -> HttpRequest:
    user = SimpleNamespace(pk=caller, is_authenticated=caller is not None)
    return cast(HttpRequest, SimpleNamespace(user=user))


def allowed(limit: CallerLimit, caller: str | None, tries: int) -> int:
    return sum(limit.allow_request(of(caller)) for _ in range(tries))


def test_each_caller_has_a_limit_of_its_own() -> None:
    limit = CallerLimit(10, Clock())

    assert allowed(limit, "alice", 15) == 10
    assert allowed(limit, "bob", 3) == 3


@pytest.mark.parametrize(("later", "again"), [(30.0, 0), (60.0, 0), (90.0, 5), (120.0, 10), (600.0, 10)])
def test_what_was_asked_counts_less_and_less(later: float, again: int) -> None:
    clock = Clock()
    limit = CallerLimit(10, clock)
    allowed(limit, "alice", 10)
    clock.now += later

    assert allowed(limit, "alice", 20) == again


def test_zero_sets_no_limit_and_nobody_in_particular_has_none() -> None:
    assert allowed(CallerLimit(0, Clock()), "alice", 100) == 100
    assert allowed(CallerLimit(1, Clock()), None, 100) == 100


@pytest.mark.parametrize("address", ["/api/me", "/api/schedules", "/api/audit-logs"])
def test_beyond_it_the_api_answers_429_and_says_when_to_come_again(
    address: str, admin: User, session: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LIMIT, "_limit", 1)
    monkeypatch.setattr(LIMIT, "_counts", {})
    browser = session(admin)

    answers = [browser.get(address) for _ in range(3)]

    assert answers[2].status_code == 429
    assert answers[2]["Retry-After"] == "6"
    assert answers[2].json()["status"] == 429
    assert browser.get("/api/health/live").status_code == 200
