"""Pages by keyset: nothing is seen twice, nothing that was there is missed, whatever is added meanwhile."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presstime.accounts.models import User
from presstime.api.paging import page
from presstime.base.errors import Invalid

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def add(second: int, number: int) -> User:
    """A row at *second*; many rows share a second."""
    return User.objects.create(username=f"user-{number}", role="viewer", created_at=MONDAY + timedelta(seconds=second))


def read_all(order: str, limit: int, between: Callable[[], object] = lambda: None) -> list[User]:
    """Every row that a reader sees who goes on until the end, with *between* called before each further page."""
    seen: list[User] = []
    cursor = None
    while True:
        answer = page(User.objects.all(), order=order, limit=limit, cursor=cursor)
        seen += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            return seen
        between()


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seconds=st.lists(st.integers(0, 6), max_size=25),
    limit=st.integers(1, 9),
    added=st.lists(st.integers(0, 9), max_size=5),
    descending=st.booleans(),
)
def test_a_reader_sees_every_row_once_and_in_order_while_rows_are_added(
    seconds: list[int], limit: int, added: list[int], descending: bool
) -> None:
    User.objects.all().delete()
    before = {add(second, number).pk for number, second in enumerate(seconds)}
    waiting = list(enumerate(added, start=1000))

    seen = read_all(
        "-created_at" if descending else "created_at",
        limit,
        between=lambda: waiting and add(waiting[-1][1], waiting.pop()[0]),
    )

    keys = [(user.created_at, user.pk) for user in seen]
    assert keys == sorted(keys, reverse=descending)
    assert len(set(keys)) == len(keys)
    assert before <= {user.pk for user in seen}


@pytest.mark.django_db
def test_a_page_counts_all_rows_and_ends_with_no_cursor() -> None:
    for number in range(3):
        add(number, number)
    first = page(User.objects.all(), order="username", limit=2, present=lambda user: user.username)
    assert (first["items"], first["total"]) == (["user-0", "user-1"], 3)
    last = page(User.objects.all(), order="username", limit=2, cursor=first["next_cursor"], present=str)
    assert last == {"items": ["user-2"], "next_cursor": None, "total": 3}


@pytest.mark.django_db
def test_a_cursor_holds_in_its_own_order_only() -> None:
    add(0, 0), add(1, 1)
    cursor = page(User.objects.all(), order="username", limit=1)["next_cursor"]
    with pytest.raises(Invalid) as refused:
        page(User.objects.all(), order="-created_at", limit=1, cursor=cursor)
    assert refused.value.problems[0].field == "cursor"


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "ä",
        "!!!!",
        encoded(None),
        encoded([]),
        encoded({"a": 1}),
        encoded(["-created_at", "yesterday", "x"]),
        encoded(["-created_at", None, "01a20be5-6f1d-7652-b857-5d000bd4c8e9"]),
        encoded(["-created_at", "2026-11-24T09:00:00", "01a20be5-6f1d-7652-b857-5d000bd4c8e9"]),
        encoded(["-created_at", "2026-11-24T09:00:00+00:00", None]),
        encoded(["-created_at", [1], {}]),
        encoded("-created_at") * 3,
    ],
)
def test_a_broken_cursor_is_refused_by_name(cursor: str) -> None:
    with pytest.raises(Invalid, match="not a cursor of this list"):
        page(User.objects.all(), order="-created_at", cursor=cursor)


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_limit_outside_its_range_is_refused(limit: int) -> None:
    with pytest.raises(Invalid, match="from 1 to 500"):
        page(User.objects.all(), order="username", limit=limit)
