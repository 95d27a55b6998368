from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from presstime.breakers import service as breakers
from presstime.breakers.models import Breaker
from presstime.breakers.states import Kind, State
from presstime.executions import holding, queries, service
from presstime.executions.faults import Fault
from presstime.executions.isolation import prepare
from presstime.executions.models import Attempt, Execution
from presstime.executions.probing import Prober
from presstime.executions.states import Category, RetryPolicy, Status, WaitingFor
from presstime.sources import service as sources
from presstime.sources.models import Source
from tests.executions.conftest import DEFINITION, Make, add_report
from tests.machine import free_port

LEASE = timedelta(seconds=30)
RETRIES = RetryPolicy(timedelta(seconds=30), timedelta(seconds=900))
REFUSED = Fault(Category.NETWORK, "connection_refused", "Stock:9: No connection.", source="shop")


@pytest.fixture(scope="module", autouse=True)
def fork_server():
    prepare("forkserver")


def claim(now):
    return service.claim("one", now, now + LEASE)


def fail(execution, now, fault=REFUSED):
    return service.fail(execution, fault, policy=RETRIES, jitter=0.0, now=now)


def waiting() -> list[str]:
    return list(Execution.objects.order_by("id").values_list("waiting_for", flat=True))


@pytest.fixture
def open_breaker(make: Make, now, settings):
    """The breaker of the source "shop" after five failures of as many executions, which wait for their next attempts."""
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"source_breaker_failures": 5})
    for _ in range(5):
        make()
        fail(claim(now), now)
    breaker = Breaker.objects.get()
    assert (breaker.state, breaker.last_error) == (State.OPEN, "No connection.")
    return breaker


def test_what_needs_an_open_source_waits_without_an_attempt(make: Make, open_breaker, now):
    late = make()
    assert claim(now) is None
    late.refresh_from_db()
    assert (late.status, late.waiting_for, late.fence) == (Status.QUEUED, WaitingFor.BREAKER, 0)
    later = now + timedelta(seconds=60)  # the five that failed are due again
    assert claim(later) is None
    assert waiting() == [WaitingFor.BREAKER] * 6
    assert Attempt.objects.count() == 5


def test_one_that_is_not_due_yet_says_as_well_what_it_will_wait_for(make: Make, open_breaker, now):
    retrying = Execution.objects.filter(status=Status.RETRYING).first()
    assert (retrying.waiting_for, retrying.run_at > now) == ("", True)
    assert holding.held_by(retrying) == [open_breaker]
    breakers.reset(open_breaker.pk, now)
    assert holding.held_by(retrying) == []


def test_other_sources_go_on(make: Make, open_breaker, shop, now):
    sources.add(name="depot", url=f"sqlite:///{shop}", by=None, now=now)
    other = add_report("Depot", DEFINITION.replace("source: shop", "source: depot"), now)
    for _ in range(queries.HELD_AT_ONCE + 5):  # more than one transaction passes over
        make()
    free = make(report=other)
    assert claim(now) == free


def test_a_report_waits_for_all_of_its_sources(make: Make, open_breaker, shop, now):
    sources.add(name="depot", url=f"sqlite:///{shop}", by=None, now=now)
    text = DEFINITION.replace("source: shop", "source: depot").replace("```sql stock", "```sql stock source=shop")
    both = make(report=add_report("Both", text, now))
    assert claim(now) is None
    depot = Source.objects.get(name="depot")
    for _ in range(5):
        breakers.report_failure(sources.target_of(depot), "refused", breakers.policy_of(_settings(), Kind.SOURCE), now)
    breakers.reset(open_breaker.pk, now)
    assert claim(now) is None
    both.refresh_from_db()
    assert both.waiting_for == WaitingFor.BREAKER
    breakers.reset(Breaker.objects.get(name="depot").pk, now)
    assert claim(now) == both


def test_all_go_on_when_a_person_closes_it(make: Make, open_breaker, now):
    late = make()
    claim(now)
    breakers.reset(open_breaker.pk, now)
    assert set(waiting()) == {""}
    assert claim(now) == late


@pytest.mark.parametrize("what", ["deleted", "moved"])
def test_a_source_that_is_deleted_or_moved_holds_nobody(make: Make, open_breaker, shop, now, what):
    make()
    claim(now)
    if what == "moved":
        sources.change("shop", url=f"sqlite:///{shop}", now=now)
    else:
        sources.delete("shop", now)
    assert set(waiting()) == {""}
    assert not Breaker.objects.exists()


def test_a_cancelled_execution_waits_for_nothing(make: Make, open_breaker, now):
    late = make()
    claim(now)
    assert service.cancel(late.pk, now).waiting_for == ""


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Category.CONFIGURATION, "auth", "Wrong password.", source="shop"),
        Fault(Category.SYSTEM, "timeout", "Too long."),
        Fault(Category.DATA, "sql_syntax", "Wrong SQL.", source="shop"),
        Fault(Category.NETWORK, "connection_refused", "Something else was not reached."),
    ],
)
def test_only_the_network_of_a_source_counts(make: Make, now, fault):
    for _ in range(6):
        make()
        fail(claim(now), now, fault)
    assert not Breaker.objects.exists()


def test_a_success_or_an_answer_begins_the_count_anew(make: Make, now):
    for _ in range(4):
        make()
        fail(claim(now), now)
    assert Breaker.objects.get().failures == 4
    make()
    fail(claim(now), now, Fault(Category.DATA, "missing_table", "No such table.", source="shop"))
    assert Breaker.objects.get().failures == 0


def test_the_index_serves_the_claim_whatever_waits(make: Make, now):
    make()
    if connection.vendor == "sqlite":
        plan = queries.claimable(now).order_by("priority", "run_at", "id").explain()
        assert "waiting_for=?" in plan
        assert "ORDER BY" not in plan


def test_nobody_is_held_a_moment_after_the_breaker_has_closed(make: Make, open_breaker, now):
    """Claims and the reset in any order: nothing is left waiting for a closed breaker."""
    for _ in range(40):
        make()
    begin = threading.Barrier(4)

    def work(step) -> None:
        try:
            begin.wait(10)
            step()
        finally:
            connections.close_all()

    def claim_all() -> None:
        while claim(now) is not None:
            pass

    steps = [claim_all, claim_all, claim_all, lambda: breakers.reset(open_breaker.pk, now)]
    threads = [threading.Thread(target=work, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not Execution.objects.filter(waiting_for=WaitingFor.BREAKER).exists()


# ---- the trial ------------------------------------------------------------------------------------------------------


def _settings():
    from django.conf import settings

    return settings.CONFIGURATION


def prober(configuration, now, **changes) -> Prober:
    return Prober("one", configuration, now=lambda: now, **changes)


def test_a_source_that_answers_is_let_through(make: Make, open_breaker, configuration, now):
    late = make()
    assert not prober(configuration, now).step(now)  # not due yet
    later = now + timedelta(seconds=30)
    claim(now)
    assert prober(configuration, later).step(later)
    assert Breaker.objects.get().state == State.CLOSED
    assert claim(now) == late
    assert list(configuration.scratch_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_server_that_refuses_is_left_alone_for_longer(make: Make, open_breaker, configuration, now, kind):
    later = now + timedelta(seconds=30)
    Source.objects.update(url_encrypted=sources._vault().encrypt(f"{kind}://u:secret@127.0.0.1:{free_port()}/x"))
    assert prober(configuration, later).step(later)
    breaker = Breaker.objects.get()
    assert (breaker.state, breaker.next_trial_at) == (State.OPEN, later + timedelta(seconds=60))
    assert "refused" in breaker.last_error.lower()
    assert "secret" not in breaker.last_error


def test_a_worker_that_stops_gives_the_trial_back(open_breaker, configuration, now):
    later = now + timedelta(seconds=30)
    stopping = threading.Event()
    stopping.set()
    assert prober(configuration, later, abandon=stopping).step(later)
    assert Breaker.objects.get().standing.is_due(later)


def test_a_source_that_is_gone_needs_no_trial(make: Make, open_breaker, configuration, now):
    Source.objects.all().delete()
    later = now + timedelta(seconds=30)
    assert prober(configuration, later).step(later)
    assert not Breaker.objects.filter(kind=Kind.SOURCE).exists()
