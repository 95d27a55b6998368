from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presstime.alerts.kinds import Kind
from presstime.alerts.models import Alert
from presstime.base.errors import Conflict, Forbidden, Invalid, NotFound
from presstime.deadletters import queries, service
from presstime.deadletters.models import DeadLetter
from presstime.deadletters.queries import Filter
from presstime.deadletters.service import Chosen
from presstime.deadletters.states import ALERT_AT, OPEN_LIMIT, TRANSITIONS, Status, before, fingerprint
from presstime.executions import service as executions
from presstime.executions.faults import Fault
from presstime.executions.models import Execution
from presstime.executions.states import PRIORITY_SCHEDULED, Category, Trigger
from tests.deadletters.conftest import WRONG_SQL, fail_next, succeed_next

REFUSED = Fault(Category.NETWORK, "connection_refused", "The server refused the connection.", "Look at the server.")


def listed(**narrowed: object) -> list[DeadLetter]:
    return list(queries.list_dead_letters(Filter(**narrowed)))  # type: ignore[arg-type]


def test_an_execution_becomes_a_dead_letter_after_all_its_retries_and_not_before(make, now):
    make(trigger=Trigger.SCHEDULE)
    moment = now
    for _ in range(5):
        fail_next(moment, REFUSED)
        assert listed() == []
        moment += timedelta(hours=1)
    fail_next(moment, REFUSED)
    [letter] = listed()
    assert (letter.status, letter.error_category, letter.error_code) == ("open", "network", "connection_refused")
    assert letter.dead_at == moment
    assert [attempt.number for attempt in queries.attempts_of([letter])[letter.pk]] == [1, 2, 3, 4, 5, 6]


def test_a_retry_runs_the_same_instant_with_the_same_parameters_and_its_success_resolves_the_item(die, alice, now):
    letter = die(parameters={"least": 2}, at=now - timedelta(days=1))
    later = now + timedelta(hours=1)
    retry = service.retry(letter.pk, alice, later)
    assert (retry.trigger, retry.origin_id, retry.requested_by_id) == ("retry", letter.execution_id, alice.pk)
    assert (retry.scheduled_for, retry.parameters) == (now - timedelta(days=1), {"least": 2})
    assert retry.revision_id == letter.execution.revision_id
    assert listed(status=Status.RETRYING) == [letter]

    succeed_next(later)
    [letter] = listed(status=Status.RESOLVED)
    assert letter.note == f"Retried with success: execution {retry.pk}."
    assert (letter.resolved_at, letter.resolved_by) == (later, None)
    assert [each.execution_id for each in queries.attempts_of([letter])[letter.pk]] == [letter.execution_id, retry.pk]


def test_a_retry_that_dies_opens_the_item_again_with_the_new_error(die, now):
    letter = die()
    service.retry(letter.pk, None, now)
    fail_next(now, Fault(Category.CONFIGURATION, "auth", "The password is wrong.", "Correct it."))
    [again] = listed()
    assert (again.pk, again.status, again.error_code) == (letter.pk, "open", "auth")
    assert again.dead_at == letter.dead_at


def test_a_retry_that_is_cancelled_opens_the_item_again(die, now):
    letter = die()
    retry = service.retry(letter.pk, None, now)
    executions.cancel(retry.pk, now)
    assert [each.pk for each in listed(status=Status.OPEN)] == [letter.pk]


def test_only_an_open_item_can_be_retried(die, now):
    letter = die()
    service.retry(letter.pk, None, now)
    with pytest.raises(Conflict, match="is retrying; it cannot be retried"):
        service.retry(letter.pk, None, now)
    assert Execution.objects.filter(origin=letter.execution_id).count() == 1


def test_a_retry_can_wait_and_have_another_limit_which_only_administrators_may_widen(die, alice, admin, now):
    letter = die()
    with pytest.raises(Forbidden, match="300-7200"):
        service.retry(letter.pk, alice, now, timeout_seconds=9000)
    with pytest.raises(Invalid, match="at: "):
        service.retry(letter.pk, alice, now, at=now - timedelta(minutes=1))
    retry = service.retry(letter.pk, admin, now, timeout_seconds=9000, at=now + timedelta(hours=2))
    assert (retry.timeout_seconds, retry.run_at) == (9000, now + timedelta(hours=2))


def test_resolving_keeps_the_note_and_who_wrote_it_and_happens_once(die, alice, now):
    letter = service.resolve(die().pk, "  The table was renamed. ", alice, now)
    assert (letter.status, letter.note, letter.resolved_by) == ("resolved", "The table was renamed.", alice)
    with pytest.raises(Conflict, match="is resolved; it cannot be resolved"):
        service.resolve(letter.pk, "again", alice, now)
    assert service.take_back("resolve", now, alice, now) == 1
    assert [(each.status, each.note) for each in listed()] == [("open", "")]


def test_a_deleted_item_is_gone_from_every_list_and_can_be_brought_back_for_thirty_days(die, alice, now):
    letter = die()
    service.delete(letter.pk, now)
    assert listed() == []
    with pytest.raises(NotFound):
        service.resolve(letter.pk, "", None, now)
    assert service.take_back("delete", now, alice, now) == 1
    assert [each.pk for each in listed()] == [letter.pk]

    service.delete(letter.pk, now)
    service.purge(now + timedelta(days=29))
    assert DeadLetter.objects.count() == 1
    service.purge(now + timedelta(days=31))
    assert DeadLetter.objects.count() == 0
    assert Execution.objects.filter(pk=letter.execution_id).exists()


def test_an_execution_whose_item_was_deleted_while_it_was_retried_gets_a_new_one_when_it_dies(die, now):
    letter = die()
    retry = service.retry(letter.pk, None, now)
    service.delete(letter.pk, now)
    fail_next(now)
    assert [each.execution_id for each in listed()] == [retry.pk]


def fill(letter: DeadLetter, count: int) -> None:
    """*count* further items that are older than *letter*, the last of them the oldest."""
    of = letter.execution
    values = {field.attname: getattr(of, field.attname) for field in Execution._meta.concrete_fields}
    minutes = [timedelta(minutes=number + 1) for number in range(count)]
    dead = [
        Execution(**values | {"id": None, "trigger": "manual", "scheduled_for": of.scheduled_for - minute})
        for minute in minutes
    ]
    for execution in dead:
        execution.pk = Execution._meta.pk.get_default()  # type: ignore[union-attr]
    Execution.objects.bulk_create(dead)
    DeadLetter.objects.bulk_create(
        DeadLetter(
            execution=execution,
            dead_at=letter.dead_at - minute,
            error_category="data",
            error_code="x",
            error_message="x",
        )
        for execution, minute in zip(dead, minutes, strict=True)
    )


def test_the_thousand_and_first_open_item_takes_the_place_of_the_oldest_and_the_log_says_so(die, now, caplog):
    fill(die(), OPEN_LIMIT - 1)
    oldest = DeadLetter.objects.order_by("dead_at")[0]
    newest = die(at=now + timedelta(minutes=1))
    assert queries.list_dead_letters(Filter(status=Status.OPEN)).count() == OPEN_LIMIT
    assert newest in listed()[:1]
    oldest.refresh_from_db()
    assert oldest.removed_because == "limit"
    assert str(oldest.pk) in caplog.text


def test_the_hundredth_item_raises_one_alert_and_fewer_clear_it(die, now):
    first = die()
    fill(first, ALERT_AT - 2)
    assert not Alert.objects.filter(kind=Kind.DEAD_LETTERS).exists()
    die(at=now + timedelta(minutes=1))
    last = die(at=now + timedelta(minutes=2))
    [alert] = Alert.objects.filter(kind=Kind.DEAD_LETTERS)
    assert (alert.cleared_at, alert.severity) == (None, "critical")
    service.resolve_many(Chosen(ids=[str(first.pk), str(last.pk)]), "", None, now + timedelta(hours=1))
    alert.refresh_from_db()
    assert alert.cleared_at == now + timedelta(hours=1)


def test_many_are_retried_behind_what_is_scheduled(die, now):
    letters = [die(at=now + timedelta(minutes=number)) for number in range(3)]
    service.resolve(letters[2].pk, "", None, now)
    named = [str(letter.pk).upper() for letter in letters] + ["nonsense"]
    result = service.retry_many(Chosen(ids=named), None, now)
    assert result.done == 2
    assert result.skipped == [(str(letters[2].pk), "resolved"), ("nonsense", "not_found")]
    assert set(Execution.objects.filter(trigger="retry").values_list("priority", flat=True)) == {PRIORITY_SCHEDULED}


def test_all_that_match_are_only_touched_when_there_are_as_many_as_the_caller_saw(die, now):
    die()
    die(at=now + timedelta(minutes=1))
    with pytest.raises(Conflict, match="There are 2 such dead letters now, not 1") as refused:
        service.retry_many(Chosen(narrowed=Filter(), expected=1), None, now)
    assert refused.value.actual == 2
    assert Execution.objects.filter(trigger="retry").count() == 0
    assert service.delete_many(Chosen(narrowed=Filter(error_code="sql_syntax"), expected=2), now).done == 2


def test_items_are_found_by_schedule_moment_category_code_kind_and_text(die, schedule, now):
    first = die(schedule_id=schedule.pk)
    second = die(fault=Fault(Category.CONFIGURATION, "auth", "No entry.", ""), at=now + timedelta(minutes=5))
    assert listed(schedule=schedule.name) == listed(schedule=str(schedule.pk)) == [first]
    assert listed(since=now + timedelta(minutes=1)) == [second]
    assert listed(until=now + timedelta(minutes=1)) == [first]
    assert listed(error_category=Category.CONFIGURATION) == listed(error_code="auth") == [second]
    assert listed(fingerprint=first.fingerprint) == listed(text="stok") == [first]
    assert listed(text=str(second.execution_id)) == [second]


def test_errors_of_one_kind_are_one_group_and_counted_by_category_and_age(die, now):
    die()
    other = Fault(WRONG_SQL.category, WRONG_SQL.code, "SQLite says: no such table: stok.", "")
    die(fault=other, at=now - timedelta(hours=5))
    [group] = queries.groups(Filter())
    assert (group.count, group.code, group.last_at) == (2, "sql_syntax", now)
    assert queries.matrix(now) == {"data": [1, 2, 2, 2]}


def test_the_kind_of_an_error_leaves_out_what_differs_from_run_to_run():
    assert fingerprint("data", "c", "Column 'a' at line 14") == fingerprint("data", "c", "Column 'b' at line 7")
    assert fingerprint("data", "c", "x") != fingerprint("data", "d", "x")
    # One source that is away is one cause, whatever reports read from it.
    assert fingerprint("network", "c", "Sales:9: It was refused.") == fingerprint(
        "network", "c", "Stock.md:12: It was refused."
    )


@given(st.sampled_from(Status), st.sampled_from(Status))
def test_the_table_of_transitions_reads_the_same_in_both_directions(first, then):
    assert (then in TRANSITIONS[first]) == (first in before(then))
