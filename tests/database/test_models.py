"""The tables refuse what no code path may write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from presstime.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_user_with_an_unknown_role_is_refused_by_the_database(now: datetime) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="eve", role="owner", created_at=now)


def test_names_of_users_are_the_same_in_any_case(make_user: Callable[[str, str], User]) -> None:
    make_user("alice", "author")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user("ALICE", "viewer")


def test_sqlite_is_whole_durable_and_checks_foreign_keys() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite")
    with connection.cursor() as cursor:
        found = {}
        for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            cursor.execute(f"PRAGMA {pragma}")
            found[pragma] = cursor.fetchone()[0]
        cursor.execute("SELECT sqlite_version()")
        version = tuple(int(part) for part in cursor.fetchone()[0].split("."))
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    assert version >= (3, 51, 3)
