"""No more connections to the mail server than the setting says, whichever worker has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from presstime.breakers.states import Policy as Breaking
from presstime.mail.lines import LEASE, RENEW, Lines
from presstime.mail.loops import Sender
from presstime.mail.models import Email, Line, Message
from presstime.mail.states import Policy, Status
from tests.mail.smtp_server import Mailbox

pytestmark = pytest.mark.django_db(transaction=True)
Enqueue = Callable[..., Message]


def test_two_workers_share_the_lines(now: datetime) -> None:
    one, two = Lines("one", 3), Lines("two", 3)
    assert [one.hold(0, now), one.hold(1, now), two.hold(0, now)] == [True, True, True]
    assert not two.hold(1, now)
    assert one.hold(0, now)  # its own, again
    assert set(Line.objects.values_list("number", flat=True)) == {1, 2, 3}
    one.give_back()
    assert two.hold(1, now)
    assert set(Line.objects.values_list("node", flat=True)) == {"two"}


def test_a_line_is_renewed_in_use_and_free_when_its_holder_is_gone(now: datetime) -> None:
    one, two = Lines("one", 1), Lines("two", 1)
    assert one.hold(0, now)
    assert one.hold(0, now + RENEW)
    assert Line.objects.get().until == now + RENEW + LEASE
    assert not two.hold(0, now + LEASE)
    assert two.hold(0, now + RENEW + LEASE)
    assert not one.hold(0, now + RENEW + LEASE)  # it was taken over meanwhile


def test_a_successor_of_the_same_name_takes_over_at_once(now: datetime) -> None:
    assert Lines("one", 1).hold(0, now)
    successor = Lines("one", 1)
    assert not successor.hold(0, now)
    successor.take_over()
    assert successor.hold(0, now)
    successor.take_over()
    assert Line.objects.count() == 1


@pytest.fixture
def make(tmp_path: Path, reports: Path, now: datetime, port: int) -> Iterator[Callable[[str], Sender]]:
    with ExitStack() as stack:

        def sender(node: str) -> Sender:
            made = Sender(
                address=f"smtp://127.0.0.1:{port}?tls=none",
                reports=reports,
                journals=tmp_path / node,
                node=node,
                policy=Policy(timedelta(seconds=60)),
                connections=1,
                breaking=Breaking(5, timedelta(seconds=30), timedelta(seconds=300)),
                clock=lambda: now,
            )
            stack.callback(made.close)
            return made

        yield sender


def test_a_second_worker_waits_for_the_only_connection_and_spends_no_try(
    make: Callable[[str], Sender], enqueue: Enqueue, mailbox: Mailbox, now: datetime
) -> None:
    enqueue("ann@example.com")
    enqueue("bo@example.com")
    one, two = make("one"), make("two")
    assert one.step(0, now)
    assert not two.step(0, now)
    assert Email.objects.get(status=Status.PENDING).attempts == 0
    assert mailbox.connections == 1
    one.close()
    assert two.step(0, now)
    assert {received.recipient for received in mailbox.received} == {"ann@example.com", "bo@example.com"}
