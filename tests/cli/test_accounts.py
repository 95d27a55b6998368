"""`presstime user` and `presstime token`."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from presstime.accounts import queries, service
from presstime.accounts.models import Token, User
from presstime.base import clock
from presstime.base.errors import PresstimeError

Run = Callable[..., Result]
PASSWORD = "a long enough phrase"


def add(run: Run, name: str, role: str = "viewer", given: str = PASSWORD + "\n") -> Result:
    return run("user", "add", name, "--email", f"{name}@example.com", "--role", role, "--password-stdin", given=given)


def test_the_password_is_the_first_line_of_standard_input(run: Run) -> None:
    assert add(run, "eve", given=f"{PASSWORD}\r\nmore\n").exit_code == 0
    assert queries.get_user("eve").check_password(PASSWORD)


def test_without_a_terminal_the_password_is_not_guessed(run: Run) -> None:
    result = run("user", "add", "eve", "--email", "e@example.com", "--role", "viewer", given="")
    assert result.exit_code == 1
    assert "--password-stdin" in result.stderr
    assert queries.find_user("eve") is None


def test_all_faults_are_told_at_once(run: Run) -> None:
    result = add(run, "e v e", given="short\n")
    assert result.exit_code == 1
    told = result.stderr.removeprefix("presstime: ").splitlines()
    assert [line.partition(":")[0] for line in told] == ["name", "email", "password"]


def test_an_unknown_role_is_misuse_and_the_known_ones_are_named(run: Run) -> None:
    result = add(run, "eve", role="boss")
    assert result.exit_code == 2
    assert "operator" in result.stderr


def test_users_are_listed_for_people_and_for_scripts(run: Run, alice: User, charlie: User) -> None:
    lines = run("user", "list").stdout.splitlines()
    assert lines[0].split() == ["name", "role", "email", "active", "last_login_at"]
    assert lines[2].split() == ["charlie", "viewer", "charlie@example.com", "no", "-"]
    assert [user["name"] for user in json.loads(run("user", "list", "--json").stdout)] == ["alice", "charlie"]


def test_a_password_and_a_role_are_changed(run: Run, bob: User) -> None:
    assert run("user", "password", "bob", "--password-stdin", given="quite another phrase\n").exit_code == 0
    assert run("user", "role", "bob", "operator").stdout == '"bob" is now operator.\n'
    bob.refresh_from_db()
    assert (bob.check_password("quite another phrase"), bob.role) == (True, "operator")


def test_the_last_administrator_is_not_switched_off(run: Run, admin: User) -> None:
    assert run("user", "disable", "dana").exit_code == 1
    assert add(run, "erin", "admin").exit_code == 0
    assert run("user", "disable", "dana").exit_code == 0
    assert run("user", "enable", "dana").exit_code == 0


def test_a_token_made_here_works_until_it_is_revoked(run: Run, alice: User) -> None:
    printed = run("token", "create", "--user", "alice", "--name", "x", "--scopes", "reports:read, schedules:run")
    secret = printed.stdout.strip()
    assert service.authenticate_token(secret, clock.now(), ip=None) == alice
    assert Token.objects.get().scopes == ["reports:read", "schedules:run"]
    assert run("token", "revoke", str(Token.objects.get().pk)).exit_code == 0
    with pytest.raises(PresstimeError, match="revoked"):
        service.authenticate_token(secret, clock.now(), ip=None)
    assert run("token", "revoke", str(Token.objects.get().pk)).exit_code == 1


def test_a_list_of_tokens_never_holds_a_secret(run: Run, alice: User, bob: User) -> None:
    secret = json.loads(run("token", "create", "--user", "alice", "--name", "x", "--scopes", "all", "--json").stdout)
    listed = run("token", "list").stdout + run("token", "list", "--json").stdout
    assert secret["token"] not in listed
    assert secret["prefix"] in listed
    assert json.loads(run("token", "list", "--user", "bob", "--json").stdout) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--scopes", "all,reports:red"], '"reports:red"'), (["--scopes", "all", "--days", "0"], "1 to 365")],
)
def test_a_wrong_token_is_refused_in_words(run: Run, alice: User, options: list[str], said: str) -> None:
    result = run("token", "create", "--user", "alice", "--name", "x", *options)
    assert result.exit_code == 1
    assert said in result.stderr
    assert not Token.objects.exists()
