"""The table of doors is that of the code, and whoever is switched off passes none of them."""

from __future__ import annotations

from pathlib import Path

from django.test import Client
from tools.authorisation_page import authorisation_page

from presstime.accounts import matrix, service
from presstime.accounts.doors import Access, door_of
from presstime.accounts.models import User
from presstime.accounts.rights import RIGHTS, Right, Role
from presstime.base import clock
from tests.architecture.test_doors import OPERATIONS, PAGES

PAGE = Path(__file__).parents[2] / "docs/authorisation.md"


def test_the_page_is_current() -> None:
    current = authorisation_page()
    assert PAGE.read_text(encoding="utf-8") == current, (
        "run: .venv/bin/python -m tools.authorisation_page > docs/authorisation.md"
    )


def test_every_door_stands_in_the_table_with_the_roles_that_pass_it() -> None:
    rows = matrix.rows()
    assert len([row for row in rows if row.kind == "page"]) >= len({view for _, view in PAGES}) - 5
    assert len([row for row in rows if row.kind == "api"]) >= len(
        [1 for _, _, each in OPERATIONS if each.include_in_schema]
    )
    for row in rows:
        assert row.door is not None, row.address
        if isinstance(row.door, Right):
            assert row.opens_to == {role for role in Role if row.door in RIGHTS[role]}
    writing = [row for row in rows if row.door is Right.USERS_WRITE]
    assert all(row.confirms and row.opens_to == {Role.ADMIN} for row in writing)


def test_whoever_is_switched_off_passes_no_door(bob: User) -> None:
    """Charlie: an account that was shut, with the session and the token that he had."""
    session = Client()
    session.force_login(bob)
    _, secret = service.create_token(bob, "his", ["all"], clock.now())
    token = Client(headers={"Authorization": f"Bearer {secret}"})
    assert session.get("/reports").status_code == token.get("/api/reports").status_code == 200
    User.objects.filter(pk=bob.pk).update(is_active=False)
    for method, address, operation in OPERATIONS:
        if door_of(operation.view_func) is not Access.PUBLIC:
            for client in (session, token):
                answer = client.generic(method, address, "{}", content_type="application/json")
                assert answer.status_code == 401, f"{method} {address}"
    for address, view in PAGES:
        if door_of(view) is not Access.PUBLIC:
            answer = session.get(address)
            assert answer.status_code == 302, address
            assert answer["Location"].startswith("/accounts/login/"), address
