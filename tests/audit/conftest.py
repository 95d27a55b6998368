"""A log with checkpoints, and the hand of an attacker who has the database to themselves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction

from presstime.audit import checkpoints, guards, tree
from presstime.audit.actors import Actor
from presstime.audit.merkle import Frontier, leaf_hash
from presstime.audit.models import Entry, Head, Node
from presstime.audit.service import compose
from presstime.audit.targets import Target
from presstime.base.configuration_fields import Configuration
from presstime.database import authorizer

Write = Callable[..., None]
ACTIONS = ("schedule.updated", "schedule.executed", "report.updated", "user.signed_in")


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


@pytest.fixture
def configuration() -> Iterator[Configuration]:
    """The suite's own; what lies beside the database is removed afterwards."""
    yield settings.CONFIGURATION
    shutil.rmtree(settings.CONFIGURATION.data_path / checkpoints.FOLDER, ignore_errors=True)


@pytest.fixture
def write(db: None, now: datetime) -> Write:
    return writer(now)


def writer(now: datetime) -> Write:
    """`write(100)` appends as many entries, a minute apart, of three people."""
    state = {"count": 0}

    def append(count: int, *, begin: datetime = now) -> None:
        """As `record` does it, for many at once."""
        head = Head.objects.get()
        frontier, nodes = Frontier(head.size, bytes(head.frontier)), []
        entries = []
        for _ in range(count):
            number = state["count"] = state["count"] + 1
            name = ("alice", "bob", "dana")[number % 3]
            actor = Actor("user", f"id-{name}", name, "192.0.2.1", f"request-{number}")
            target = Target("schedule", f"s{number % 7}", f"schedule {number % 7}")
            at = max(head.last_time, begin + timedelta(minutes=number))
            change = {"n": number}, {"n": number + 1}
            entries.append(compose(frontier.size + 1, at, ACTIONS[number % 4], target, actor, change))
            frontier.push(
                entries[-1].leaf, lambda *node: nodes.append(Node(level=node[0], position=node[1], hash=node[2]))
            )
        with transaction.atomic(), unguarded():
            Entry.objects.bulk_create(entries)
            Node.objects.bulk_create(nodes)
            Head.objects.update(size=frontier.size, last_time=entries[-1].time, frontier=frontier.packed())

    return append


@contextmanager
def unguarded() -> Iterator[None]:
    """What whoever owns the database can do: take the guards away, and put them back so that nobody sees it."""
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")  # a table with a check that is still due cannot be altered
    with authorizer.lifted(connection):
        guards.remove(connection)
        yield
        guards.make(connection)


def forge(sequence: int) -> None:
    """Give another body, and the columns with it, to one entry."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM audit_logs WHERE sequence = %s", [sequence])
        body = json.loads(cursor.fetchone()[0])
    body["user"] = {"type": "user", "id": "id-mallory", "name": "mallory"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    sql(
        "UPDATE audit_logs SET actor_id = 'id-mallory', actor_name = 'mallory', body = %s WHERE sequence = %s",
        text,
        sequence,
    )


def rebuild() -> None:
    """Make every hash anew, as anybody can: none of them needs a key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequence, body FROM audit_logs ORDER BY sequence")
        rows = cursor.fetchall()
    sql("DELETE FROM audit_nodes")
    frontier = Frontier()
    for sequence, body in rows:
        leaf = leaf_hash(body.encode())
        sql("UPDATE audit_logs SET leaf = %s WHERE sequence = %s", leaf, sequence)
        frontier.push(
            leaf, lambda *node: sql("INSERT INTO audit_nodes (level, position, hash) VALUES (%s, %s, %s)", *node)
        )
    sql("UPDATE audit_head SET size = %s, frontier = %s", frontier.size, frontier.packed())
    assert tree.root(frontier.size) == frontier.root()
