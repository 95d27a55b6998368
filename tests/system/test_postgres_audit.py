"""The audit log on PostgreSQL in the hands of another role: the server goes on and can no longer take the guards away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.postgres_server import PostgresServer, programs_folder
from tests.servers import postgres_or_skip
from tests.system.harness import Installation

ATTACKS = {
    "update": "UPDATE audit_logs SET actor_name = 'mallory'",
    "truncate": "TRUNCATE audit_logs",
    "a checkpoint": "DELETE FROM audit_checkpoints",
    "disable": "ALTER TABLE audit_logs DISABLE TRIGGER ALL",
    "drop a trigger": "DROP TRIGGER audit_logs_no_update ON audit_logs",
    "empty a guard": "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "drop the table": "DROP TABLE audit_logs CASCADE",
    "drop the schema": "DROP SCHEMA public CASCADE",
    "become the owner": "SET ROLE presstime_audit",
    "replica": "SET session_replication_role = replica",
}
WORK = """
from datetime import timedelta
from django.conf import settings
from presstime.accounts import service
from presstime.audit import checkpoints, duties, queries
from presstime.audit.models import Entry
from django.db import connection
service.create_user(name, f"{name}@example.com", "viewer", "a long phrase of words", now)
checkpoints.fresh(settings.CONFIGURATION, now)
outcome = duties.verify(settings.CONFIGURATION, now, {})
queries.forget_verifications(now - timedelta(days=400))
queries.claim_duty("seal", timedelta(days=1), now, first_after=timedelta(0))
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE later (id integer)")
    cursor.execute("DROP TABLE later")
result = [Entry.objects.filter(action="user.created").count(), [str(each) for each in outcome.problems]]
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_or_skip() as server:
        server.execute("CREATE ROLE app LOGIN")
        server.execute("CREATE DATABASE app OWNER app")
        yield server


def about_the_log(house: Installation) -> list[dict[str, Any]]:
    answer = json.loads(house.run("check", "--json"))
    return [warning for warning in answer["warnings"] if "audit log" in warning["message"]]


def test_another_role_owns_the_log_and_the_server_goes_on_without_power_over_it(
    server: PostgresServer, tmp_path: Path
) -> None:
    url = f"postgresql://app@{server.host}:{server.port}/app"
    with Installation(tmp_path / "house", database_url=url) as house:
        house.environment["PATH"] = f"{programs_folder()}:{house.environment['PATH']}"
        assert about_the_log(house) == [], "there is none yet"
        house.run("migrate")
        assert house.python(WORK, name="ann") == [1, []]
        owns, may = about_the_log(house)
        assert 'The role "app" can switch the guards' in owns["message"]
        assert "rights to the audit log that it does not need" in may["message"]
        assert "presstime audit grants" in owns["remedy"]
        assert url not in json.dumps([owns, may])

        grants = house.run("audit", "grants")
        for _ in range(2):
            with psycopg.connect(server.url_of("app")) as administrator:
                administrator.execute(grants.encode())
        assert about_the_log(house) == []
        assert house.python(WORK, name="bob") == [2, []]
        house.run("migrate")
        with psycopg.connect(url, autocommit=True) as app:
            for statement in ATTACKS.values():
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    app.execute(statement.encode())
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="not sealed"):
                app.execute(b"DELETE FROM audit_logs")

        house.environment["PRESSTIME_DATABASE_URL"] = server.url_of("app")
        (superuser,) = about_the_log(house)
        assert "superuser" in superuser["message"]
