"""An entry stands and falls with its change."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from presstime.audit.actors import Actor, acting, current
from presstime.audit.merkle import Frontier, leaf_hash
from presstime.audit.models import Entry, Head, Node
from presstime.audit.redaction import Secret
from presstime.audit.service import record
from presstime.audit.targets import Target
from presstime.sources.models import Source

SCHEDULE = Target("schedule", "1", "daily")
ALICE = Actor("user", "7", "alice", "192.0.2.1", "request-1")


def write(count: int, now: datetime) -> None:
    with transaction.atomic():
        for number in range(count):
            record("schedule.updated", SCHEDULE, new={"number": number}, now=now)


@pytest.mark.django_db
def test_an_entry_says_who_did_what_to_which_thing_and_when(now: datetime) -> None:
    old = {"cron": "0 7 * * 1", "name": "daily", "recipients": {"to": ["a@example.com"]}}
    with acting(ALICE), transaction.atomic():
        entry = record("schedule.updated", SCHEDULE, old=old, new={**old, "cron": "0 8 * * 1"}, now=now)
    assert json.loads(Entry.objects.get().body) == {
        "version": 1,
        "sequence": 1,
        "time": "2026-11-24T09:00:00.000000Z",
        "user": {"type": "user", "id": "7", "name": "alice"},
        "action": "schedule.updated",
        "target": {"type": "schedule", "id": "1", "name": "daily"},
        "old": {"cron": "0 7 * * 1"},
        "new": {"cron": "0 8 * * 1"},
        "ip": "192.0.2.1",
        "request_id": "request-1",
    }
    assert bytes(entry.leaf) == leaf_hash(entry.body.encode())


@pytest.mark.django_db
def test_of_a_token_the_user_and_the_token_are_named(now: datetime) -> None:
    by = Actor("token", "7", "alice", token=Target("token", "9", "robot"))
    with acting(by), transaction.atomic():
        record("schedule.executed", SCHEDULE, now=now)
    user = json.loads(Entry.objects.get().body)["user"]
    assert user == {"type": "token", "id": "7", "name": "alice", "token": {"id": "9", "name": "robot"}}


@pytest.mark.django_db
def test_a_secret_is_never_written_down(now: datetime) -> None:
    with transaction.atomic():
        record("source.updated", Target("source", "1", "s"), old={"url": Secret("old")}, new={"url": Secret("hunter2")})
        record("source.updated", Target("source", "1", "s"), old={"url": Secret("x")}, new={"url": Secret("x")})
    first, second = Entry.objects.order_by("sequence")
    assert "hunter2" not in first.body
    assert json.loads(first.body)["new"]["url"]["redacted"] is True
    assert json.loads(second.body)["new"] == {}


@pytest.mark.django_db
def test_sequence_and_time_only_rise_and_the_tree_grows_with_them(now: datetime) -> None:
    write(258, now)
    write(1, now - timedelta(hours=3))  # a clock that was set back
    entries = list(Entry.objects.order_by("sequence"))
    assert [entry.sequence for entry in entries] == list(range(1, 260))
    assert entries[-1].time == now
    frontier = Frontier()
    for entry in entries:
        frontier.push(bytes(entry.leaf))
    head = Head.objects.get()
    assert (head.size, bytes(head.frontier)) == (259, frontier.packed())
    assert [(node.level, node.position) for node in Node.objects.all()] == [(8, 0)]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_refuses() -> None:
    with pytest.raises(RuntimeError, match="transaction of the change"):
        record("schedule.updated", SCHEDULE)
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_an_entry_goes_with_the_change_that_is_rolled_back(now: datetime) -> None:
    write(1, now)
    with transaction.atomic():
        record("schedule.updated", SCHEDULE, now=now)
        transaction.set_rollback(True)
    write(1, now)
    assert list(Entry.objects.values_list("sequence", flat=True)) == [1, 2]
    assert Head.objects.get().size == 2


@pytest.mark.django_db
def test_a_change_whose_entry_cannot_be_written_fails(now: datetime) -> None:
    @transaction.atomic
    def change() -> None:
        Source.objects.create(name="new", kind="files", url_encrypted="x", created_at=now, updated_at=now)
        record("source.created", Target("source", "1", "new"), new={"value": object()})

    with pytest.raises(TypeError):
        change()
    assert not Source.objects.filter(name="new").exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_write_at_once_none_leaves_a_gap(now: datetime) -> None:
    def work() -> None:
        for _ in range(10):
            write(1, now)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = Entry.objects.order_by("sequence")
    assert [entry.sequence for entry in entries] == list(range(1, 41))
    frontier = Frontier()
    for entry in entries:
        frontier.push(bytes(entry.leaf))
    assert bytes(Head.objects.get().frontier) == frontier.packed()


def test_where_nobody_is_named_the_program_acts_by_itself() -> None:
    assert current().type == "system"
    with acting(ALICE):
        assert current() == ALICE
    assert current().type == "system"
