from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections

from presstime.alerts.models import Alert
from presstime.breakers import service as breakers
from presstime.breakers.models import Breaker
from presstime.breakers.states import Policy as BreakerPolicy
from presstime.breakers.states import State
from presstime.mail.loops import Sender
from presstime.mail.models import Email, Message
from presstime.mail.presentation import present
from presstime.mail.states import (
    Accepted,
    Broken,
    Health,
    Outcome,
    Policy,
    Refused,
    Retry,
    Stage,
    Status,
    Try,
    Unsendable,
    diagnose,
    held,
    is_about_the_server,
)
from tests.machine import free_port, wait_until
from tests.mail.smtp_server import Mailbox, authenticator, smtp_server

BREAKING = BreakerPolicy(failures=3, pause=timedelta(seconds=30), longest=timedelta(seconds=300))
PAUSE = timedelta(seconds=30)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


Make = Callable[..., Sender]
Enqueue = Callable[..., Message]


@pytest.fixture
def make_sender(tmp_path: Path, reports: Path, clock: Clock) -> Iterator[Make]:
    with ExitStack() as stack:

        def make(port: int, *, user: str = "", connections: int = 1, node: str = "node-1") -> Sender:
            sender = Sender(
                address=f"smtp://{user}127.0.0.1:{port}",
                reports=reports,
                journals=tmp_path / "courier",
                node=node,
                policy=Policy(timedelta(seconds=60)),
                connections=connections,
                breaking=BREAKING,
                clock=clock,
                jitter=lambda: 0.0,
            )
            stack.callback(sender.close)
            return sender

        yield make


def send_all(sender: Sender, clock: Clock) -> None:
    while sender.step(0, clock()):
        pass


pytestmark = pytest.mark.django_db(transaction=True)


def test_while_the_server_is_away_mail_waits_and_spends_no_try(make_sender: Make, enqueue: Enqueue, clock: Clock):
    enqueue(*[f"reader{number}@example.com" for number in range(20)])
    port = free_port()
    sender = make_sender(port)
    send_all(sender, clock)
    breaker = Breaker.objects.get()
    assert (breaker.state, breaker.name, breaker.failures) == (State.OPEN, f"127.0.0.1:{port}", 3)
    assert "Connection refused" in breaker.last_error
    assert Alert.objects.get().kind == "email_server"
    # Two failed before it opened; the third opened it and waits with all the others.
    assert sorted(Email.objects.values_list("attempts", flat=True)) == [0] * 18 + [1] * 2

    assert {present(email)["waiting_for"] for email in Email.objects.all()} == {"breaker"}

    clock.now += PAUSE
    assert sender.step(0, clock())  # the trial, which fails
    assert not sender.step(0, clock())
    assert Breaker.objects.get().next_trial_at == clock() + 2 * PAUSE
    assert sorted(Email.objects.values_list("attempts", flat=True)) == [0] * 18 + [1] * 2

    clock.now += 2 * PAUSE
    mailbox = Mailbox()
    with smtp_server(mailbox, port=port):
        send_all(sender, clock)
        assert Breaker.objects.get().state == State.CLOSED
        assert len({received.recipient for received in mailbox.received}) == len(mailbox.received) == 20
        sender.close()
    assert Email.objects.filter(status=Status.SENT).count() == 20
    assert Alert.objects.get().status == "cleared"


def test_a_refused_sign_in_opens_at_once_and_a_new_password_closes(
    make_sender: Make, enqueue: Enqueue, clock: Clock, mailbox: Mailbox
):
    enqueue("ann@example.com", "bo@example.com")
    options = {"authenticator": authenticator("pres", "right"), "auth_require_tls": False}
    with smtp_server(mailbox, **options) as port:
        sender = make_sender(port, user="pres:wrong@")
        send_all(sender, clock)
        assert Breaker.objects.get().state == State.OPEN
        assert [(email.attempts, email.error_code) for email in Email.objects.order_by("id")] == [
            (0, "authentication"),
            (0, ""),
        ]
        sender.close()
        mended = make_sender(port, user="pres:right@")
        send_all(mended, clock)
        mended.close()
    assert Email.objects.filter(status=Status.SENT).count() == 2
    assert [(breaker.state, breaker.failures) for breaker in Breaker.objects.all()] == []


def test_taking_over_again_does_not_give_back_the_trial_of_an_own_connection(
    make_sender: Make, clock: Clock, port: int
):
    sender = make_sender(port)
    assert sender.recover(clock())
    target = sender._gate._target
    assert target is not None
    breakers.report_failure(target, "It was away.", BREAKING, clock(), at_once=True)
    clock.now += PAUSE
    assert sender._gate.ask(clock()) is not None
    assert sender.recover(clock())
    assert sender._gate.ask(clock()) is None


def test_of_several_connections_and_workers_one_sends_the_trial(
    make_sender: Make, enqueue: Enqueue, clock: Clock, mailbox: Mailbox
):
    enqueue(*[f"reader{number}@example.com" for number in range(12)])
    under_way, go_on = threading.Event(), threading.Event()

    def answer(address: str) -> str:
        under_way.set()
        go_on.wait(20)
        return "250 Ok"

    mailbox.at_rcpt = answer
    with smtp_server(mailbox) as port:
        senders = [make_sender(port, connections=2, node=f"node-{number}") for number in range(2)]
        for sender in senders:
            assert sender.recover(clock())
        target = senders[0]._gate._target
        assert target is not None
        breakers.report_failure(target, "It was away.", BREAKING, clock(), at_once=True)
        clock.now += PAUSE
        took: list[bool] = []

        def work(sender: Sender, number: int) -> None:
            try:
                took.append(sender.step(number, clock()))
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work, args=(sender, number)) for sender in senders for number in range(2)]
        for thread in threads:
            thread.start()
        assert under_way.wait(20)
        wait_until(
            lambda: len([thread for thread in threads if thread.is_alive()]) == 1, "the others were told to wait"
        )
        assert Email.objects.filter(status=Status.SENDING).count() == 1
        go_on.set()
        for thread in threads:
            thread.join(20)
        assert sorted(took) == [False, False, False, True]
        assert Breaker.objects.get().state == State.CLOSED
        for sender in senders:
            sender.close()


def test_a_mail_that_cannot_be_sent_leaves_the_trial_to_the_next(
    make_sender: Make, enqueue: Enqueue, clock: Clock, mailbox: Mailbox, reports: Path
):
    message = enqueue("ann@example.com")
    (reports / message.path).unlink()
    enqueue("bo@example.com")
    with smtp_server(mailbox) as port:
        sender = make_sender(port)
        assert sender.recover(clock())
        breakers.report_failure(sender._gate._target, "It was away.", BREAKING, clock(), at_once=True)
        clock.now += PAUSE
        assert sender.step(0, clock())
        assert Breaker.objects.get().state == State.OPEN
        assert sender.step(0, clock())
        sender.close()
    assert Breaker.objects.get().state == State.CLOSED
    assert [email.status for email in Email.objects.order_by("id")] == [Status.FAILED, Status.SENT]


@pytest.mark.parametrize(
    ("outcome", "health", "about_the_server"),
    [
        (Accepted("250 Ok"), Health.ANSWERS, False),
        (Unsendable("file_missing", "gone"), Health.UNKNOWN, False),
        (Broken(Stage.CONNECT, "refused"), Health.FAILS, True),
        (Broken(Stage.TLS, "certificate"), Health.FAILS, True),
        (Broken(Stage.DATA, "reset"), Health.FAILS, False),
        (Broken(Stage.END, "reset"), Health.FAILS, False),
        (Refused(Stage.CONNECT, 554, "no service"), Health.FAILS, True),
        (Refused(Stage.END, 421, "closing"), Health.FAILS, False),
        (Refused(Stage.AUTH, 454, "later"), Health.FAILS, True),
        (Refused(Stage.AUTH, 535, "wrong"), Health.REFUSES_US, True),
        (Refused(Stage.MAIL, 530, "sign in first"), Health.REFUSES_US, True),
        (Refused(Stage.RCPT, 451, "4.7.1 greylisted"), Health.ANSWERS, False),
        (Refused(Stage.RCPT, 550, "nobody"), Health.ANSWERS, False),
        (Refused(Stage.MAIL, 552, "too large"), Health.ANSWERS, False),
    ],
)
def test_what_an_outcome_says_of_the_server(outcome: Outcome, health: Health, about_the_server: bool, now: datetime):
    said, words = diagnose(outcome)
    assert (said, is_about_the_server(outcome)) == (health, about_the_server)
    assert bool(words) == (health in (Health.FAILS, Health.REFUSES_US))
    if about_the_server:
        decision = held(outcome, Try(9, uncertain=False, at=now), Policy(timedelta(seconds=60)))
        assert isinstance(decision, Retry)
        assert (decision.at, decision.spent) == (now, False)
