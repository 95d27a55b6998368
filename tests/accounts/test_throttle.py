"""The limit on failed sign-ins: five places a quarter of an hour, for all processes together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection

from presstime.accounts import throttle

IP = "192.0.2.7"


@pytest.fixture(autouse=True)
def _empty_cache(db: None) -> None:
    cache.clear()


def fail(times: int, now: datetime, *, username: str = "alice", ip: str = IP) -> timedelta | None:
    """Fail to sign in *times*; the wait that the next attempt is told."""
    for _ in range(times):
        throttle.begin(username, ip, now)
    return throttle.begin(username, ip, now).wait


def test_five_attempts_go_on_and_the_sixth_waits_for_the_end_of_the_window(now: datetime) -> None:
    assert fail(throttle.PLACES - 1, now) is None
    assert fail(0, now + timedelta(minutes=4)) == throttle.WINDOW - timedelta(minutes=4)


def test_after_the_window_attempts_go_on(now: datetime) -> None:
    assert fail(throttle.PLACES, now) is not None
    assert fail(0, now + throttle.WINDOW) is None


def test_a_name_is_the_same_in_any_case(now: datetime) -> None:
    assert fail(throttle.PLACES, now, username="Alice") is not None
    assert fail(0, now, username="aLICE") is not None


def test_other_names_and_other_addresses_are_not_held_up(now: datetime) -> None:
    assert fail(throttle.PLACES, now) is not None
    assert fail(0, now, username="bob") is None
    assert fail(0, now, ip="192.0.2.8") is None


def test_a_right_password_gives_its_place_back(now: datetime) -> None:
    for _ in range(throttle.PLACES * 3):
        attempt = throttle.begin("alice", IP, now)
        assert attempt.wait is None
        throttle.succeed(attempt)


def test_one_address_cannot_try_one_password_on_many_names(now: datetime) -> None:
    for number in range(throttle.PLACES_OF_AN_ADDRESS):
        assert fail(0, now, username=f"user-{number}") is None
    assert fail(0, now, username="one-more") is not None
    assert fail(0, now, username="one-more", ip="192.0.2.8") is None


@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_moment_get_no_more_places(now: datetime) -> None:
    def attempt(_: int) -> bool:
        try:
            return throttle.begin("alice", IP, now).wait is None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        went_on = sum(pool.map(attempt, range(24)))
    assert went_on == throttle.PLACES
