"""A walk through every operation and page form that changes something: each leaves its entry."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver

from presstime.accounts.models import User
from presstime.api.routes import api
from presstime.audit.models import Entry
from tests.audit import world as worlds
from tests.audit.doors import MUTATING, OPERATIONS, PAGES, QUIET_OPERATIONS, QUIET_PAGES, Step
from tests.audit.world import World


@pytest.fixture
def world(db: None, tmp_path: Path, assets_folder: Path, admin: User, alice: User, bob: User, now: datetime) -> World:
    return worlds.build(tmp_path, admin, alice, bob, now)


def request(world: World, made: Step, method: str) -> HttpResponse:
    client = Client(REMOTE_ADDR="192.0.2.7")
    if made.user:
        client.force_login(getattr(world, made.user))
    made.before(world)
    address, body = made.address(world), made.body(world)
    seen.clear()
    seen.append(Entry.objects.count())
    if address.startswith("/api/"):
        is_raw = isinstance(body, bytes)
        content, kind = (body, "application/octet-stream") if is_raw else (json.dumps(body), "application/json")
        return client.generic(method, address, content, content_type=kind)  # type: ignore[return-value]
    return client.post(address, body)  # type: ignore[return-value]


seen: list[int] = []


def left(world: World, made: Step, method: str = "POST") -> str:
    """What is wrong with the entries that a request leaves; nothing when they are as they should be."""
    before = transaction.savepoint()
    response = request(world, made, method)
    entries = list(Entry.objects.order_by("sequence")[seen[0] :])
    transaction.savepoint_rollback(before)
    if tuple(entry.action for entry in entries) != made.actions:
        said = _said(response) if response.status_code >= 400 else ""
        return f"{response.status_code}, {[entry.action for entry in entries]} instead of {made.actions} {said}"
    bodies = [json.loads(entry.body) for entry in entries]
    by = [body["user"]["name"] for body in bodies]
    expected = getattr(world, made.user).username if made.user else None
    if expected is not None and set(by) != {expected}:
        return f"done by {by} instead of {expected}"
    return (
        "" if all(body["ip"] == "192.0.2.7" and body["request_id"] for body in bodies) else f"without address: {bodies}"
    )


def _said(response: HttpResponse) -> str:
    """What a refusal says: a problem document, or the problems of a form."""
    text = response.content.decode(errors="replace")
    return text[:400] if text.startswith("{") else " ".join(re.findall(r'class="problem">(.*?)</div>', text, re.DOTALL))


def test_every_operation_that_changes_something_leaves_its_entries(world: World) -> None:
    wrong = {name: left(world, made, name.split()[0]) for name, made in OPERATIONS.items()}
    assert [f"{name}: {problem}" for name, problem in wrong.items() if problem] == []


def test_every_form_of_the_pages_leaves_its_entries(world: World) -> None:
    wrong = {name: left(world, made) for name, made in PAGES.items()}
    assert [f"{name}: {problem}" for name, problem in wrong.items() if problem] == []


def test_no_operation_is_forgotten() -> None:
    found = {f"{method} {route}" for method, route in _routes() if method in MUTATING}
    assert found - set(OPERATIONS) - set(QUIET_OPERATIONS) == set()
    assert set(OPERATIONS) - found == set()


def test_no_page_is_forgotten() -> None:
    found = {route for route, view in _page_routes() if _takes_posts(view)}
    assert found - set(PAGES) - set(QUIET_PAGES) - EXPORTS == set()
    assert (set(PAGES) | set(QUIET_PAGES)) - found == set()


# Taking something out of Presstime: tried in their own files.
EXPORTS = {"/audit/export", "/audit/deliveries"}


def _routes() -> Iterator[tuple[str, str]]:
    for router in api._get_bound_routers():
        for route, view in router.path_operations.items():
            address = re.sub("/+", "/", "/".join(part for part in ("/api", router.prefix, route) if part))
            for operation in view.operations:
                if operation.include_in_schema:
                    yield from ((method, address) for method in operation.methods)


def _page_routes() -> Iterator[tuple[str, Any]]:
    def walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                if pattern.app_name != "ninja":
                    yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
            else:
                yield prefix + str(pattern.pattern), pattern.callback

    yield from walk(get_resolver("presstime.project.urls").url_patterns, "/")


def _takes_posts(view: Any) -> bool:
    """Whether *view* answers a POST with anything but 405, as its decorators say."""
    while True:
        methods = inspect.getclosurevars(view).nonlocals.get("request_method_list")
        if methods is not None:
            return "POST" in methods
        if hasattr(view, "view_class"):
            return hasattr(view.view_class, "post")
        if not hasattr(view, "__wrapped__"):
            return True
        view = view.__wrapped__
