from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction

from presstime.base.errors import Conflict, Invalid, NotFound
from presstime.executions import queries, service
from presstime.executions.faults import Fault, out_of_memory
from presstime.executions.files import Placed
from presstime.executions.job import ComposedMail, Done, File
from presstime.executions.models import Attempt, Execution
from presstime.executions.states import (
    FINISHED,
    MAXIMUM_CRASHES,
    PRIORITY_REQUEUED,
    AttemptStatus,
    Category,
    RetryPolicy,
    Status,
    Trigger,
)
from presstime.mail.models import Email
from tests.executions.conftest import Make

LEASE = timedelta(seconds=30)
POLICY = RetryPolicy(timedelta(seconds=30), timedelta(seconds=900))
NETWORK = Fault(Category.NETWORK, "dns", "There is no such host.")
DATA = Fault(Category.DATA, "missing_table", "There is no such table.")
FILE = File("stock.csv", "csv", "text/csv", 42, "0" * 64, 3)


def claim(now, node="one"):
    return queries.claim(node, now, now + LEASE)


def fresh(execution):
    return Execution.objects.get(pk=execution.pk)


def fail(execution, fault, now):
    return service.fail(execution, fault, policy=POLICY, jitter=0.0, now=now)


def placed(mail=None):
    return Placed(Done((FILE,), 3, mail, {"query": 0.1}), "2026/11/x.1")


# ---- queueing ---------------------------------------------------------------------------------------------------


def test_one_firing_is_one_execution(make: Make, schedule, report, now):
    first = make(trigger=Trigger.SCHEDULE, schedule_id=schedule.pk)
    with transaction.atomic():
        again = service.enqueue(
            service.NewExecution(report, report.current, Trigger.CATCH_UP, now, "UTC", 300, schedule_id=schedule.pk),
            now,
        )
        assert again is None
        assert Execution.objects.count() == 1  # the caller's transaction goes on
    assert first.priority > make(trigger=Trigger.MANUAL, schedule_id=schedule.pk).priority


def test_two_people_may_run_the_same_schedule_at_the_same_instant(make: Make, schedule):
    make(schedule_id=schedule.pk)
    make(schedule_id=schedule.pk)
    assert Execution.objects.count() == 2


# ---- claiming ---------------------------------------------------------------------------------------------------


def test_a_claim_starts_an_attempt_under_a_new_fence(make: Make, now):
    make()
    claimed = claim(now)
    assert claimed is not None
    assert (claimed.status, claimed.fence, claimed.node, claimed.lease_until) == (Status.RUNNING, 1, "one", now + LEASE)
    attempt = Attempt.objects.get()
    assert (attempt.number, attempt.status, attempt.node) == (1, AttemptStatus.RUNNING, "one")


def test_what_a_person_waits_for_goes_first(make: Make, schedule, now):
    scheduled = make(trigger=Trigger.SCHEDULE, schedule_id=schedule.pk)
    manual = make()
    assert claim(now) == manual
    assert claim(now) == scheduled
    assert claim(now) is None


def test_nothing_is_claimed_before_its_time_or_while_it_waits_for_something(make: Make, now):
    early, held = make(), make()
    Execution.objects.filter(pk=early.pk).update(run_at=now + timedelta(seconds=1))
    Execution.objects.filter(pk=held.pk).update(waiting_for="disk")
    assert claim(now) is None
    assert claim(now + timedelta(seconds=1)) == early


def test_many_claimers_never_get_the_same_execution(make: Make, now):
    expected = {make().pk for _ in range(30)}
    got, lock = [], threading.Lock()

    def work(node):
        try:
            while (execution := claim(now, node)) is not None:
                with lock:
                    got.append(execution.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(f"node-{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(expected)
    assert set(got) == expected


def test_the_ready_index_serves_the_claim(make: Make, now):
    make()
    if connection.vendor == "sqlite":
        plan = queries.claimable(now).order_by("priority", "run_at", "id").explain()
        assert "execution_ready" in plan
        assert "ORDER BY" not in plan


# ---- finishing --------------------------------------------------------------------------------------------------


def test_success_keeps_files_mail_and_state_together(make: Make, now):
    make(recipients={"to": ["bob@example.com"], "bcc": ["archive@example.com"]})
    claimed = claim(now)
    mail = ComposedMail("message.eml", "<1@example.com>", "reports@example.com", "Stock", 100, "0" * 64)
    assert service.succeed(claimed, placed(mail), now)
    done = fresh(claimed)
    assert (done.status, done.lease_until, done.note) == (Status.SUCCEEDED, None, "")
    assert done.artifacts.get().path == "2026/11/x.1/stock.csv"
    assert sorted(Email.objects.values_list("address", flat=True)) == ["archive@example.com", "bob@example.com"]
    assert done.attempts.get().timings == {"query": 0.1}


def test_an_invalid_recipient_leaves_nothing_half_saved(make: Make, now):
    make(recipients={"to": ["not an address"]})
    claimed = claim(now)
    mail = ComposedMail("message.eml", "<1@example.com>", "reports@example.com", "Stock", 100, "0" * 64)
    with pytest.raises(Invalid):
        service.succeed(claimed, placed(mail), now)
    assert fresh(claimed).status == Status.RUNNING
    assert not claimed.artifacts.exists()


@pytest.mark.parametrize(
    ("changes", "note"),
    [({}, "there are no recipients"), ({"recipients": {"to": ["a@example.com"]}, "send_when": "rows"}, "gave no rows")],
)
def test_a_note_says_why_nothing_was_sent(make: Make, now, changes, note):
    make(**changes)
    claimed = claim(now)
    assert service.succeed(claimed, placed(), now)
    assert note in fresh(claimed).note
    assert not Email.objects.exists()


def test_who_lost_the_fence_can_no_longer_speak(make: Make, now):
    make()
    zombie = claim(now)
    service.reap(now + LEASE + timedelta(seconds=1))
    heir = claim(now + LEASE + timedelta(seconds=1), "two")
    assert heir.fence == zombie.fence + 1
    assert not queries.renew(zombie, now + 2 * LEASE)
    assert queries.orders(zombie) is None
    assert not service.succeed(zombie, placed(), now)
    assert fail(zombie, NETWORK, now) is None
    assert not service.stop(zombie, now)
    assert not service.give_back(zombie, now)
    assert fresh(heir).status == Status.RUNNING
    assert not heir.artifacts.exists()


# ---- failing ----------------------------------------------------------------------------------------------------


def test_a_network_error_is_tried_again_after_a_pause(make: Make, now):
    make()
    claimed = claim(now)
    assert fail(claimed, NETWORK, now) == Status.RETRYING
    waiting = fresh(claimed)
    assert (waiting.run_at, waiting.error_code) == (now + timedelta(seconds=30), "dns")
    assert waiting.attempts.get().status == AttemptStatus.FAILED
    assert claim(now + timedelta(seconds=29)) is None
    again = claim(now + timedelta(seconds=30))
    assert again.fence == 2
    assert service.succeed(again, placed(), now)
    assert fresh(claimed).error_code == ""


def test_a_data_error_is_final(make: Make, now):
    make()
    claimed = claim(now)
    assert fail(claimed, DATA, now) == Status.DEAD
    dead = fresh(claimed)
    assert (dead.error_category, dead.error_message, dead.finished_at) == ("data", "There is no such table.", now)


def test_out_of_retries_is_dead(make: Make, now):
    make(retries=2)
    statuses = []
    for hours in range(4):
        claimed = claim(now + timedelta(hours=hours))
        statuses.append(claimed and fail(claimed, NETWORK, now + timedelta(hours=hours)))
    assert statuses == [Status.RETRYING, Status.RETRYING, Status.DEAD, None]


# ---- lost workers -----------------------------------------------------------------------------------------------


def test_a_lease_that_ran_out_is_queued_again_ahead_of_scheduled_ones(make: Make, schedule, now):
    make(trigger=Trigger.SCHEDULE, schedule_id=schedule.pk)
    claimed = claim(now)
    assert service.reap(now + LEASE) == 0
    assert service.reap(now + LEASE + timedelta(seconds=1)) == 1
    again = fresh(claimed)
    assert (again.status, again.priority, again.crashes) == (Status.QUEUED, PRIORITY_REQUEUED, 1)
    assert again.attempts.get().status == AttemptStatus.LOST


def test_a_renewed_lease_is_not_reaped(make: Make, now):
    make()
    claimed = claim(now)
    assert queries.renew(claimed, now + 2 * LEASE)
    assert service.reap(now + LEASE + timedelta(seconds=1)) == 0


def test_a_restarted_worker_takes_its_own_back_at_once(make: Make, now):
    make(), make()
    mine, theirs = claim(now, "one"), claim(now, "two")
    assert service.requeue_own("one", now) == 1
    assert fresh(mine).status == Status.QUEUED
    assert fresh(theirs).status == Status.RUNNING


def test_what_kills_its_workers_is_stopped_at_the_third(make: Make, now):
    execution = make()
    for _ in range(MAXIMUM_CRASHES):
        assert claim(now) == execution
        service.requeue_own("one", now)
    dead = fresh(execution)
    assert (dead.status, dead.error_code, dead.crashes) == (Status.DEAD, "worker_lost", MAXIMUM_CRASHES)
    assert claim(now) is None


def test_a_drained_worker_counts_no_crash(make: Make, now):
    make()
    claimed = claim(now)
    assert service.give_back(claimed, now)
    assert (fresh(claimed).status, fresh(claimed).crashes) == (Status.QUEUED, 0)


# ---- cancelling and overriding ----------------------------------------------------------------------------------


def test_a_waiting_execution_is_cancelled_at_once(make: Make, now):
    assert service.cancel(make().pk, now).status == Status.CANCELLED
    assert claim(now) is None


def test_a_running_execution_is_asked_to_stop(make: Make, now):
    make()
    claimed = claim(now)
    assert service.cancel(str(claimed.pk), now).status == Status.RUNNING
    service.cancel(claimed.pk, now + timedelta(seconds=5))
    assert fresh(claimed).cancel_requested_at == now
    assert queries.orders(claimed).cancel_requested
    assert service.stop(claimed, now)
    assert fresh(claimed).status == Status.CANCELLED


def test_a_cancelled_execution_of_a_lost_worker_does_not_come_back(make: Make, now):
    make()
    claimed = claim(now)
    service.cancel(claimed.pk, now)
    service.requeue_own("one", now)
    assert fresh(claimed).status == Status.CANCELLED


@pytest.mark.parametrize("status", sorted(FINISHED))
def test_a_finished_execution_cannot_be_cancelled(make: Make, now, status):
    execution = make()
    Execution.objects.filter(pk=execution.pk).update(status=status, finished_at=now)
    with pytest.raises(Conflict, match=f"it is {status}"):
        service.cancel(execution.pk, now)
    with pytest.raises(Conflict):
        service.change_timeout(execution.pk, 600)


def test_a_running_execution_gets_another_limit(make: Make, now):
    make()
    claimed = claim(now)
    service.change_timeout(claimed.pk, 9000)
    assert queries.orders(claimed).timeout_seconds == 9000


@pytest.mark.parametrize("seconds", [0, -1, 86_401])
def test_a_limit_out_of_range_is_refused(make: Make, seconds):
    with pytest.raises(Invalid, match="timeout_seconds"):
        service.change_timeout(make().pk, seconds)


@pytest.mark.parametrize("reference", ["nonsense", "018f0000-0000-7000-8000-000000000000"])
def test_an_unknown_execution_is_not_found(db, now, reference):
    with pytest.raises(NotFound, match=reference):
        service.cancel(reference, now)


def test_out_of_memory_is_tried_three_times_more(make: Make, now):
    make()
    statuses = []
    for hours in range(4):
        moment = now + timedelta(hours=hours)
        statuses.append(fail(claim(moment), out_of_memory(), moment))
    assert statuses == [Status.RETRYING] * 3 + [Status.DEAD]


@pytest.mark.parametrize(
    "changes", [{"status": "running"}, {"status": "succeeded"}, {"finished_at": "2026-11-24T09:00Z"}]
)
def test_no_code_path_can_write_a_status_that_disagrees_with_its_lease(make: Make, changes):
    with pytest.raises(IntegrityError, match="execution_status_agrees"):
        Execution.objects.filter(pk=make().pk).update(**changes)
