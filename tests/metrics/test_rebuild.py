"""Counting anew keeps what others count meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections

from presstime.base.configuration_fields import Configuration
from presstime.metrics import service
from presstime.metrics.models import Built, Tally
from presstime.metrics.service import Ledger, keep
from presstime.metrics.states import Event, Row, Span
from presstime.processes.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ledger(now: datetime) -> Iterator[Ledger]:
    """Three events in the rows; while they are read another process counts one more."""

    def history(_: Span | None) -> Iterator[Event]:
        for _number in range(3):
            yield Event(now, [Row("done", 1, 10)])
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join(20)

    def elsewhere() -> None:
        made.record(now, [Row("done", 1, 5)])
        connections.close_all()

    made = keep(Ledger("trial", history))
    yield made
    del service._ledgers["trial"]


def test_what_is_counted_while_the_rows_are_read_is_added(ledger: Ledger, now: datetime) -> None:
    ledger.record(now, [Row("done", 100, 0), Row("never", 1, 0)])  # wrong, and to be mended
    assert service.rebuild(now, ["trial"]) == {"trial": 3}
    found = {(row.label, row.hours): (row.count, row.amount) for row in Tally.objects.filter(series="trial")}
    assert found == {("done", hours): (4, 35) for hours in (0, 1, 24)}
    assert connection.in_atomic_block is False


def test_a_series_is_built_once_for_each_version(ledger: Ledger, now: datetime) -> None:
    assert service.build_missing(now)["trial"] == 3
    assert "trial" not in service.build_missing(now)
    Built.objects.filter(series="trial").update(version=0)
    assert service.build_missing(now)["trial"] == 3


def test_what_another_process_has_built_meanwhile_is_not_counted_twice(now: datetime) -> None:
    is_first = True

    def history(_: Span | None) -> Iterator[Event]:
        nonlocal is_first
        if is_first:
            is_first = False
            faster = threading.Thread(target=elsewhere)
            faster.start()
            faster.join(20)
        yield Event(now, [Row("done", 3)])

    def elsewhere() -> None:
        service.build_missing(now + timedelta(seconds=1))
        connections.close_all()

    keep(Ledger("trial", history))
    try:
        assert service.rebuild(now, ["trial"]) == {"trial": 1}
    finally:
        del service._ledgers["trial"]
    found = {row.hours: row.count for row in Tally.objects.filter(series="trial")}
    assert found == dict.fromkeys((0, 1, 24), 3)


def test_a_worker_counts_beside_its_work_and_ends_at_once_when_it_is_told_to(
    now: datetime, configuration: Configuration
) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def history(_: Span | None) -> Iterator[Event]:
        begun.set()
        goes_on.wait(20)
        while True:
            yield Event(now, [Row("done")])

    keep(Ledger("trial", history))
    worker = Worker(configuration)
    try:
        worker._take_over(now)
        loops = {loop.name: loop for loop in worker._loops()}
        assert not begun.is_set()
        loops["counts"].start()
        assert begun.wait(20)
        worker._fire(now)  # nobody waits for it
        worker._stopping.set()
        goes_on.set()
        loops["counts"].stop()
        assert loops["counts"].join(timedelta(seconds=20))
    finally:
        del service._ledgers["trial"]
        worker._stopping.set()
        worker._sender.close()
        worker._listener.close()
        worker._node.release()
    assert not Built.objects.filter(series="trial").exists()
    assert not Tally.objects.filter(series="trial").exists()
