"""The rates are those of the raw rows, at any moment."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presstime.base.ids import uuid7
from presstime.executions import tallies
from presstime.executions.endings import Ending
from presstime.executions.models import Execution
from presstime.executions.states import Status
from presstime.mail.models import Email
from presstime.metrics import service, states
from presstime.metrics.models import Tally
from presstime.metrics.registry import collect
from presstime.metrics.states import FINE, MICROSECONDS, WINDOWS, bucket

Make = Callable[..., Execution]
STATUSES = ("succeeded", "dead", "cancelled")


def value(found: Any, name: str, **labels: str) -> float | None:
    values = [each.value for each in found.samples if each.metric.name == name and dict(each.labels) == labels]
    assert len(values) == 1, (name, labels, values)
    return values[0]


ENDS = st.lists(
    st.tuples(
        st.timedeltas(timedelta(), timedelta(days=32)),  # before now
        st.sampled_from(STATUSES),
        st.integers(0, 7200 * MICROSECONDS),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=ENDS, shift=st.timedeltas(timedelta(), timedelta(hours=2)), is_built=st.booleans())
def test_the_rates_equal_those_of_the_raw_rows(
    make: Make, now: datetime, ends: list[tuple[timedelta, str, int]], shift: timedelta, is_built: bool
) -> None:
    Execution.objects.all().delete()
    Tally.objects.all().delete()
    template = make()
    Execution.objects.all().delete()
    now += shift
    rows = [_ended(template, now - ago, status, micros) for ago, status, micros in ends]
    with transaction.atomic():
        Execution.objects.bulk_create(rows)
        for execution in rows if not is_built else []:
            assert execution.finished_at is not None
            tallies.count_end(ending=Ending(execution, Status(execution.status), execution.finished_at))
    if is_built:
        assert service.rebuild(now)["executions"] == len(ends)
    found = collect(now)
    for window, length in WINDOWS.items():
        raw = [(status, micros) for ago, status, micros in ends if ago <= length]
        judged = [micros for status, micros in raw if status != "cancelled"]
        good = sum(status == "succeeded" for status, _ in raw)
        expected = good / len(judged) if judged else None
        assert value(found, "presstime_execution_success_ratio", window=window) == expected
        average = sum(judged) / MICROSECONDS / len(judged) if judged else None
        assert value(found, "presstime_execution_duration_average_seconds", window=window) == pytest.approx(average)
        for status in STATUSES:
            number = value(found, "presstime_executions_finished", window=window, status=status)
            assert number == sum(each == status for each, _ in raw)
        _check_quantile(found, window, sorted(judged))


def _ended(template: Execution, at: datetime, status: str, micros: int) -> Execution:
    execution = copy(template)
    execution.pk, execution.status, execution.finished_at = uuid7(), status, at
    execution.started_at = at - timedelta(microseconds=micros)
    return execution


def _check_quantile(found: Any, window: str, judged: list[int]) -> None:
    middle = value(found, "presstime_execution_duration_quantile_seconds", window=window, quantile="0.5")
    if not judged:
        assert middle is None
        return
    exact = judged[(len(judged) + 1) // 2 - 1] / MICROSECONDS
    place = FINE.index(float(bucket(exact).removeprefix("le ")))
    assert middle is not None
    assert (FINE[place - 1] if place else 0) <= middle <= FINE[place]


@given(st.integers(0, 200_000 * MICROSECONDS))
def test_a_bucket_is_the_narrowest_that_holds_the_duration(micros: int) -> None:
    upper = float(bucket(micros / MICROSECONDS).removeprefix("le "))
    assert micros / MICROSECONDS <= upper
    smaller = [bound for bound in FINE if bound < upper]
    assert not smaller or smaller[-1] < micros / MICROSECONDS


def test_buckets_add_up() -> None:
    known = [(0.1, 3), (5.0, 2), (float("inf"), 1)]
    counted = dict(states.cumulative(known))
    assert (counted[0.1], counted[2.5], counted[5.0], counted[float("inf")]) == (3, 3, 5, 6)


@pytest.mark.django_db
def test_without_executions_there_is_no_rate(now: datetime) -> None:
    found = collect(now)
    assert value(found, "presstime_execution_success_ratio", window="24h") is None
    assert value(found, "presstime_executions_finished", window="24h", status="succeeded") == 0
    assert value(found, "presstime_email_success_ratio", window="7d") is None


def test_a_failed_email_that_is_retried_counts_by_how_it_ended(make: Make, now: datetime) -> None:
    from presstime.mail import queries
    from presstime.mail import service as mail
    from presstime.mail.composition import Composed
    from presstime.mail.states import Failed, Priority, Sent

    with transaction.atomic():
        mail.enqueue(
            Composed(path=None, bytes=1, sha256="0"),  # type: ignore[arg-type]
            {"to": ["a@example.com", "b@example.com"]},
            execution_id=make().pk,
            subject="x",
            sender="x@example.com",
            message_id="<1@x>",
            relative_path="x",
            priority=Priority.SCHEDULED,
            now=now,
        )
    for end in (Failed("refused", "no"), Sent("250")):
        claimed = queries.claim("node", now)
        assert claimed is not None
        assert queries.settle(claimed, end, now)
    assert _email_ratio(now) == 0.5
    assert mail.retry_many([str(email.pk) for email in Email.objects.filter(status="failed")], now).done == 1
    assert _email_ratio(now) == 1.0
    later = now + timedelta(hours=3)
    claimed = queries.claim("node", later)
    assert claimed is not None
    assert queries.settle(claimed, Sent("250"), later)
    found = collect(later)
    assert value(found, "presstime_emails_finished", window="24h", status="sent") == 2
    assert value(found, "presstime_emails_finished", window="24h", status="failed") == 0
    assert value(found, "presstime_emails_total", status="failed") == 1
    before = _counted()
    assert before == {("sent", now.hour): 1, ("sent", later.hour): 1}
    service.rebuild(later)
    assert _counted() == before


def _counted() -> dict[tuple[str, int], int]:
    rows = Tally.objects.filter(series="emails", count__gt=0, hours=1)
    return {(row.label, row.hour.hour): row.count for row in rows}


def _email_ratio(now: datetime) -> float | None:
    return value(collect(now), "presstime_email_success_ratio", window="24h")
