"""What is prevented: no statement of the application changes, removes or replaces an entry."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from presstime.audit import checkpoints, guards
from presstime.audit.models import Entry, Head
from presstime.database import authorizer
from tests.audit.conftest import Write, sql

pytestmark = pytest.mark.django_db

ROW = "sequence, time, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, body, leaf"
FORGED = ROW.replace("actor_name", "'mallory'")
STATEMENTS = {
    "update": "UPDATE audit_logs SET actor_name = 'mallory' WHERE sequence = 5",
    "delete one": "DELETE FROM audit_logs WHERE sequence = 300",
    "delete all": "DELETE FROM audit_logs",
    "upsert": f"INSERT INTO audit_logs ({ROW}) SELECT {FORGED} FROM audit_logs WHERE sequence = 5 "
    "ON CONFLICT (sequence) DO UPDATE SET actor_name = 'mallory'",
    "move": "UPDATE audit_logs SET sequence = 99 WHERE sequence = 5",
    "gap": f"INSERT INTO audit_logs ({ROW}) SELECT {ROW.replace('sequence', '302', 1)} FROM audit_logs WHERE sequence = 300",
    "before": f"INSERT INTO audit_logs ({ROW}) SELECT {ROW.replace('sequence', '0', 1)} FROM audit_logs WHERE sequence = 300",
    "head back": "UPDATE audit_head SET size = 10",
    "head on": "UPDATE audit_head SET size = 301",
    "head away": "DELETE FROM audit_head",
    "nodes": "DELETE FROM audit_nodes",
    "node": "UPDATE audit_nodes SET hash = NULL",
    "checkpoints": "DELETE FROM audit_checkpoints",
    "checkpoint": "UPDATE audit_checkpoints SET size = 1",
    "epochs": "UPDATE audit_epochs SET public_key = ''",
    "epoch": "INSERT INTO audit_epochs (number, origin, public_key, began_at, began_with, backup) "
    "SELECT 0, origin, public_key, began_at, began_with, backup FROM audit_epochs",
    "segment": "INSERT INTO audit_segments (first, last, root, sha256, bytes, file, sealed_at) "
    "SELECT 1, 250, leaf, '', 0, '', time FROM audit_logs WHERE sequence = 1",
}
ONLY_SQLITE = {
    "insert or replace": f"INSERT OR REPLACE INTO audit_logs ({ROW}) SELECT {FORGED} FROM audit_logs WHERE sequence = 5",
    "replace the last": f"REPLACE INTO audit_logs ({ROW}) SELECT {FORGED} FROM audit_logs WHERE sequence = 300",
    "update or replace": "UPDATE OR REPLACE audit_logs SET sequence = 4 WHERE sequence = 5",
}
BY_THE_AUTHORIZER = {
    "drop a trigger": "DROP TRIGGER audit_logs_no_delete",
    "drop the table": "DROP TABLE audit_logs",
    "drop an index": "DROP INDEX audit_actor",
    "rename": "ALTER TABLE audit_logs RENAME TO gone",
    "drop a column": "ALTER TABLE audit_logs DROP COLUMN target_name",
    "another trigger": "CREATE TRIGGER audit_logs_x BEFORE INSERT ON audit_logs BEGIN SELECT 1; END",
    "writable schema": "PRAGMA writable_schema = ON",
    "triggers off": "PRAGMA ignore_check_constraints = ON",
    "attach": "ATTACH DATABASE ':memory:' AS other",
}
ONLY_POSTGRES = {
    "truncate": "TRUNCATE audit_logs",
    "truncate the head": "TRUNCATE audit_head",
    "as a replica": "SET LOCAL session_replication_role = replica; DELETE FROM audit_logs",
    "update as a replica": "SET LOCAL session_replication_role = replica; UPDATE audit_logs SET actor_name = 'mallory'",
}


@pytest.fixture(autouse=True)
def _three_hundred(write: Write) -> None:
    write(300)
    checkpoints.fresh(settings.CONFIGURATION, Entry.objects.get(pk=1).time)


def contents() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (Entry, Head)]


def is_refused(statement: str) -> None:
    before = contents()
    with pytest.raises(DatabaseError), transaction.atomic():
        sql(statement)
    assert contents() == before


def sqlite_only() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite")


@pytest.mark.parametrize("attack", STATEMENTS)
def test_the_application_cannot(attack: str) -> None:
    is_refused(STATEMENTS[attack])


@pytest.mark.parametrize("attack", STATEMENTS)
def test_the_triggers_alone_refuse_it_too(attack: str) -> None:
    with authorizer.lifted(connection):
        is_refused(STATEMENTS[attack])


@pytest.mark.parametrize("attack", ONLY_SQLITE)
def test_replacing_does_not_pass_the_triggers(attack: str) -> None:
    sqlite_only()
    is_refused(ONLY_SQLITE[attack])
    with authorizer.lifted(connection):
        is_refused(ONLY_SQLITE[attack])


@pytest.mark.parametrize("attack", BY_THE_AUTHORIZER)
def test_the_authorizer_refuses_what_would_take_the_guards_away(attack: str) -> None:
    sqlite_only()
    with pytest.raises(DatabaseError, match=r"not authorized|prohibited"):
        sql(BY_THE_AUTHORIZER[attack])
    assert guards.expected(connection) <= guards.found(connection)


@pytest.mark.parametrize("attack", ONLY_POSTGRES)
def test_on_postgresql_neither_truncate_nor_a_replica_passes(attack: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("about PostgreSQL")
    is_refused(ONLY_POSTGRES[attack])


def test_every_table_that_is_written_once_is_known_to_the_authorizer() -> None:
    assert {"audit_logs", *guards.WRITTEN_ONCE} == authorizer.APPEND_ONLY


def test_after_all_migrations_every_guard_is_there() -> None:
    assert guards.found(connection) == guards.expected(connection)
