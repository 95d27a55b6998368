"""Counting anew keeps what others count meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import connection, connections

from presstime.metrics import service
from presstime.metrics.models import Built, Tally
from presstime.metrics.service import Ledger, keep
from presstime.metrics.states import Event, Row, Span

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
