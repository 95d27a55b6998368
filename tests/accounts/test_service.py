"""Users and tokens below all faces."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth import authenticate

from presstime.accounts import queries, service, tokens
from presstime.accounts.models import User
from presstime.accounts.rights import RIGHTS, Right, Role, allowed
from presstime.base.errors import Conflict, Invalid, NotFound

PASSWORD = "a long enough phrase"


def fields(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [problem.field for problem in refused.value.problems]


def test_a_new_user_signs_in_with_the_password(db: None, now: datetime) -> None:
    user = service.create_user("Änne", "a@example.com", "author", PASSWORD, now)
    assert authenticate(username="Änne", password=PASSWORD) == user
    assert PASSWORD not in user.password


def test_a_name_is_taken_in_any_case(alice: User, now: datetime) -> None:
    with pytest.raises(Invalid, match="is taken") as refused:
        service.create_user("Alice", "a@example.com", "viewer", PASSWORD, now)
    assert fields(refused) == ["name"]


@pytest.mark.parametrize("name", ["", "a b", "x" * 151, "01a20be5-6f1d-7652-b857-5d000bd4c8e9", "a\x00b", "<b>"])
def test_a_wrong_name_is_refused(db: None, now: datetime, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        service.create_user(name, "a@example.com", "viewer", PASSWORD, now)
    assert fields(refused) == ["name"]


def test_all_faults_of_a_user_are_told_at_once(db: None, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        service.create_user("a b", "nowhere", "boss", "short", now)
    assert set(fields(refused)) == {"name", "email", "role", "password"}
    assert not User.objects.exists()


def test_of_two_administrators_only_one_may_leave(
    admin: User, make_user: Callable[[str, str], User], now: datetime
) -> None:
    other = make_user("erin", "admin")
    service.disable(other, now)
    with pytest.raises(Conflict, match="last administrator"):
        service.disable(admin, now)
    with pytest.raises(Conflict, match="last administrator"):
        service.set_role(admin, "viewer", now)
    service.enable(other, now)
    service.set_role(admin, "viewer", now)
    assert [user.username for user in queries.lock_active_admins()] == ["erin"]


def test_changing_somebody_else_does_not_need_a_second_administrator(admin: User, bob: User, now: datetime) -> None:
    service.set_role(bob, "author", now)
    service.disable(bob, now)
    bob.refresh_from_db()
    assert (bob.role, bob.is_active) == ("author", False)


def test_a_user_who_is_switched_off_has_no_right(charlie: User) -> None:
    assert not any(charlie.can(right) for right in Right)


def test_a_token_gives_what_scope_and_role_both_allow() -> None:
    for role in Role:
        for right in Right:
            assert allowed(role, None, right) == allowed(role, frozenset({"all"}), right) == (right in RIGHTS[role])
            assert allowed(role, frozenset({right.value}), right) == (right in RIGHTS[role])
            assert not allowed(role, frozenset(), right)


def test_a_token_ends_at_its_last_moment(alice: User, now: datetime) -> None:
    _, secret = service.create_token(alice, "x", ["all"], now, days=1)
    end = now + timedelta(days=1)
    assert service.authenticate_token(secret, end - timedelta(microseconds=1), ip=None) == alice
    with pytest.raises(service.Unauthenticated, match="expired on 2026-11-25"):
        service.authenticate_token(secret, end, ip=None)


def test_a_token_is_found_by_id_or_beginning(alice: User, now: datetime) -> None:
    token, _ = service.create_token(alice, "x", ["all"], now)
    assert queries.get_token(str(token.pk)) == token == queries.get_token(token.prefix)
    with pytest.raises(NotFound):
        queries.get_token("pt_")


def test_tokens_are_long_random_and_marked() -> None:
    made = {tokens.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(secret.startswith("pt_") and len(secret) >= 46 for secret in made)


def test_somebody_switched_off_gets_no_token(charlie: User, now: datetime) -> None:
    with pytest.raises(Invalid, match="switched off"):
        service.create_token(charlie, "x", ["all"], now)
