from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections

from presstime.base import clock
from presstime.breakers.states import Policy as BreakerPolicy
from presstime.mail.loops import Sender
from presstime.mail.models import Email, Message
from presstime.mail.states import Policy, Status
from tests.mail.smtp_server import Mailbox

pytestmark = pytest.mark.django_db(transaction=True)

Make = Callable[..., Sender]
BREAKING = BreakerPolicy(failures=3, pause=timedelta(seconds=30), longest=timedelta(seconds=300))


@pytest.fixture
def make_sender(tmp_path: Path, reports: Path, now: datetime) -> Iterator[Make]:
    """`make_sender("smtp://127.0.0.1:2525")`; its clock stands still at `now`."""
    with ExitStack() as stack:

        def make(address: str, *, connections: int = 1, node: str = "node-1", **policy: object) -> Sender:
            sender = Sender(
                address=address,
                reports=reports,
                journals=tmp_path / "courier",
                node=node,
                policy=Policy(timedelta(seconds=60), **policy),  # type: ignore[arg-type]
                connections=connections,
                breaking=BREAKING,
                clock=lambda: now,
                jitter=lambda: 0.0,
            )
            stack.callback(sender.close)
            return sender

        yield make


def test_a_hundred_mails_go_out_in_two_seconds(
    make_sender: Make, enqueue: Callable[..., Message], mailbox: Mailbox, port: int, now: datetime
) -> None:
    arrived = threading.Event()
    at_data = mailbox.at_data

    def count(address: str) -> str:
        if len(mailbox.received) == 99:
            arrived.set()
        return at_data(address)

    mailbox.at_data = count
    enqueue(*[f"reader{number}@example.com" for number in range(100)], at=clock.now())
    sender = make_sender(f"smtp://127.0.0.1:{port}", connections=4)
    loops = sender.loops(after_each=connections.close_all)
    for loop in loops:
        loop.start()
    assert arrived.wait(20)
    for loop in loops:
        loop.stop()
    assert all(loop.join(timedelta(seconds=10)) for loop in loops)
    assert len({received.recipient for received in mailbox.received}) == len(mailbox.received) == 100
    assert Email.objects.filter(status=Status.SENT).count() == 100


def test_what_this_sender_is_sending_is_no_predecessors(
    make_sender: Make, enqueue: Callable[..., Message], mailbox: Mailbox, port: int, now: datetime
) -> None:
    enqueue("ann@example.com")
    sender = make_sender(f"smtp://127.0.0.1:{port}", connections=2)
    claimed = sender._claim(1, now)  # one connection is ahead of the one that looks after predecessors
    assert claimed is not None
    assert sender.recover(now)
    email = Email.objects.get()
    assert (email.status, email.fence) == (Status.SENDING, claimed.fence)


def test_a_predecessors_mail_is_recovered_while_this_sender_is_at_work(
    make_sender: Make, enqueue: Callable[..., Message], mailbox: Mailbox, port: int, now: datetime
) -> None:
    enqueue("ann@example.com")
    enqueue("bo@example.com")
    address = f"smtp://127.0.0.1:{port}"
    predecessor = make_sender(address)
    predecessor._way.prepare()
    assert predecessor._claim(0, now) is not None
    process, predecessor._way.couriers._process = predecessor._way.couriers._process, None  # it was killed here
    for channel in predecessor._way.couriers._channels:
        channel.close()
    process.wait(10)

    sender = make_sender(address, connections=2)
    assert sender.step(1, now)
    assert sender.recover(now)
    assert [email.status for email in Email.objects.order_by("id")] == [Status.PENDING, Status.SENT]
    while sender.step(0, now):
        pass
    assert sorted(received.recipient for received in mailbox.received) == ["ann@example.com", "bo@example.com"]
    assert not Email.objects.filter(uncertain=True).exists()
