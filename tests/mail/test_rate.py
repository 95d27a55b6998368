"""No more mails within any minute than the setting says, whichever worker sends them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presstime.mail import queries
from presstime.mail.models import Departure, Email, Message


def test_a_full_minute_lets_nothing_go_until_the_first_is_old(enqueue: Callable[..., Message], now: datetime) -> None:
    enqueue(*[f"reader{number}@example.com" for number in range(9)])
    first = [queries.claim(f"node-{number % 2}", now + timedelta(seconds=number), rate=3) for number in range(6)]
    assert [claimed is not None for claimed in first] == [True, True, True, False, False, False]
    assert queries.claim("node-1", now + timedelta(seconds=59.9), rate=3) is None
    assert queries.claim("node-1", now + timedelta(seconds=60), rate=3) is not None
    assert queries.claim("node-2", now + timedelta(seconds=60), rate=3) is None
    assert queries.claim("node-2", now + timedelta(seconds=60)) is not None  # without a limit


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.integers(0, 25), min_size=1, max_size=30), rate=st.integers(1, 4))
def test_no_minute_has_more_departures_than_the_rate(
    enqueue: Callable[..., Message], now: datetime, steps: list[int], rate: int
) -> None:
    Departure.objects.all().delete()
    Email.objects.all().delete()
    enqueue(*[f"reader{number}@example.com" for number in range(len(steps))])
    left, at = [], now
    for step in steps:
        at += timedelta(seconds=step)
        if queries.claim("node-1", at, rate=rate):
            left.append(at)
    assert left[0] == now + timedelta(seconds=steps[0])
    assert all(sum(each <= other < each + timedelta(minutes=1) for other in left) <= rate for each in left)
