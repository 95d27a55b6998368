from __future__ import annotations

from datetime import timedelta

import pytest

from presstime.alerts.models import Alert
from presstime.executions import queries, service
from presstime.executions.faults import Fault
from presstime.executions.files import Placed
from presstime.executions.job import Done
from presstime.executions.states import MAXIMUM_CRASHES, Category, RetryPolicy
from presstime.schedules import service as schedules
from tests.executions.conftest import Make

LEASE = timedelta(seconds=30)
DAY = timedelta(days=1)
POLICY = RetryPolicy(timedelta(seconds=30), timedelta(seconds=900))
DATA = Fault(Category.DATA, "missing_table", "There is no table <stoc>.", "Its tables are stock.")
NETWORK = Fault(Category.NETWORK, "dns", "There is no such host.")
WRONG = Fault(Category.CONFIGURATION, "auth", "The source refuses the sign-in.", "Check its password.")


def fail(fault, now):
    claimed = queries.claim("one", now, now + LEASE)
    return service.fail(claimed, fault, policy=POLICY, jitter=0.0, now=now)


def succeed(now):
    claimed = queries.claim("one", now, now + LEASE)
    assert service.succeed(claimed, Placed(Done((), 0, None, {}), "2026/11/x.1"), now)


def states():
    return sorted(Alert.objects.values_list("kind", "status", "count"))


@pytest.fixture
def owned(schedule, alice):
    schedule.owner = alice
    schedule.save()
    return schedule


def test_the_first_failure_for_good_tells_the_owner(make: Make, owned, now):
    execution = make(schedule_id=owned.pk)
    fail(DATA, now)
    alert = Alert.objects.get()
    assert (alert.kind, alert.key, alert.recipients) == ("schedule_failing", str(owned.pk), ["alice@example.com"])
    assert (alert.title, alert.link) == ("The schedule “Daily stock” fails", f"/executions/{execution.pk}")
    assert alert.detail == (
        "The run planned for 2026-11-24 09:00 UTC has given up: There is no table <stoc>. Its tables are stock."
    )


def test_further_failures_are_counted_and_the_next_success_is_the_end(make: Make, owned, now):
    for days in range(3):
        make(schedule_id=owned.pk, scheduled_for=now + days * DAY)
        fail(DATA, now + days * DAY)
    assert states() == [("schedule_failing", "open", 3)]
    make(schedule_id=owned.pk)
    succeed(now + 3 * DAY)
    assert states() == [("schedule_failing", "cleared", 3)]


def test_what_will_be_retried_alarms_nobody(make: Make, owned, now):
    make(schedule_id=owned.pk)
    fail(NETWORK, now)
    assert states() == []


def test_a_wrong_configuration_alarms_administrators_at_once_and_the_owner(make: Make, owned, now):
    make(schedule_id=owned.pk)
    fail(WRONG, now)
    assert states() == [("configuration_error", "open", 1), ("schedule_failing", "open", 1)]
    assert Alert.objects.get(kind="configuration_error").recipients == []
    make(schedule_id=owned.pk)
    succeed(now)
    assert {status for _, status, _ in states()} == {"cleared"}


def test_a_report_run_by_hand_is_no_failing_schedule(make: Make, now):
    make()
    fail(DATA, now)
    assert states() == []
    make()
    fail(WRONG, now)
    assert states() == [("configuration_error", "open", 1)]


def test_what_a_deleted_schedule_has_raised_is_over(make: Make, owned, now):
    make(schedule_id=owned.pk)
    fail(WRONG, now)
    schedules.delete(owned.pk, now)
    assert {status for _, status, _ in states()} == {"cleared"}


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
def test_administrators_stand_in_for_an_owner_who_cannot_be_told(make: Make, owned, alice, now, change):
    type(alice).objects.filter(pk=alice.pk).update(**change)
    make(schedule_id=owned.pk)
    fail(DATA, now)
    assert Alert.objects.get().recipients == []


def test_the_third_lost_worker_is_a_failure_too(make: Make, owned, now):
    make(schedule_id=owned.pk)
    for _ in range(MAXIMUM_CRASHES):
        queries.claim("one", now, now + LEASE)
        service.requeue_own("one", now)
    assert states() == [("schedule_failing", "open", 1)]
