from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connections

from presstime.alerts.models import Alert
from presstime.base.errors import Conflict, NotFound
from presstime.breakers import queries, service
from presstime.breakers.closings import closed
from presstime.breakers.models import Breaker
from presstime.breakers.service import Target
from presstime.breakers.states import Kind, Policy, State

SHOP = Target(Kind.SOURCE, "0197-shop", "shop")
MAIL = Target(Kind.MAIL_SERVER, "d1", "mail.example.com:25")
POLICY = Policy(failures=3, pause=timedelta(seconds=30), longest=timedelta(seconds=300))
LEASE = timedelta(seconds=60)
PAUSE = timedelta(seconds=30)

pytestmark = pytest.mark.django_db(transaction=True)


def fail(target: Target = SHOP, times: int = 3, *, now: datetime) -> None:
    for _ in range(times):
        service.report_failure(target, "The server refuses connections.", POLICY, now)


def state() -> str:
    return Breaker.objects.get().state


@pytest.fixture
def closings():
    heard: list[Kind] = []

    def hear(kind, **_):
        heard.append(kind)

    closed.connect(hear)
    yield heard
    closed.disconnect(hear)


def test_it_opens_at_the_third_failure_in_a_row_and_says_so(now, caplog):
    fail(times=2, now=now)
    service.report_success(SHOP, now)
    fail(times=2, now=now)
    assert service.is_closed(SHOP)
    fail(times=1, now=now)
    assert not service.is_closed(SHOP)
    breaker = Breaker.objects.get()
    assert (breaker.failures, breaker.opened_at, breaker.next_trial_at) == (3, now, now + PAUSE)
    assert breaker.last_error == "The server refuses connections."
    assert "breaker of the source shop: open, next trial in 30 s" in caplog.text
    alert = Alert.objects.get()
    assert (alert.kind, alert.status, alert.title) == ("breaker_open", "open", "The source “shop” is cut off for now")


def test_a_target_that_never_failed_is_closed_and_costs_no_row(now):
    service.report_success(SHOP, now)
    assert service.is_closed(SHOP)
    assert service.take_trial(SHOP, "one", LEASE, now) is None
    assert not Breaker.objects.exists()


def test_a_refused_sign_in_opens_at_once(now):
    assert not service.report_failure(MAIL, "535 no", POLICY, now, at_once=True)
    assert Alert.objects.get().kind == "email_server"


def test_a_successful_trial_closes_it_and_tells_those_who_wait(now, closings):
    fail(now=now)
    assert service.take_trial(SHOP, "one", LEASE, now) is None  # too early
    trial = service.take_trial(SHOP, "one", LEASE, now + PAUSE)
    assert trial is not None
    assert (state(), closings) == (State.HALF_OPEN, [])
    assert service.end_trial(trial, "", POLICY, now + PAUSE)
    assert (state(), closings) == (State.CLOSED, [Kind.SOURCE])
    assert Alert.objects.get().status == "cleared"


def test_a_failed_trial_opens_it_again_for_longer(now):
    fail(now=now)
    later = now + PAUSE
    trial = service.take_trial(SHOP, "one", LEASE, later)
    assert service.end_trial(trial, "Still refused.", POLICY, later)
    breaker = Breaker.objects.get()
    assert (breaker.state, breaker.opened_at, breaker.next_trial_at) == (State.OPEN, now, later + 2 * PAUSE)
    assert (breaker.last_error, Alert.objects.get().count) == ("Still refused.", 2)


def test_a_trial_whose_worker_died_blocks_for_its_lease_and_no_longer(now):
    fail(now=now)
    taken = now + PAUSE
    lost = service.take_trial(SHOP, "one", LEASE, taken)
    assert service.take_trial(SHOP, "two", LEASE, taken + LEASE - timedelta(seconds=1)) is None
    second = service.take_next_trial(Kind.SOURCE, "two", LEASE, taken + LEASE)
    assert second is not None
    assert not service.end_trial(lost, "", POLICY, taken + LEASE)  # it has passed to somebody else
    assert state() == State.HALF_OPEN
    assert service.end_trial(second, "", POLICY, taken + LEASE)


def test_a_worker_that_comes_back_gives_its_trial_back_at_once(now):
    fail(now=now)
    service.take_trial(SHOP, "one", LEASE, now + PAUSE)
    service.give_back_trials_of(Kind.SOURCE, "two", now + PAUSE)
    assert state() == State.HALF_OPEN
    service.give_back_trials_of(Kind.SOURCE, "one", now + PAUSE)
    assert service.take_trial(SHOP, "two", LEASE, now + PAUSE) is not None


def test_a_late_failure_changes_nothing_but_the_words(now):
    fail(now=now)
    before = Breaker.objects.get().standing
    service.report_failure(SHOP, "Reset by peer.", POLICY, now + timedelta(seconds=9))
    service.report_success(SHOP, now + timedelta(seconds=9))
    breaker = Breaker.objects.get()
    assert (breaker.standing, breaker.last_error) == (before, "Reset by peer.")


def test_a_person_closes_it_by_hand_once(now, closings):
    fail(now=now)
    breaker = service.reset(Breaker.objects.get().pk, now)
    assert (breaker.state, breaker.openings, closings) == (State.CLOSED, 0, [Kind.SOURCE])
    with pytest.raises(Conflict):
        service.reset(breaker.pk, now)
    with pytest.raises(NotFound):
        service.reset("nonsense", now)


def test_another_mail_server_begins_anew(now, closings):
    fail(MAIL, now=now)
    fail(SHOP, now=now)
    service.forget_others(Target(Kind.MAIL_SERVER, "d2", "mail.example.com:25"), now)
    assert [breaker.kind for breaker in Breaker.objects.all()] == [Kind.SOURCE]
    assert closings == [Kind.MAIL_SERVER]
    assert Alert.objects.get(kind="email_server").status == "cleared"


def test_what_is_open_can_be_counted_for_metrics(now):
    fail(MAIL, now=now)
    fail(SHOP, times=1, now=now)
    assert {(each.kind, each.name): each.state for each in queries.list_breakers()} == {
        (Kind.MAIL_SERVER, "mail.example.com:25"): State.OPEN,
        (Kind.SOURCE, "shop"): State.CLOSED,
    }


def test_of_many_workers_one_gets_the_trial(now):
    fail(now=now)
    at_once = threading.Barrier(8)
    trials = []

    def work(number: int) -> None:
        try:
            at_once.wait(10)
            for take in range(10):
                seconds = timedelta(seconds=take)
                trials.append(service.take_next_trial(Kind.SOURCE, f"worker-{number}", LEASE, now + PAUSE + seconds))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(trials) == 80
    assert len([trial for trial in trials if trial is not None]) == 1


def test_failures_of_many_workers_are_all_counted(now):
    many = Policy(failures=100, pause=PAUSE, longest=PAUSE)

    def work() -> None:
        try:
            for _ in range(5):
                service.report_failure(SHOP, "refused", many, now)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Breaker.objects.get().failures == 30
